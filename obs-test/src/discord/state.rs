//! What is known of shards and sessions, and what is answered to a client's frames: no socket, no clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::config::Config;
use super::counts::Counts;
use super::event::{self, Event};
use super::session::Session;

/// What a connection is told to do.
#[derive(Debug)]
pub(super) enum Frame {
    Text(String),
    /// From here on each frame is compressed: the client asked for it as it identified.
    CompressPayloads,
    Close(u16),
    /// End the connection without a close frame.
    Cut,
}

/// The way to a connection.
#[derive(Clone, Debug)]
pub(super) struct Link {
    id: u64,
    frames: UnboundedSender<Frame>,
}

impl Link {
    pub(super) fn new(id: u64, frames: UnboundedSender<Frame>) -> Self {
        Self { id, frames }
    }

    /// A connection that has ended takes no more frames, and is told nothing.
    pub(super) fn send(&self, frame: Frame) {
        self.frames.send(frame).ok();
    }

    pub(super) fn op(&self, op: u8, data: &Value) {
        self.send(Frame::Text(json!({ "op": op, "d": data }).to_string()));
    }
}

/// What a connection is known by.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) link: Link,
    /// The shard that it identified as or resumed.
    pub(super) shard: Option<u32>,
}

/// An identify or a resume that waits for its answer.
#[derive(Debug)]
struct Held {
    link: Link,
    /// 2 or 6.
    op: u64,
    data: Value,
}

#[derive(Debug, Default)]
pub(super) struct ShardState {
    pub(super) session: Option<Session>,
    /// The connection that the session is on, until it ends or is told to.
    pub(super) link: Option<Link>,
    pub(super) counts: Counts,
    pub(super) withhold_acks: bool,
    /// When the client sent the first heartbeat that has no acknowledgement.
    unacknowledged: Option<Instant>,
    /// Leave identifies and resumes without an answer.
    pub(super) hold: bool,
    held: Option<Held>,
    /// The close code that the next identify is refused with.
    pub(super) refuse_identify: Option<u16>,
    pub(super) identify: Option<Value>,
    /// Frames of the client by opcode, but for heartbeats, identifies and resumes.
    pub(super) received: Vec<(u64, Value)>,
}

impl ShardState {
    /// Numbers an event and sends it, or keeps it for a resume.
    pub(super) fn dispatch(&mut self, name: &Arc<str>, data: &Arc<str>) -> bool {
        let Some(session) = &mut self.session else { return false };
        let sent = self.link.is_some();
        let event = session.push(name.clone(), data.clone(), sent);
        if let Some(link) = &self.link {
            link.send(Frame::Text(event.text()));
            count(&mut self.counts.events, name);
        }
        true
    }

    fn event(&mut self, event: &Event) {
        self.dispatch(&event.name().into(), &event.data().to_string().into());
    }

    /// Whether a client that keeps to the protocol takes its connection for a good one at `now`.
    pub(super) fn is_up(&self, interval: Duration, now: Instant) -> bool {
        let late = |sent: Instant| now.saturating_duration_since(sent) >= interval;
        self.link.is_some() && !self.unacknowledged.is_some_and(late)
    }

    /// Keeps what may not be answered yet. Returns whether it did.
    fn keep(&mut self, link: &Link, op: u64, data: &Value) -> bool {
        if self.hold {
            self.held = Some(Held { link: link.clone(), op, data: data.clone() });
        }
        self.hold
    }

    fn close(&mut self, link: &Link, code: u16) {
        link.send(Frame::Close(code));
        *self.counts.closes.entry(code).or_default() += 1;
    }
}

fn count(events: &mut BTreeMap<String, u64>, name: &str) {
    match events.get_mut(name) {
        Some(n) => *n += 1,
        None => {
            events.insert(name.to_owned(), 1);
        }
    }
}

#[derive(Debug)]
pub(super) struct Gateway {
    pub(super) shards: BTreeMap<u32, ShardState>,
    pub(super) starts_left: u32,
    /// Connections that were accepted.
    pub(super) connections: u64,
    sessions: u64,
    /// When each bucket of `max_concurrency` last had an identify.
    identified: BTreeMap<u32, Instant>,
}

