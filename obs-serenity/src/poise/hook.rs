//! The hooks that poise calls, each of which calls the bot's own.

use std::ptr;

use poise::{BoxFuture, Context, FrameworkContext, FrameworkError};
use serenity::client::FullEvent;
use serenity::model::application::Interaction;

use super::slot::{self, PLACES, Same};
use super::verdict::{self, Tell};
use crate::commands::{self, Outcome};

type CommandHook<U, E> = fn(Context<'_, U, E>) -> BoxFuture<'_, ()>;
type ErrorHook<U, E> = fn(FrameworkError<'_, U, E>) -> BoxFuture<'_, ()>;
type CheckHook<U, E> = fn(Context<'_, U, E>) -> BoxFuture<'_, Result<bool, E>>;
type EventHook<U, E> =
    for<'a> fn(FrameworkContext<'a, U, E>, &'a FullEvent) -> BoxFuture<'a, Result<(), E>>;

/// `make::<N, U, E>()` for each place.
macro_rules! places {
    ($make:ident) => {
        [
            $make::<0, U, E>(),
            $make::<1, U, E>(),
            $make::<2, U, E>(),
            $make::<3, U, E>(),
            $make::<4, U, E>(),
            $make::<5, U, E>(),
            $make::<6, U, E>(),
            $make::<7, U, E>(),
            $make::<8, U, E>(),
            $make::<9, U, E>(),
            $make::<10, U, E>(),
            $make::<11, U, E>(),
            $make::<12, U, E>(),
            $make::<13, U, E>(),
            $make::<14, U, E>(),
            $make::<15, U, E>(),
            $make::<16, U, E>(),
            $make::<17, U, E>(),
            $make::<18, U, E>(),
            $make::<19, U, E>(),
            $make::<20, U, E>(),
            $make::<21, U, E>(),
            $make::<22, U, E>(),
            $make::<23, U, E>(),
            $make::<24, U, E>(),
            $make::<25, U, E>(),
            $make::<26, U, E>(),
            $make::<27, U, E>(),
            $make::<28, U, E>(),
            $make::<29, U, E>(),
            $make::<30, U, E>(),
            $make::<31, U, E>(),
        ]
    };
}

/// The hooks of a framework.
pub(super) struct Hooks<U, E> {
    pub(super) pre_command: CommandHook<U, E>,
    pub(super) post_command: CommandHook<U, E>,
    pub(super) on_error: ErrorHook<U, E>,
    pub(super) command_check: Option<CheckHook<U, E>>,
    pub(super) event_handler: EventHook<U, E>,
    pub(super) tell: Tell<E>,
}

impl<U, E> Same for Hooks<U, E> {
    fn same(&self, other: &Self) -> bool {
        let checks = match (self.command_check, other.command_check) {
            (Some(one), Some(other)) => ptr::fn_addr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        checks
            && ptr::fn_addr_eq(self.pre_command, other.pre_command)
            && ptr::fn_addr_eq(self.post_command, other.post_command)
            && ptr::fn_addr_eq(self.on_error, other.on_error)
            && ptr::fn_addr_eq(self.event_handler, other.event_handler)
            && self.tell.same(other.tell)
    }
}

/// The `on_error` of a command.
pub(super) struct OnError<U, E> {
    pub(super) on_error: ErrorHook<U, E>,
    pub(super) tell: Tell<E>,
}

impl<U, E> Same for OnError<U, E> {
    fn same(&self, other: &Self) -> bool {
        ptr::fn_addr_eq(self.on_error, other.on_error) && self.tell.same(other.tell)
    }
}

/// Our hooks that go with those in a place. `None` beyond the last.
pub(super) fn hooks<U, E>(place: usize) -> Option<Ours<U, E>>
where
    U: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    let all: [Ours<U, E>; PLACES] = places!(ours);
    all.into_iter().nth(place)
}

/// Our `on_error` that goes with a command's in a place.
pub(super) fn on_error<U, E>(place: usize) -> Option<ErrorHook<U, E>>
where
    U: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    let all: [ErrorHook<U, E>; PLACES] = places!(own);
    all.into_iter().nth(place)
}

/// Our hooks, in the form that options have.
pub(super) struct Ours<U, E> {
    pub(super) pre_command: CommandHook<U, E>,
    pub(super) post_command: CommandHook<U, E>,
    pub(super) on_error: ErrorHook<U, E>,
    pub(super) command_check: Option<CheckHook<U, E>>,
    pub(super) event_handler: EventHook<U, E>,
}

fn ours<const N: usize, U, E>() -> Ours<U, E>
where
    U: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    Ours {
        pre_command: |ctx| pre_command(N, ctx),
        post_command: |ctx| post_command(N, ctx),
        on_error: |error| {
            let hooks = slot::get::<Hooks<U, E>>(N);
            handle(hooks.map(|hooks| (hooks.on_error, hooks.tell)), error)
        },
        command_check: Some(|ctx| command_check(N, ctx)),
        event_handler: |framework, event| event_handler(N, framework, event),
    }
}

fn own<const N: usize, U, E>() -> ErrorHook<U, E>
where
    U: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    |error| {
        let own = slot::get::<OnError<U, E>>(N);
        handle(own.map(|own| (own.on_error, own.tell)), error)
    }
}

fn command_check<U, E>(place: usize, ctx: Context<'_, U, E>) -> BoxFuture<'_, Result<bool, E>>
where
    U: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    verdict::found(ctx);
    match slot::get::<Hooks<U, E>>(place).and_then(|hooks| hooks.command_check) {
        Some(check) => check(ctx),
        None => Box::pin(async { Ok(true) }),
    }
}

fn pre_command<U, E>(place: usize, ctx: Context<'_, U, E>) -> BoxFuture<'_, ()>
where
    U: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    verdict::found(ctx);
    match slot::get::<Hooks<U, E>>(place) {
        Some(hooks) => (hooks.pre_command)(ctx),
        None => Box::pin(async {}),
    }
}

fn post_command<U, E>(place: usize, ctx: Context<'_, U, E>) -> BoxFuture<'_, ()>
where
    U: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    Box::pin(async move {
        if let Some(hooks) = slot::get::<Hooks<U, E>>(place) {
            (hooks.post_command)(ctx).await;
        }
        // Only here: what panics in the bot's own hook is no success.
        commands::note(Outcome::Ok, None);
        commands::end();
    })
}

fn handle<'a, U, E>(
    own: Option<(ErrorHook<U, E>, Tell<E>)>,
    error: FrameworkError<'a, U, E>,
) -> BoxFuture<'a, ()>
where
    U: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    let Some((on_error, tell)) = own else { return Box::pin(async {}) };
    // A message that poise looks for a prefix in goes on after such an error.
    let goes_on = matches!(error, FrameworkError::DynamicPrefix { .. });
    verdict::note(&error, tell);
    Box::pin(async move {
        on_error(error).await;
        if !goes_on {
            commands::end();
        }
    })
}

fn event_handler<'a, U, E>(
    place: usize,
    framework: FrameworkContext<'a, U, E>,
    event: &'a FullEvent,
) -> BoxFuture<'a, Result<(), E>>
where
    U: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    // poise comes here after the command; buttons and forms are handled here.
    let handled_here = matches!(
        event,
        FullEvent::InteractionCreate {
            interaction: Interaction::Component(_) | Interaction::Modal(_)
        }
    );
    if !handled_here {
        commands::end();
    }
    match slot::get::<Hooks<U, E>>(place) {
        Some(hooks) => (hooks.event_handler)(framework, event),
        None => Box::pin(async { Ok(()) }),
    }
}
