//! The voice channels that the bot itself is in.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use metrics::Gauge;
use obs_core::metrics::Metrics;
use serenity::model::guild::Guild;
use serenity::model::id::{GuildId, UserId};
use serenity::model::voice::VoiceState;

use crate::metrics::VOICE_CONNECTIONS;

/// At most one connection a guild, as Discord allows a bot.
pub(crate) struct Voice {
    /// The bot's user id, 0 before the first READY.
    bot: AtomicU64,
    guilds: Mutex<HashSet<GuildId>>,
    gauge: Gauge,
}

impl Voice {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self {
            bot: AtomicU64::new(0),
            guilds: Mutex::default(),
            gauge: VOICE_CONNECTIONS.of(metrics, []),
        }
    }

    /// This is the bot.
    pub(crate) fn bot(&self, id: UserId) {
        self.bot.store(id.get(), Ordering::Relaxed);
    }

    /// Somebody's voice state changed.
    pub(crate) fn state(&self, state: &VoiceState) {
        if state.user_id.get() == self.bot.load(Ordering::Relaxed)
            && let Some(guild) = state.guild_id
        {
            self.set(guild, state.channel_id.is_some());
        }
    }

    /// A guild arrived, with the voice states of all its members.
    pub(crate) fn guild(&self, guild: &Guild) {
        let bot = self.bot.load(Ordering::Relaxed);
        if bot > 0 {
            let state = guild.voice_states.get(&UserId::new(bot));
            self.set(guild.id, state.is_some_and(|state| state.channel_id.is_some()));
        }
    }

    /// The bot is not in this guild, or the guild is not there.
    pub(crate) fn gone(&self, guild: GuildId) {
        self.set(guild, false);
    }

    fn set(&self, guild: GuildId, connected: bool) {
        let mut guilds = self.guilds.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = if connected { guilds.insert(guild) } else { guilds.remove(&guild) };
        if changed {
            self.gauge.set(guilds.len() as f64);
        }
    }
}
