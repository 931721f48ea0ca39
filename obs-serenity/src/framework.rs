//! A framework that is observed.

use std::fmt;
use std::sync::Arc;

use serenity::client::{Client, Context, FullEvent};
use serenity::framework::Framework;

use crate::call::Handling;
use crate::commands::Source;
use crate::events::{Handled, for_each_event};
use crate::gateway::{Fact, Gateway, Observer, fact};

/// A framework whose calls are counted and timed, from
/// [`Discord::framework`](crate::Discord::framework).
///
/// The framework within gets its events as they came, in the same task, and its panics pass on.
pub struct ObservedFramework<F> {
    inner: F,
    gateway: Arc<Gateway>,
    observer: Observer,
}

impl<F> ObservedFramework<F> {
    pub(crate) fn new(inner: F, gateway: &Arc<Gateway>) -> Self {
        Self { inner, gateway: Arc::clone(gateway), observer: gateway.observer(Source::Framework) }
    }

    /// The framework within.
    #[must_use]
    pub const fn inner(&self) -> &F {
        &self.inner
    }
}

impl<F: fmt::Debug> fmt::Debug for ObservedFramework<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObservedFramework").field("inner", &self.inner).finish_non_exhaustive()
    }
}

// As `async_trait` would have it, but that the event is moved once less: see the handler's wrapper.
impl<F: Framework> Framework for ObservedFramework<F> {
    fn init<'life0, 'life1, 'async_trait>(
        &'life0 mut self,
        client: &'life1 Client,
    ) -> Handling<'async_trait>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        self.inner.init(client)
    }

    fn dispatch<'life0, 'async_trait>(
        &'life0 self,
        ctx: Context,
        event: FullEvent,
    ) -> Handling<'async_trait>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let (handled, fact) = tell(&event);
        let call = self.gateway.begin(self.observer, handled, &ctx, fact);
        let (commands, shard) = (&self.gateway.commands, ctx.shard_id.0);
        let scope = commands.event(Source::Framework, shard, &event, call.started());
        call.follow(scope, || self.inner.dispatch(ctx, event))
    }
}

macro_rules! tell {
    ($(
        $(#[$meta:meta])* $method:ident $Variant:ident $type:literal ($($arg:ident: $ty:ty),*);
    )*) => {
        /// Which event this is, and what it tells.
        #[expect(deprecated, reason = "a framework may be given what never comes")]
        fn tell(event: &FullEvent) -> (Handled, Fact<'_>) {
            match event {
                $(
                    $(#[$meta])*
                    FullEvent::$Variant { $($arg),* } => {
                        let _ = ($($arg,)*);
                        (Handled::$Variant, fact!($method $($arg)*))
                    }
                )*
                FullEvent::Ratelimit { .. } => (Handled::Ratelimit, Fact::Nothing),
                _ => (Handled::Other, Fact::Nothing),
            }
        }
    };
}
for_each_event!(tell);
