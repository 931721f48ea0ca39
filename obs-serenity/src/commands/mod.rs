//! Commands and other interactions: how often, how long, how they end.
//!
//! # When things are recorded
//!
//! A command begins when its interaction comes to the part of the bot that answers it, and ends when
//! that has returned. `discord_interactions_total` counts at the beginning; `discord_commands_total`
//! and `discord_command_duration_seconds` at the end, when one event of target
//! `obs_serenity::command` is logged too. `discord_commands_in_flight` is what is in between.
//!
//! * A **panic** ends it with outcome `panic`, a future that is dropped with `cancelled`.
//! * An `EventHandler` returns nothing: its commands are `ok`, unless it says otherwise with
//!   [`report`] or [`report_error`].
//! * A **text command** is counted where poise tells of it (see feature `poise`), or the bot itself with
//!   [`Commands::begin`]. Nothing that a user writes becomes a label: what is no command is `unknown`.
//! * A slash command counts under its name, sub-commands and groups included (`mod ban add`); a
//!   command of a context menu under the name that Discord shows. Buttons and forms are `component` and
//!   `modal`. Names after the 200th are `other`.
//!
//! While the command's handler runs, a trace of its own is current and a span `discord.command` is
//! entered: what it logs carries `trace.id`, `command`, `kind` and `shard`. A task that it spawns does
//! not: see [`obs_core::trace::with`].
//!
//! # Levels
//!
//! `error` and `panic` are ERROR, `cancelled` is WARN. What a user gets wrong is INFO, or WARN if the bot
//! has a part in it: a check that failed with an error, a permission that the bot lacks, a command that
//! Discord has and the bot does not.

mod failure;
mod frame;
mod guard;
mod kind;
mod log;
mod name;
mod outcome;
mod scope;
mod table;

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use metrics::{Counter, Gauge};
use obs_core::metrics::Metrics;
use serenity::client::FullEvent;
use serenity::model::application::Interaction;

#[cfg(feature = "poise")]
pub(crate) use failure::Failure;
#[cfg(not(feature = "poise"))]
use failure::Failure;
use frame::Frame;
#[cfg(feature = "poise")]
pub(crate) use frame::{begin, end, kind as running, report as note, take};
pub use guard::Guard;
use kind::Parts;
pub use kind::{Kind, Source};
#[cfg(feature = "poise")]
pub(crate) use name::UNKNOWN;
pub use outcome::Outcome;
pub use scope::{Scope, Scoped};
use table::Table;

use crate::metrics::{COMMANDS_IN_FLIGHT, INTERACTIONS};

/// Observes the commands of one bot. A cheap handle; clones share everything.
///
/// ```
/// use std::time::Instant;
///
/// use obs_core::metrics::{Format, Metrics};
/// use obs_serenity::commands::{Commands, Kind};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let metrics = Metrics::new(Default::default());
/// let commands = Commands::new(&metrics);
/// let ping = commands.begin(Kind::Prefix, "ping", 0, Instant::now());
/// ping.scope().run(async { tracing::info!("pong") }).await;
///
/// let text = metrics.render(Format::Text);
/// assert!(text.contains(
///     r#"discord_commands_total{command="ping",kind="prefix",outcome="ok"} 1"#
/// ));
/// # }
/// ```
#[derive(Clone)]
pub struct Commands {
    shared: Arc<Shared>,
}

struct Shared {
    metrics: Metrics,
    table: Table,
    in_flight: Gauge,
    interactions: [OnceLock<Counter>; Kind::ALL.len()],
    handler: AtomicBool,
    framework: AtomicBool,
    id_fields: bool,
}

impl Commands {
    /// Records into `metrics`. Spans and events have the fields `trace.id` and `span.id`.
    #[must_use]
    pub fn new(metrics: &Metrics) -> Self {
        Self::build(metrics, true)
    }

