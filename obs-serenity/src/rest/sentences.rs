//! Why shards lose their connection, from what serenity 0.12 logs and does when they do.
//!
//! serenity tells nobody else. The sentences are those of 0.12.5, said to be the last of its line; a
//! test looks for each of them in its source.

use std::collections::HashSet;
use std::fmt::{self, Write};

use crate::stage::Stage;

/// Most of a message that is read: a shard and the beginning of a sentence fit.
const EXCERPT: usize = 160;

/// Most reasons that wait for their shard.
const PENDING: usize = 16;

/// What a log message of serenity's gateway code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sentence {
    /// A shard's task begins.
    Running,
    /// A heartbeat failed or was not acknowledged.
    Heartbeat,
    /// Discord ended the session (op 9).
    Invalidated,
    /// The connection broke, or the shard could not act on it.
    Failed,
    /// The shard begins to take up its session again.
    Resuming,
    /// The shard asks to be started anew.
    Restarting,
    /// Somebody wants the shard started anew.
    Requested,
    /// The shard's next connection is in this stage.
    Enters(Stage),
}

/// A target, what a sentence of it begins with, and what it says.
pub(super) const SENTENCES: [(&str, &str, Sentence); 12] = [
    (SHARD, "Received session invalidation", Sentence::Invalidated),
    (SHARD, "Websocket error: ", Sentence::Failed),
    (SHARD, "Attempting to resume", Sentence::Resuming),
    (SHARD, "Initializing.", Sentence::Enters(Stage::Connecting)),
    (SOCKET, "Identifying", Sentence::Enters(Stage::Identifying)),
    (SOCKET, "Sending resume", Sentence::Enters(Stage::Resuming)),
    (RUNNER, "Running", Sentence::Running),
    (RUNNER, "Error heartbeating", Sentence::Heartbeat),
    (RUNNER, "Attempting to auto-reconnect", Sentence::Failed),
    (RUNNER, "Reconnecting due to error performing ", Sentence::Failed),
    (RUNNER, "Requesting restart", Sentence::Restarting),
    (MANAGER, "Restarting shard ", Sentence::Requested),
];

pub(super) const SHARD: &str = "serenity::gateway::shard";
pub(super) const SOCKET: &str = "serenity::gateway::ws";
pub(super) const RUNNER: &str = "serenity::gateway::bridge::shard_runner";
pub(super) const MANAGER: &str = "serenity::gateway::bridge::shard_manager";

/// The message of an event: its beginning, in memory of its own.
pub(super) struct Message {
    bytes: [u8; EXCERPT],
    len: usize,
}

impl Message {
    pub(super) fn read(message: &dyn fmt::Debug) -> Self {
        let mut read = Self { bytes: [0; EXCERPT], len: 0 };
        // Being full ends the formatting with an error.
        let _ = write!(read, "{message:?}");
        read
    }

    fn text(&self) -> &str {
        let bytes = &self.bytes[..self.len];
        // A character may be cut in two at the end.
        std::str::from_utf8(bytes)
            .unwrap_or_else(|error| str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or(""))
    }

    /// The shard that speaks: `[ShardInfo { id: ShardId(3), total: 4 }] …`.
    pub(super) fn shard(&self) -> Option<u32> {
        let (_, rest) = self.text().strip_prefix('[')?.split_once("ShardId(")?;
        rest.split_once(')')?.0.parse().ok()
    }

    /// What is said, and of which shard if that is known.
    pub(super) fn sentence(&self, target: &str) -> Option<(Option<u32>, Sentence)> {
        let text = self.text();
        let said = if text.starts_with('[') { text.split_once("] ")?.1 } else { text };
        let &(_, start, sentence) =
            SENTENCES.iter().find(|(of, start, _)| *of == target && said.starts_with(start))?;
        let shard = match sentence {
            Sentence::Requested => said[start.len()..].parse().ok(),
            _ => self.shard(),
        };
        Some((shard, sentence))
    }
}

