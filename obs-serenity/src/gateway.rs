//! What the handler's, the framework's and the shards' observers have in common, and what each event
//! tells.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use metrics::{Counter, Gauge, Histogram};
use obs_core::metrics::Metrics;
use serenity::client::Context;
use serenity::gateway::{ConnectionStage, ShardStageUpdateEvent};
use serenity::model::application::Interaction;
use serenity::model::channel::Message;
use serenity::model::gateway::Ready;
use serenity::model::guild::{Guild, UnavailableGuild};
use serenity::model::voice::VoiceState;

use crate::call::{Call, Series};
use crate::commands::{Commands, Source};
use crate::events::Handled;
use crate::lag;
use crate::metrics::{CLIENT_UP, EVENT_LAG, EVENT_LAG_NEGATIVE, GUILD_JOINS, GUILD_LEAVES};
use crate::rest::Rest;
use crate::shard::Connect;
use crate::shards::{Shards, Slot};
use crate::voice::Voice;

/// A guild whose data comes later than this after the bot joined it was there before.
const JUST_JOINED: Duration = Duration::from_secs(60);

/// What one event tells beside its type.
#[derive(Clone, Copy)]
pub(crate) enum Fact<'a> {
    Nothing,
    Message(&'a Message),
    Interaction(&'a Interaction),
    Ready(&'a Ready),
    Resumed,
    GuildCreate(&'a Guild, Option<bool>),
    GuildDelete(&'a UnavailableGuild),
    VoiceState(&'a VoiceState),
    Stage(&'a ShardStageUpdateEvent),
}

/// The fact in the arguments of a method of `EventHandler`, which are references.
macro_rules! fact {
    (message $message:ident) => {
        Fact::Message($message)
    };
    (interaction_create $interaction:ident) => {
        Fact::Interaction($interaction)
    };
    (ready $ready:ident) => {
        Fact::Ready($ready)
    };
    (resume $event:ident) => {
        Fact::Resumed
    };
    (guild_create $guild:ident $is_new:ident) => {
        Fact::GuildCreate($guild, *$is_new)
    };
    (guild_delete $incomplete:ident $full:ident) => {
        Fact::GuildDelete($incomplete)
    };
    (voice_state_update $old:ident $new:ident) => {
        Fact::VoiceState($new)
    };
    (shard_stage_update $event:ident) => {
        Fact::Stage($event)
    };
    ($method:ident $($argument:ident)*) => {
        Fact::Nothing
    };
}
pub(crate) use fact;

/// The state behind a [`Discord`](crate::Discord).
pub(crate) struct Gateway {
    pub(crate) metrics: Metrics,
    pub(crate) shards: Shards,
    pub(crate) commands: Commands,
    pub(crate) rest: Rest,
    up: OnceLock<Gauge>,
    calls: [OnceLock<Series>; Handled::COUNT],
    lag_of_messages: OnceLock<Histogram>,
    lag_of_interactions: OnceLock<Histogram>,
    lag_negative: Counter,
    joins: Counter,
    leaves: Counter,
    voice: Voice,
    observers: AtomicU32,
    /// The observer that counts events, 0 for none yet.
    primary: AtomicU32,
}

/// One wrapper of a handler or framework.
///
/// Each is called with every event, so the one that is called first counts events and takes the
/// facts; all of them time their own calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observer(u32);

impl Gateway {
    pub(crate) fn new(metrics: &Metrics, commands: Commands, rest: Rest, now: Instant) -> Self {
        Self {
            metrics: metrics.clone(),
            shards: Shards::new(metrics, now),
            commands,
            rest,
            up: OnceLock::new(),
            calls: [const { OnceLock::new() }; Handled::COUNT],
            lag_of_messages: OnceLock::new(),
            lag_of_interactions: OnceLock::new(),
            lag_negative: EVENT_LAG_NEGATIVE.of(metrics, []),
            joins: GUILD_JOINS.of(metrics, []),
            leaves: GUILD_LEAVES.of(metrics, []),
            voice: Voice::new(metrics),
            observers: AtomicU32::new(0),
            primary: AtomicU32::new(0),
        }
    }

    pub(crate) fn observer(&self, source: Source) -> Observer {
        self.commands.answered_by(source);
        Observer(self.observers.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn is_primary(&self, Observer(id): Observer) -> bool {
        match self.primary.compare_exchange(0, id, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => true,
            Err(primary) => primary == id,
        }
    }

    /// Whether the client runs. Held here, as a series that nobody holds may expire.
    pub(crate) fn client_up(&self, is: bool) {
        self.up.get_or_init(|| CLIENT_UP.of(&self.metrics, [])).set(f64::from(u8::from(is)));
    }

    fn series(&self, event: Handled) -> &Series {
        self.calls[event as usize].get_or_init(|| Series::new(&self.metrics, event))
    }

    /// The observer is called with this event. The call is in flight until what this returns is
    /// dropped.
    pub(crate) fn begin(
        self: &Arc<Self>,
        observer: Observer,
        event: Handled,
        ctx: &Context,
        fact: Fact<'_>,
    ) -> Call<'_> {
        #[expect(clippy::disallowed_methods, reason = "a call begins where the wrapper meets it")]
        let now = Instant::now();
        // Whoever is called first may answer it.
        if let Fact::Interaction(interaction) = fact {
            self.rest.arrived(interaction);
        }
        if self.is_primary(observer)
            && let Some(slot) = self.shards.get(ctx.shard_id.0)
        {
            if let Some(event_type) = event.event_type() {
                self.shards.event(slot, now);
                self.shards.count(slot, event_type);
            }
            self.learn(slot, ctx, fact, now);
        }
        Call::begin(self.series(event), now)
    }

    /// The observer is called for a rate limit, which has no context.
    pub(crate) fn begin_rate_limit(&self) -> Call<'_> {
        #[expect(clippy::disallowed_methods, reason = "a call begins where the wrapper meets it")]
        let now = Instant::now();
        Call::begin(self.series(Handled::Ratelimit), now)
    }

    fn learn(self: &Arc<Self>, slot: &Slot, ctx: &Context, fact: Fact<'_>, now: Instant) {
        match fact {
            Fact::Nothing => {}
            Fact::Message(message) => {
                self.lag(&self.lag_of_messages, Handled::Message, message.id.get());
            }
            Fact::Interaction(interaction) => {
                let id = interaction.id().get();
                self.lag(&self.lag_of_interactions, Handled::InteractionCreate, id);
            }
            Fact::Ready(ready) => {
                if let Some(shard) = ready.shard {
                    self.shards.total(shard.total);
                }
                self.voice.bot(ready.user.id);
                #[cfg(feature = "collector")]
                self.collect_unless_counted(slot, &ctx.shard);
                self.shards.connected(slot, Connect::Identify, now);
            }
            Fact::Resumed => self.shards.connected(slot, Connect::Resume, now),
            Fact::GuildCreate(guild, is_new) => {
                if is_new.unwrap_or_else(|| just_joined(guild.joined_at.unix_timestamp())) {
                    self.joins.increment(1);
                }
                self.voice.guild(guild);
            }
            Fact::GuildDelete(guild) => {
                if !guild.unavailable {
                    self.leaves.increment(1);
                }
                self.voice.gone(guild.id);
            }
            Fact::VoiceState(state) => self.voice.state(state),
            Fact::Stage(stage) => {
                // On a runner that is new this comes a moment before READY.
                if (stage.old, stage.new)
                    == (ConnectionStage::Identifying, ConnectionStage::Connected)
                {
                    #[cfg(feature = "collector")]
                    self.collect(slot, &ctx.shard);
                }
            }
        }
        // Without the feature nothing asks for it.
        let _ = ctx;
    }

    fn lag(&self, histogram: &OnceLock<Histogram>, event: Handled, snowflake: u64) {
        #[expect(clippy::disallowed_methods, reason = "an event's age is told where it arrives")]
        let age = lag::age(snowflake, SystemTime::now());
        if age.is_err() {
            self.lag_negative.increment(1);
        }
        let label = if event == Handled::Message { "message" } else { "interaction" };
        histogram
            .get_or_init(|| EVENT_LAG.of(&self.metrics, [label]))
            .record(age.unwrap_or_default().as_secs_f64());
    }
}

/// Whether the bot joined a guild, at `joined` in Unix seconds, just now.
///
/// Without a cache serenity does not tell whether a guild is new.
fn just_joined(joined: i64) -> bool {
    #[expect(clippy::disallowed_methods, reason = "compared with a time that an event tells")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    joined.abs_diff(now) < JUST_JOINED.as_secs()
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("shards", &self.shards).finish_non_exhaustive()
    }
}
