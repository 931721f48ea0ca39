use std::collections::BTreeMap;
use std::ops::AddAssign;

/// What went over the gateway, counted exactly.
///
/// An event counts when a connection is given it, once, however often a resume repeats it. What a
/// connection was given and a lost session takes along counts, although the client may not have read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Identifies that were answered with READY.
    pub identifies: u64,
    /// Identifies that were refused: by a close code, or for coming too early.
    pub identifies_refused: u64,
    /// Resumes that were answered with RESUMED.
    pub resumes: u64,
    /// Resumes that were refused: the session was unknown, or its events were gone.
    pub resumes_refused: u64,
    /// Heartbeats of the client.
    pub heartbeats: u64,
    /// Acknowledgements of heartbeats.
    pub acks: u64,
    /// Events by name, READY and RESUMED among them.
    pub events: BTreeMap<String, u64>,
    /// Events that were sent again after a resume.
    pub replayed: u64,
    /// Requests to reconnect (opcode 7).
    pub reconnects: u64,
    /// Invalid sessions (opcode 9), by script or in answer to an identify or a resume.
    pub invalid_sessions: u64,
    /// Connections that were closed by the fake, by close code.
    pub closes: BTreeMap<u16, u64>,
    /// Connections that were cut without a close frame.
    pub cuts: u64,
    /// Close frames of the client, by code; 1005 is one without.
    pub client_closes: BTreeMap<u16, u64>,
}

impl Counts {
    /// How many events of this name were sent.
    #[must_use]
    pub fn event(&self, name: &str) -> u64 {
        self.events.get(name).copied().unwrap_or(0)
    }

    /// How many events were sent.
    #[must_use]
    pub fn all_events(&self) -> u64 {
        self.events.values().sum()
    }
}

impl AddAssign<&Self> for Counts {
    fn add_assign(&mut self, other: &Self) {
        self.identifies += other.identifies;
        self.identifies_refused += other.identifies_refused;
        self.resumes += other.resumes;
        self.resumes_refused += other.resumes_refused;
        self.heartbeats += other.heartbeats;
        self.acks += other.acks;
        self.replayed += other.replayed;
        self.reconnects += other.reconnects;
        self.invalid_sessions += other.invalid_sessions;
        self.cuts += other.cuts;
        for (name, n) in &other.events {
            *self.events.entry(name.clone()).or_default() += n;
        }
        for (code, n) in &other.closes {
            *self.closes.entry(*code).or_default() += n;
        }
        for (code, n) in &other.client_closes {
            *self.client_closes.entry(*code).or_default() += n;
        }
    }
}
