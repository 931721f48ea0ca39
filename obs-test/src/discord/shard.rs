use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::counts::Counts;
use super::event::Event;
use super::hub::Hub;
use super::session::Session;
use super::state::{Frame, Link, ShardState};

/// One shard's side of the gateway: what it is sent, and what it did.
///
/// A shard is *connected* from READY or RESUMED until its connection ends, or is told to. After
/// [`reconnect`](Self::reconnect), [`invalid_session`](Self::invalid_session), [`close`](Self::close) and
/// [`cut`](Self::cut) it is not connected at once, so that [`connected`](Self::connected) waits for
/// the next connection.
#[derive(Clone)]
pub struct Shard {
    hub: Arc<Hub>,
    id: u32,
}

impl fmt::Debug for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shard").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Shard {
    pub(super) fn new(hub: Arc<Hub>, id: u32) -> Self {
        Self { hub, id }
    }

    fn change<T>(&self, change: impl FnOnce(&mut ShardState) -> T) -> T {
        self.hub.change(|state| change(state.gateway.shard(self.id)))
    }

    async fn wait<T>(&self, what: &str, mut look: impl FnMut(&ShardState) -> Option<T>) -> T {
        let id = self.id;
        let what = format!("{what} of shard {id}");
        self.hub.wait(&what, |state| state.gateway.shards.get(&id).and_then(&mut look)).await
    }

    /// The link to the client, without which nothing can be sent.
    fn link(&self, shard: &ShardState) -> Link {
        let id = self.id;
        shard
            .link
            .clone()
            .unwrap_or_else(|| panic!("shard {id} is not connected; wait for connected()"))
    }

    /// Waits until the shard is connected, by READY or RESUMED.
    ///
    /// # Panics
    ///
    /// If that takes longer than the fake's patience.
    pub async fn connected(&self) {
        self.wait("a connection", |shard| shard.link.is_some().then_some(())).await;
    }

    /// Waits until the shard is connected, and gives what it identified with, but for its token.
    ///
    /// # Panics
    ///
    /// If that takes longer than the fake's patience.
    pub async fn identified(&self) -> Value {
        self.wait("an identify", |shard| shard.link.as_ref().and(shard.identify.clone())).await
    }

    /// Waits until the counts are as `reached` wants them, and gives them.
    ///
    /// # Panics
    ///
    /// If that takes longer than the fake's patience.
    pub async fn counted(&self, reached: impl Fn(&Counts) -> bool) -> Counts {
        self.wait("counts", |shard| reached(&shard.counts).then(|| shard.counts.clone())).await
    }

    /// Waits until the client has read all that it was sent: it is asked for a heartbeat, which says
    /// how far it has read.
    ///
    /// Read is not handled: most libraries start a task for each event.
    ///
    /// # Panics
    ///
    /// If the shard is not connected, or if that takes longer than the fake's patience.
    pub async fn caught_up(&self) {
        let (heartbeats, seq) = self.change(|shard| {
            self.link(shard).op(1, &Value::Null);
            (shard.counts.heartbeats, shard.session.as_ref().map_or(0, Session::seq))
        });
        self.wait("a heartbeat with the last event's number", |shard| {
            let read = shard.session.as_ref().is_some_and(|session| session.read() >= seq);
            (read && shard.counts.heartbeats > heartbeats).then_some(())
        })
        .await;
    }

    /// Whether the shard is connected.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.hub.read(|state| state.gateway.shards.get(&self.id).is_some_and(|s| s.link.is_some()))
    }

    /// Whether a client that keeps to the protocol takes the shard for connected: it is, and no heartbeat
    /// has been without an acknowledgement for the heartbeat interval.
    #[must_use]
    pub fn is_up(&self) -> bool {
        #[expect(clippy::disallowed_methods, reason = "the edge: asked about this moment")]
        let now = Instant::now();
        let interval = self.hub.config.heartbeat_interval;
        let up = |shard: &ShardState| shard.is_up(interval, now);
        self.hub.read(|state| state.gateway.shards.get(&self.id).is_some_and(up))
    }

    /// What went over the shard's connections so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let id = self.id;
        self.hub
            .read(|state| state.gateway.shards.get(&id).map(|s| s.counts.clone()))
            .unwrap_or_default()
    }

    /// The data of frames that the client sent with this opcode, in order: 3 (presence), 4 (voice state),
    /// 8 (members of a guild) or 31 (soundboard).
    #[must_use]
    pub fn received(&self, op: u64) -> Vec<Value> {
        let id = self.id;
        let of = |shard: &ShardState| {
            let frames = shard.received.iter().filter(|(code, _)| *code == op);
            frames.map(|(_, data)| data.clone()).collect()
        };
        self.hub.read(|state| state.gateway.shards.get(&id).map(of)).unwrap_or_default()
    }

    /// Sends an event. Between connections it is kept, and comes with the resume.
    ///
    /// # Panics
    ///
    /// If the shard has no session.
    #[expect(clippy::needless_pass_by_value, reason = "events are made where they are sent")]
    pub fn send(&self, event: Event) {
        self.send_times(&event, 1);
    }

    /// Sends an event many times over, as fast as the client reads.
    ///
    /// # Panics
    ///
    /// If the shard has no session.
    pub fn send_times(&self, event: &Event, times: usize) {
        let (name, data) = (event.name().into(), event.data().to_string().into());
        let sent = self.change(|shard| (0..times).all(|_| shard.dispatch(&name, &data)));
        assert!(sent, "shard {} has no session; wait for identified()", self.id);
    }

    /// Sends a text as it is: what is no JSON, or no payload.
    ///
    /// # Panics
    ///
    /// If the shard is not connected.
    pub fn send_text(&self, text: impl Into<String>) {
        self.change(|shard| self.link(shard).send(Frame::Text(text.into())));
    }

    /// Sends a payload with an opcode of one's own.
    ///
    /// # Panics
    ///
    /// If the shard is not connected.
    pub fn send_op(&self, op: u8, data: impl Into<Value>) {
        self.change(|shard| self.link(shard).op(op, &data.into()));
    }

    /// Leaves heartbeats without an answer, until [`give_acks`](Self::give_acks).
    pub fn withhold_acks(&self) {
        self.change(|shard| shard.withhold_acks = true);
    }

    /// Answers heartbeats again.
    pub fn give_acks(&self) {
        self.change(|shard| shard.withhold_acks = false);
    }

    /// Leaves identifies and resumes without an answer, until [`release`](Self::release). May be called
    /// before the shard first connects.
    pub fn hold(&self) {
        self.change(|shard| shard.hold = true);
    }

    /// Answers identifies and resumes again, and the one that waits.
    pub fn release(&self) {
        #[expect(clippy::disallowed_methods, reason = "the edge: when a shard identifies")]
        let now = Instant::now();
        let (hub, url) = (&self.hub, self.hub.gateway_url());
        hub.change(|state| state.gateway.release(&hub.config, self.id, &url, now));
    }

    /// Asks the client to reconnect and resume (opcode 7).
    ///
    /// # Panics
    ///
    /// If the shard is not connected.
    pub fn reconnect(&self) {
        self.change(|shard| {
            self.link(shard).op(7, &Value::Null);
            shard.link = None;
            shard.counts.reconnects += 1;
        });
    }

    /// Tells the client that its session is invalid (opcode 9). One that is not resumable is forgotten,
    /// with the events that the client has not read.
    ///
    /// # Panics
    ///
    /// If the shard is not connected.
    pub fn invalid_session(&self, resumable: bool) {
        self.change(|shard| {
            self.link(shard).op(9, &json!(resumable));
            shard.link = None;
            shard.session = shard.session.take().filter(|_| resumable);
            shard.counts.invalid_sessions += 1;
        });
    }

    /// Forgets the session while the connection stays, so that a later resume is refused.
    pub fn forget_session(&self) {
        self.change(|shard| shard.session = None);
    }

    /// Closes the connection with this code. Whether the session can be resumed is the client's guess, as
    /// with Discord; see [`forget_session`](Self::forget_session).
    ///
    /// # Panics
    ///
    /// If the shard is not connected.
    pub fn close(&self, code: u16) {
        self.change(|shard| {
            self.link(shard).send(Frame::Close(code));
            shard.link = None;
            *shard.counts.closes.entry(code).or_default() += 1;
        });
    }

    /// Ends the connection without a close frame, as a network does.
    ///
    /// # Panics
    ///
    /// If the shard is not connected.
    pub fn cut(&self) {
        self.change(|shard| {
            self.link(shard).send(Frame::Cut);
            shard.link = None;
            shard.counts.cuts += 1;
        });
    }

    /// Refuses the next identify with this close code, such as 4014 for intents that are not allowed. May be
    /// called before the shard first connects.
    pub fn refuse_identify(&self, code: u16) {
        self.change(|shard| shard.refuse_identify = Some(code));
    }
}