    /// Leaves `trace.id` and `span.id` out of the fields: for a log that takes them from
    /// [`obs_core::trace::current`], as obs-core's own does.
    #[must_use]
    pub fn without_id_fields(metrics: &Metrics) -> Self {
        Self::build(metrics, false)
    }

    fn build(metrics: &Metrics, id_fields: bool) -> Self {
        let shared = Shared {
            metrics: metrics.clone(),
            table: Table::new(),
            in_flight: COMMANDS_IN_FLIGHT.of(metrics, []),
            interactions: Default::default(),
            handler: AtomicBool::new(false),
            framework: AtomicBool::new(false),
            id_fields,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Notes that the bot has such a part, and that it is observed.
    ///
    /// Where it has both, the framework counts commands if it is poise's and instrumented, and the
    /// handler counts buttons and forms, and all else.
    pub fn answered_by(&self, source: Source) {
        let part = match source {
            Source::Handler => &self.shared.handler,
            Source::Framework => &self.shared.framework,
        };
        part.store(true, Ordering::Relaxed);
    }

    /// Begins a command: one that the bot has found in a message itself, say.
    ///
    /// `name` becomes a label: it is one of the bot's commands, never what a user wrote. `started` is
    /// when the message came.
    pub fn begin(&self, kind: Kind, name: &str, shard: u32, started: Instant) -> Guard {
        Guard::new(&self.shared, kind, name, shard, started)
    }

    /// The scope of an event that came to a part of the bot at `started`: an interaction's, or that of
    /// a message in which a framework may find a command. Costs nothing for all others.
    pub fn event(&self, source: Source, shard: u32, event: &FullEvent, started: Instant) -> Scope {
        match event {
            FullEvent::InteractionCreate { interaction } => {
                self.interaction(source, shard, interaction, started)
            }
            FullEvent::Message { .. } | FullEvent::MessageUpdate { .. } => {
                self.message(shard, started)
            }
            _ => Scope::none(),
        }
    }

    /// The scope of an interaction that came to a part of the bot at `started`.
    ///
    /// Counts it, unless it is for another part to answer.
    pub fn interaction(
        &self,
        source: Source,
        shard: u32,
        interaction: &Interaction,
        started: Instant,
    ) -> Scope {
        let Some((kind, name)) = name::of(interaction) else { return Scope::none() };
        if self.parts().answering(kind) != source {
            return Scope::none();
        }
        self.shared.interactions[kind.index()]
            .get_or_init(|| INTERACTIONS.of(&self.shared.metrics, [kind.name()]))
            .increment(1);
        self.begin(kind, &name, shard, started).scope()
    }

    /// The scope of a message that came at `started`, in which a framework may find a command.
    ///
    /// Allocates nothing and records nothing, unless it does. That framework is poise, so without the
    /// feature this is [`Scope::none`].
    pub fn message(&self, shard: u32, started: Instant) -> Scope {
        if cfg!(feature = "poise") {
            Scope::of(Frame::new(Arc::clone(&self.shared), shard, started))
        } else {
            Scope::none()
        }
    }

    fn parts(&self) -> Parts {
        let (handler, framework) = (
            self.shared.handler.load(Ordering::Relaxed),
            self.shared.framework.load(Ordering::Relaxed),
        );
        Parts { handler, framework, hooked: is_hooked() }
    }
}

#[cfg(feature = "poise")]
fn is_hooked() -> bool {
    crate::poise::is_instrumented()
}

#[cfg(not(feature = "poise"))]
const fn is_hooked() -> bool {
    false
}

impl fmt::Debug for Commands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commands").field("parts", &self.parts()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// Says how the command that this task runs is about to end: for an `EventHandler`, which returns
/// nothing. The first word counts. Without a command it has no effect, nor of one that an instrumented
/// poise beside the handler answers.
pub fn report(outcome: Outcome) {
    frame::report(outcome, None);
}

/// Says that the command that this task runs has failed, and logs the error and its causes with it.
/// Where [`report`] has no effect, this has none.
///
/// ```
/// # use serenity::all::{Context, EventHandler, Interaction, async_trait};
/// # struct Handler;
/// # async fn answer(_: &Interaction) -> Result<(), serenity::Error> { Ok(()) }
/// #[async_trait]
/// impl EventHandler for Handler {
///     async fn interaction_create(&self, _: Context, interaction: Interaction) {
///         if let Err(error) = answer(&interaction).await {
///             obs_serenity::commands::report_error(&error);
///         }
///     }
/// }
/// ```
pub fn report_error(error: &(dyn Error + 'static)) {
    frame::report(Outcome::Error, Some(Failure::of(error)));
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use serde_json::json;

    use super::*;

    fn slash(name: &str) -> Interaction {
        let user = json!({"id": "4", "username": "u", "discriminator": "0", "avatar": null});
        let json = json!({
            "id": "1", "application_id": "2", "type": 2, "token": "", "version": 1,
            "data": {"id": "5", "name": name, "type": 1, "options": []}, "channel_id": "3",
            "locale": "", "user": user, "entitlements": [], "attachment_size_limit": 1,
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_hundred_thousand_interactions_leave_nothing_behind() {
        let metrics = Metrics::new(Default::default());
        let commands = Commands::without_id_fields(&metrics);
        let now = guard::now();
        let mut interaction = slash("");
        for i in 0..100_000 {
            if let Interaction::Command(command) = &mut interaction {
                command.data.name = format!("command {}", i % 1000);
            }
            let scope = commands.interaction(Source::Handler, 0, &interaction, now);
            // Every third comes to its end, is dropped in the middle, is not run at all.
            match i % 3 {
                0 => {
                    let mut running = Box::pin(scope.run(async {}));
                    let _ = running.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                }
                1 => {
                    let mut running = Box::pin(scope.run(std::future::pending::<()>()));
                    let _ = running.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                }
                _ => drop(scope),
            }
        }
        // Each command and each event that is alive holds this.
        assert_eq!(Arc::strong_count(&commands.shared), 1);
        assert_eq!(commands.shared.table.len(), table::MAX_NAMES);
        let (mut ended, mut in_flight) = (0.0, f64::NAN);
        metrics.visit(&mut |series, sample| match (series.name, sample) {
            ("discord_commands_total", obs_core::metrics::Sample::Counter(value)) => ended += value,
            ("discord_commands_in_flight", obs_core::metrics::Sample::Gauge(value)) => {
                in_flight = value;
            }
            _ => {}
        });
        assert_eq!((ended, in_flight), (100_000.0, 0.0));
    }

    #[test]
    fn a_duration_is_from_the_beginning_to_the_end_and_only_the_first_end_counts() {
        let metrics = Metrics::new(Default::default());
        let commands = Commands::new(&metrics);
        let started = guard::now();
        let mut guard = commands.begin(Kind::Prefix, "ping", 0, started);
        guard.finish(Outcome::Ok, started + std::time::Duration::from_millis(1500));
        guard.finish(Outcome::Error, started + std::time::Duration::from_secs(9));
        drop(guard);
        // A clock that steps back counts as no time passed.
        let mut early = commands.begin(Kind::Prefix, "ping", 0, started);
        early
            .finish(Outcome::Ok, started.checked_sub(std::time::Duration::from_millis(1)).unwrap());
        let text = metrics.render(obs_core::metrics::Format::Text);
        let labels = r#"{command="ping",kind="prefix"}"#;
        for line in [
            format!("discord_command_duration_seconds_sum{labels} 1.5"),
            format!("discord_command_duration_seconds_count{labels} 2"),
            r#"discord_commands_total{command="ping",kind="prefix",outcome="ok"} 2"#.to_owned(),
            "discord_commands_in_flight 0".to_owned(),
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
        assert!(!text.contains(r#"outcome="error""#), "{text}");
    }
}