impl Write for Message {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let taken = part.len().min(EXCERPT - self.len);
        self.bytes[self.len..self.len + taken].copy_from_slice(&part.as_bytes()[..taken]);
        self.len += taken;
        if taken < part.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// The codes that the gateway closes connections with.
///
/// <https://discord.com/developers/docs/topics/opcodes-and-status-codes>
pub(super) const CODES: [&str; 18] = [
    "1000", "1001", "4000", "4001", "4002", "4003", "4004", "4005", "4006", "4007", "4008", "4009",
    "4010", "4011", "4012", "4013", "4014", "other",
];

/// The place in [`CODES`] of what `Option<&CloseFrame>` shows.
pub(super) fn close_code(frame: &dyn fmt::Debug) -> usize {
    let frame = Message::read(frame);
    let code = frame.text().split_once("code: ").map_or("", |(_, code)| code);
    let code = match code.split_once(',').map_or(code, |(code, _)| code) {
        "Normal" => "1000",
        "Away" => "1001",
        code => code.strip_prefix("Library(").and_then(|n| n.strip_suffix(')')).unwrap_or("other"),
    };
    CODES.iter().position(|known| *known == code).unwrap_or(CODES.len() - 1)
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reason {
    Heartbeat,
    InvalidSession,
    Closed,
    /// Discord asked for it (op 7).
    Reconnect,
    /// The bot asked for it.
    Requested,
    Error,
}

impl Reason {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Heartbeat => "heartbeat",
            Self::InvalidSession => "invalid_session",
            Self::Closed => "closed",
            Self::Reconnect => "reconnect",
            Self::Requested => "requested",
            Self::Error => "error",
        }
    }
}

/// Finds one reason for each end of a shard's connection.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// Shards whose connection has ended and that have not begun another.
    ended: HashSet<u32>,
    /// Reasons whose shard is not known yet: the next one to begin anew without a reason.
    pending: Vec<Reason>,
}

impl Ends {
    /// A shard's connection was closed. Without a shard, the next to begin anew is the one.
    pub(super) fn closed(&mut self, shard: Option<u32>) -> Option<(u32, Reason)> {
        self.end(shard, Reason::Closed)
    }

    /// What `sentence` says about the end of a connection, if it does.
    pub(super) fn hear(&mut self, shard: Option<u32>, said: Sentence) -> Option<(u32, Reason)> {
        match said {
            Sentence::Heartbeat => self.end(shard, Reason::Heartbeat),
            Sentence::Invalidated => self.end(shard, Reason::InvalidSession),
            Sentence::Failed => self.end(shard, Reason::Error),
            Sentence::Requested => self.end(Some(shard?), Reason::Requested),
            Sentence::Restarting => {
                let reason = self.unless_ended(shard?, Reason::Error)?;
                self.end(shard, reason)
            }
            Sentence::Resuming => {
                // Of an op 7, nothing is said.
                let reason = self.unless_ended(shard?, Reason::Reconnect);
                self.ended.remove(&shard?);
                Some((shard?, reason?))
            }
            Sentence::Running => {
                self.ended.remove(&shard?);
                None
            }
            Sentence::Enters(_) => None,
        }
    }

    fn end(&mut self, shard: Option<u32>, reason: Reason) -> Option<(u32, Reason)> {
        let Some(shard) = shard else {
            // Where DEBUG messages are compiled out, nobody takes them.
            if self.pending.len() < PENDING {
                self.pending.push(reason);
            }
            return None;
        };
        self.ended.insert(shard).then_some((shard, reason))
    }

    fn unless_ended(&mut self, shard: u32, otherwise: Reason) -> Option<Reason> {
        let ended = self.ended.contains(&shard);
        (!ended).then(|| self.pending.pop().unwrap_or(otherwise))
    }
}

#[cfg(test)]
#[path = "sentences_tests.rs"]
mod tests;