impl Gateway {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            shards: BTreeMap::new(),
            starts_left: config.session_starts_left,
            connections: 0,
            sessions: 0,
            identified: BTreeMap::new(),
        }
    }

    pub(super) fn shard(&mut self, shard: u32) -> &mut ShardState {
        self.shards.entry(shard).or_default()
    }

    /// A connection was accepted: greets it.
    pub(super) fn connect(
        &mut self,
        config: &Config,
        frames: UnboundedSender<Frame>,
    ) -> Connection {
        self.connections += 1;
        let link = Link::new(self.connections, frames);
        let interval = u64::try_from(config.heartbeat_interval.as_millis()).unwrap_or(u64::MAX);
        link.op(10, &json!({ "heartbeat_interval": interval, "_trace": ["fake"] }));
        Connection { link, shard: None }
    }

    /// A connection has ended, with this close code if the client sent one.
    pub(super) fn disconnect(&mut self, connection: &Connection, code: Option<u16>) {
        let Some(shard) = connection.shard else { return };
        let shard = self.shard(shard);
        if shard.link.as_ref().is_some_and(|link| link.id == connection.link.id) {
            shard.link = None;
        }
        if shard.held.as_ref().is_some_and(|held| held.link.id == connection.link.id) {
            shard.held = None;
        }
        if let Some(code) = code {
            *shard.counts.client_closes.entry(code).or_default() += 1;
        }
    }

    /// Answers a frame of the client's.
    pub(super) fn receive(
        &mut self,
        config: &Config,
        connection: &mut Connection,
        text: &str,
        base_url: &str,
        now: Instant,
    ) {
        let frame: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        let data = &frame["d"];
        match (frame["op"].as_u64(), connection.shard) {
            (None, _) => self.refuse(connection, 4002),
            (Some(1), _) => self.heartbeat(connection, data, now),
            (Some(2), None) => self.identify(config, connection, data, base_url, now),
            // After an invalid session a client may identify again on the connection it has.
            (Some(2), Some(shard)) if self.shard(shard).link.is_none() => {
                self.identify(config, connection, data, base_url, now);
            }
            (Some(2), Some(_)) => self.refuse(connection, 4005),
            (Some(6), _) => self.resume(config, connection, data),
            (Some(op @ (3 | 4 | 8 | 31)), Some(shard)) => {
                self.shard(shard).received.push((op, data.clone()));
            }
            (Some(3 | 4 | 8 | 31), None) => self.refuse(connection, 4003),
            (Some(_), _) => self.refuse(connection, 4001),
        }
    }

    /// Closes a connection for what its client did.
    fn refuse(&mut self, connection: &Connection, code: u16) {
        match connection.shard {
            Some(shard) => {
                let shard = self.shard(shard);
                shard.link = None;
                shard.close(&connection.link, code);
            }
            None => connection.link.send(Frame::Close(code)),
        }
    }

    /// Answers what was held.
    pub(super) fn release(&mut self, config: &Config, id: u32, base_url: &str, now: Instant) {
        let shard = self.shard(id);
        shard.hold = false;
        let Some(Held { link, op, data }) = shard.held.take() else { return };
        let mut connection = Connection { link, shard: Some(id) };
        match op {
            2 => self.identify(config, &mut connection, &data, base_url, now),
            _ => self.resume(config, &mut connection, &data),
        }
    }

    fn heartbeat(&mut self, connection: &Connection, seq: &Value, now: Instant) {
        let Some(shard) = connection.shard else { return connection.link.op(11, &Value::Null) };
        let shard = self.shard(shard);
        shard.counts.heartbeats += 1;
        if let (Some(session), Some(seq)) = (&mut shard.session, seq.as_u64()) {
            session.acknowledge(seq);
        }
        if shard.withhold_acks {
            shard.unacknowledged.get_or_insert(now);
        } else {
            shard.unacknowledged = None;
            shard.counts.acks += 1;
            connection.link.op(11, &Value::Null);
        }
    }

    fn identify(
        &mut self,
        config: &Config,
        connection: &mut Connection,
        data: &Value,
        base_url: &str,
        now: Instant,
    ) {
        let numbers = [data["shard"][0].as_u64(), data["shard"][1].as_u64()];
        let [id, total] = numbers.map(|n| n.and_then(|n| u32::try_from(n).ok()));
        let (id, total) = if data["shard"].is_null() {
            (0, 1)
        } else if let (Some(id), Some(total)) = (id, total)
            && id < total
        {
            (id, total)
        } else {
            return self.refuse(connection, 4010);
        };
        connection.shard = Some(id);
        if self.shard(id).keep(&connection.link, 2, data) {
            return;
        }
        let early = self.is_early(config, id, now);
        let session = format!("fake-session-{}-{id}", self.sessions);
        let shard = self.shards.entry(id).or_default();
        let refused = if config.lets_in(data["token"].as_str()) {
            shard.refuse_identify.take()
        } else {
            Some(4004)
        };
        let mut identify = data.clone();
        // A bot that is tested may have its real token, and what is received ends up in test output.
        if let Some(fields) = identify.as_object_mut() {
            fields.remove("token");
        }
        shard.identify = Some(identify);
        if let Some(code) = refused {
            shard.counts.identifies_refused += 1;
            return self.refuse(connection, code);
        }
        if early {
            shard.counts.identifies_refused += 1;
            shard.counts.invalid_sessions += 1;
            return connection.link.op(9, &json!(false));
        }
        self.sessions += 1;
        self.starts_left = self.starts_left.saturating_sub(1);
        shard.counts.identifies += 1;
        if config.compress_payloads && data["compress"] == json!(true) {
            connection.link.send(Frame::CompressPayloads);
        }
        shard.session = Some(Session::new(session.clone()));
        shard.link = Some(connection.link.clone());
        shard.unacknowledged = None;
        let guilds: Vec<_> = config.guilds_of(id, total).collect();
        shard.event(&event::ready(&session, (id, total), &guilds, base_url));
        for guild in guilds {
            shard.event(&guild.create());
        }
    }

    /// Whether a shard identifies sooner after another of its bucket than it may; notes when it did.
    fn is_early(&mut self, config: &Config, shard: u32, now: Instant) -> bool {
        let bucket = shard % config.max_concurrency.max(1);
        let last = self.identified.insert(bucket, now);
        last.is_some_and(|last| now.duration_since(last) < config.identify_interval)
    }

    fn resume(&mut self, config: &Config, connection: &mut Connection, data: &Value) {
        if !config.lets_in(data["token"].as_str()) {
            return self.refuse(connection, 4004);
        }
        let seq = data["seq"].as_u64().unwrap_or(0);
        let wanted = data["session_id"].as_str().unwrap_or_default();
        // The name of a session ends in its shard, so that one that is gone is counted where it was.
        let id = wanted.rsplit('-').next().and_then(|id| id.parse().ok());
        let Some((id, shard)) = id.and_then(|id| Some((id, self.shards.get_mut(&id)?))) else {
            return connection.link.op(9, &json!(false));
        };
        connection.shard = Some(id);
        if shard.keep(&connection.link, 6, data) {
            return;
        }
        let Some(session) = shard.session.as_mut().filter(|session| session.id == wanted) else {
            shard.counts.resumes_refused += 1;
            shard.counts.invalid_sessions += 1;
            return connection.link.op(9, &json!(false));
        };
        if seq > session.seq() {
            shard.counts.resumes_refused += 1;
            return self.refuse(connection, 4007);
        }
        if !session.has_all_after(seq) {
            shard.session = None;
            shard.link = None;
            shard.counts.resumes_refused += 1;
            shard.counts.invalid_sessions += 1;
            return connection.link.op(9, &json!(false));
        }
        session.acknowledge(seq);
        for event in session.replay() {
            connection.link.send(Frame::Text(event.text()));
            if event.sent {
                shard.counts.replayed += 1;
            } else {
                count(&mut shard.counts.events, &event.name);
            }
            event.sent = true;
        }
        let resumed = session.pass("RESUMED".into(), r#"{"_trace":["fake"]}"#.into());
        connection.link.send(Frame::Text(resumed.text()));
        count(&mut shard.counts.events, "RESUMED");
        shard.counts.resumes += 1;
        shard.link = Some(connection.link.clone());
        shard.unacknowledged = None;
    }
}
