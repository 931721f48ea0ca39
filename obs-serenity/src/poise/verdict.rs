//! What an error of poise's says of the command.

use std::any::Any;
use std::error::Error;
use std::fmt::Display;
use std::ptr;

use poise::{Context, FrameworkError};

use crate::commands::{self, Failure, Kind, Outcome};

/// How an error of the bot's own type is told.
pub(super) enum Tell<E> {
    Failure(fn(&E) -> Failure),
    Error(fn(&E) -> &(dyn Error + 'static)),
}

impl<E> Clone for Tell<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Tell<E> {}

impl<E> Tell<E> {
    pub(super) fn failure(self, error: &E) -> Failure {
        match self {
            Self::Failure(tell) => tell(error),
            Self::Error(as_error) => Failure::of(as_error(error)),
        }
    }

    pub(super) fn same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Failure(one), Self::Failure(other)) => ptr::fn_addr_eq(one, other),
            (Self::Error(one), Self::Error(other)) => ptr::fn_addr_eq(one, other),
            _ => false,
        }
    }
}

/// An error by its own words, with the causes where its type is known to have them.
pub(super) fn described<E: Display + 'static>(error: &E) -> Failure {
    match (error as &dyn Any).downcast_ref::<Box<dyn Error + Send + Sync>>() {
        Some(error) => Failure::of(&**error),
        None => Failure::saying(error),
    }
}

/// Makes known that poise has found a command. An interaction's is known already.
pub(super) fn found<U, E>(ctx: Context<'_, U, E>) {
    if let Context::Prefix(_) = ctx {
        commands::begin(Kind::Prefix, &ctx.command().qualified_name);
    }
    commands::take();
}

/// Notes what the error means for the command that runs. One that is none of a command's changes
/// nothing.
pub(super) fn note<U, E>(error: &FrameworkError<'_, U, E>, tell: Tell<E>) {
    match error {
        FrameworkError::UnknownCommand { .. } => {
            commands::begin(Kind::Prefix, commands::UNKNOWN);
        }
        _ => {
            if let Some(ctx) = error.ctx() {
                found(ctx);
            }
        }
    }
    if let Some((outcome, failure)) = of(error, tell) {
        commands::note(outcome, failure);
    }
}

fn of<U, E>(error: &FrameworkError<'_, U, E>, tell: Tell<E>) -> Option<(Outcome, Option<Failure>)> {
    Some(match error {
        FrameworkError::Command { error, .. } => (Outcome::Error, Some(tell.failure(error))),
        FrameworkError::EventHandler { error, .. } => {
            // After a command's end the bot sees the same event, which is no part of the command.
            let kind = commands::running()?;
            if !matches!(kind, Kind::Component | Kind::Modal) {
                return None;
            }
            (Outcome::Error, Some(tell.failure(error)))
        }
        FrameworkError::CommandPanic { payload, .. } => {
            (Outcome::Panic, payload.as_ref().map(Failure::saying))
        }
        FrameworkError::CommandStructureMismatch { description, .. } => {
            (Outcome::Error, Some(Failure::saying(description)))
        }
        FrameworkError::PermissionFetchFailed { .. } => {
            (Outcome::Error, Some(Failure::saying("the user's permissions are not to be had")))
        }
        FrameworkError::ArgumentParse { error, .. } => {
            (Outcome::Argument, Some(Failure::of(&**error)))
        }
        FrameworkError::SubcommandRequired { .. } => {
            (Outcome::Argument, Some(Failure::saying("a sub-command is required")))
        }
        FrameworkError::CooldownHit { .. } => (Outcome::Cooldown, None),
        FrameworkError::MissingBotPermissions { missing_permissions, .. } => {
            let lacks = format_args!("the bot lacks permissions: {missing_permissions}");
            (Outcome::Permissions, Some(Failure::saying(lacks).ours()))
        }
        FrameworkError::MissingUserPermissions { .. } => (Outcome::Permissions, None),
        FrameworkError::NotAnOwner { .. } => {
            (Outcome::Permissions, Some(Failure::saying("not an owner")))
        }
        FrameworkError::GuildOnly { .. } => refused("only in a guild"),
        FrameworkError::DmOnly { .. } => refused("only in a direct message"),
        FrameworkError::NsfwOnly { .. } => refused("only in an age-restricted channel"),
        FrameworkError::CommandCheckFailed { error, .. } => {
            (Outcome::CheckFailed, error.as_ref().map(|error| tell.failure(error).ours()))
        }
        FrameworkError::UnknownCommand { .. } => (Outcome::Unknown, None),
        FrameworkError::UnknownInteraction { .. } => {
            let stale = "Discord has a command that the bot does not have";
            (Outcome::Unknown, Some(Failure::saying(stale).ours()))
        }
        _ => return None,
    })
}

fn refused(why: &'static str) -> (Outcome, Option<Failure>) {
    (Outcome::CheckFailed, Some(Failure::saying(why)))
}
