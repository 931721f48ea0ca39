use std::collections::VecDeque;
use std::sync::Arc;

/// One event of a session, with the number that the client acknowledges it by.
#[derive(Clone, Debug)]
pub(super) struct Dispatch {
    pub(super) seq: u64,
    pub(super) name: Arc<str>,
    data: Arc<str>,
    /// Whether a connection was given it, which is when it counts as sent.
    pub(super) sent: bool,
}

impl Dispatch {
    /// The frame's text.
    pub(super) fn text(&self) -> String {
        let Self { seq, name, data, .. } = self;
        let name = serde_json::Value::from(&**name);
        format!(r#"{{"op":0,"s":{seq},"t":{name},"d":{data}}}"#)
    }
}

/// What a client can resume: an id, and the events that it may not have read.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: String,
    seq: u64,
    read: u64,
    unread: VecDeque<Dispatch>,
}

impl Session {
    pub(super) fn new(id: String) -> Self {
        Self { id, seq: 0, read: 0, unread: VecDeque::new() }
    }

    /// The number of the last event.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// The last event that the client said it has read.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// Numbers an event and keeps it until the client has read it.
    pub(super) fn push(&mut self, name: Arc<str>, data: Arc<str>, sent: bool) -> &Dispatch {
        self.seq += 1;
        self.unread.push_back(Dispatch { seq: self.seq, name, data, sent });
        self.unread.back().expect("an event was pushed")
    }

    /// Numbers an event that is of no use to a later connection.
    pub(super) fn pass(&mut self, name: Arc<str>, data: Arc<str>) -> Dispatch {
        self.seq += 1;
        Dispatch { seq: self.seq, name, data, sent: true }
    }

    /// The client has read all up to `seq`, which heartbeats and resumes say.
    pub(super) fn acknowledge(&mut self, seq: u64) {
        self.read = self.read.max(seq.min(self.seq));
        while self.unread.front().is_some_and(|event| event.seq <= self.read) {
            self.unread.pop_front();
        }
    }

    /// Whether the events after `seq` are all still there.
    pub(super) fn has_all_after(&self, seq: u64) -> bool {
        seq >= self.read
    }

    /// The events that the client has not read, to be sent again.
    pub(super) fn replay(&mut self) -> impl Iterator<Item = &mut Dispatch> {
        self.unread.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(events: u64) -> Session {
        let mut session = Session::new("s".into());
        for _ in 0..events {
            session.push("E".into(), "{}".into(), true);
        }
        session
    }

    fn held(session: &mut Session) -> Vec<u64> {
        session.replay().map(|event| event.seq).collect()
    }

    #[test]
    fn events_are_kept_until_they_are_read() {
        let mut session = session(4);
        session.acknowledge(2);
        assert_eq!(held(&mut session), [3, 4]);
        session.acknowledge(1);
        assert_eq!((held(&mut session), session.read()), (vec![3, 4], 2));
    }

    #[test]
    fn what_is_gone_cannot_be_resumed_from() {
        let mut session = session(4);
        session.acknowledge(2);
        assert!(session.has_all_after(2) && session.has_all_after(3));
        assert!(!session.has_all_after(1));
    }

    #[test]
    fn a_passing_event_takes_a_number_and_is_not_kept() {
        let mut session = session(1);
        let text = session.pass("RESUMED".into(), "{}".into()).text();
        assert_eq!(text, r#"{"op":0,"s":2,"t":"RESUMED","d":{}}"#);
        assert_eq!((session.seq(), held(&mut session)), (2, vec![1]));
    }
}
