//! Commands of poise's, seen through its hooks.
//!
//! ```no_run
//! # type Error = Box<dyn std::error::Error + Send + Sync>;
//! # fn commands() -> Vec<poise::Command<(), Error>> { Vec::new() }
//! let options = poise::FrameworkOptions { commands: commands(), ..Default::default() };
//! let framework = poise::Framework::builder()
//!     .options(obs_serenity::poise::instrument(options))
//!     .setup(|_, _, _| Box::pin(async { Ok(()) }))
//!     .build();
//! ```
//!
//! The framework is wrapped as any other; what it is wrapped in observes the event, and the hooks say
//! which command is in it and how it ended. Without [`instrument`] every interaction is `ok` that
//! does not panic, and text commands are not seen.
//!
//! # When things are recorded
//!
//! A slash command runs from its interaction to the end of `post_command` or `on_error`, the bot's own
//! hooks included. A text command is known from its first check on, its duration counts from the
//! message. It counts under its qualified name; one that does not exist is `unknown`. Suggestions run
//! until they are sent.
//!
//! | [`FrameworkError`] | outcome |
//! |---|---|
//! | `Command`, `CommandStructureMismatch`, `PermissionFetchFailed` | `error` |
//! | `CommandPanic` (poise's feature `handle_panics`; without it the panic is seen as it passes) | `panic` |
//! | `CommandCheckFailed`, `GuildOnly`, `DmOnly`, `NsfwOnly` | `check_failed` |
//! | `CooldownHit` | `cooldown` |
//! | `ArgumentParse`, `SubcommandRequired` | `argument` |
//! | `NotAnOwner`, `MissingUserPermissions`, `MissingBotPermissions` | `permissions` |
//! | `UnknownCommand`, `UnknownInteraction` | `unknown` |
//! | `EventHandler`, of a button or form | `error` |
//!
//! poise's own default, `poise::builtins::on_error`, **logs what a user wrote** where that has the prefix and
//! is no command, at WARN and by poise's name. It is called as before: a bot that does not want that in its
//! log has an `on_error` of its own, which does nothing for `UnknownCommand`, or the filter `poise=error`.
//!
//! A handler beside the framework gets each interaction as well. The commands among them are poise's:
//! what the handler says of them with [`report`](crate::commands::report) or
//! [`report_error`](crate::commands::report_error) has no effect. Its buttons and forms are its own.
//!
//! The event of a command that failed has the error, its causes if [`instrument_errors`] knows the type,
//! and never the message's text.
//!
//! [`FrameworkError`]: poise::FrameworkError

mod hook;
mod slot;
mod verdict;

use std::error::Error;
use std::fmt::Display;

use poise::{Command, FrameworkOptions};

use hook::{Hooks, OnError};
pub(crate) use slot::is_instrumented;
use verdict::Tell;

/// Has `options` tell of the commands. The bot's own hooks are called as before.
///
/// Called last, when all commands are there: one that is added later, and has an `on_error` of its own,
/// is an `error` whatever became of it.
///
/// An error is logged as it displays itself (`{:#}`, with which `anyhow` tells the causes too). The
/// causes of a `Box<dyn Error + Send + Sync>` are logged as well; for those of a type of one's own, see
/// [`instrument_errors`].
///
/// poise's hooks are plain functions, so theirs are kept in 32 places for each pair of `U` and `E`. The
/// 33rd framework with other hooks than those before is left as it is, and a warning is logged.
#[must_use]
pub fn instrument<U, E>(options: FrameworkOptions<U, E>) -> FrameworkOptions<U, E>
where
    U: Send + Sync + 'static,
    E: Display + Send + Sync + 'static,
{
    hooked(options, Tell::Failure(verdict::described::<E>))
}

/// The same, with the causes of errors of one's own type.
///
/// ```no_run
/// # use std::io::Error;
/// # let options = poise::FrameworkOptions::<(), Error>::default();
/// let options = obs_serenity::poise::instrument_errors(options, |error| error);
/// ```
#[must_use]
pub fn instrument_errors<U, E>(
    options: FrameworkOptions<U, E>,
    as_error: fn(&E) -> &(dyn Error + 'static),
) -> FrameworkOptions<U, E>
where
    U: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    hooked(options, Tell::Error(as_error))
}

fn hooked<U, E>(mut options: FrameworkOptions<U, E>, tell: Tell<E>) -> FrameworkOptions<U, E>
where
    U: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    let hooks = Hooks {
        pre_command: options.pre_command,
        post_command: options.post_command,
        on_error: options.on_error,
        command_check: options.command_check,
        event_handler: options.event_handler,
        tell,
    };
    let Some(ours) = slot::keep(hooks).and_then(hook::hooks) else {
        tracing::warn!(
            "too many poise frameworks in one process: commands of this one are not seen"
        );
        return options;
    };
    options.pre_command = ours.pre_command;
    options.post_command = ours.post_command;
    options.on_error = ours.on_error;
    options.command_check = ours.command_check;
    options.event_handler = ours.event_handler;
    own_error_hooks(&mut options.commands, tell);
    options
}

/// A command's `on_error` is called in place of the framework's.
fn own_error_hooks<U, E>(commands: &mut [Command<U, E>], tell: Tell<E>)
where
    U: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    for command in commands {
        if let Some(on_error) = command.on_error {
            let ours = slot::keep(OnError { on_error, tell }).and_then(hook::on_error);
            if ours.is_none() {
                tracing::warn!(
                    command = &*command.name,
                    "too many `on_error` in one process: of this command's errors only the number is seen"
                );
            }
            command.on_error = ours.or(command.on_error);
        }
        own_error_hooks(&mut command.subcommands, tell);
    }
}
