//! A handler that is observed.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use serenity::client::{Context, EventHandler};
use serenity::gateway::ShardStageUpdateEvent;
use serenity::http::RatelimitInfo;
use serenity::model::prelude::*;

use crate::call::Handling;
use crate::commands::{Scope, Source};
use crate::events::{Handled, for_each_event};
use crate::gateway::{Fact, Gateway, Observer, fact};

/// A handler whose calls are counted and timed, from [`Discord::handler`](crate::Discord::handler).
///
/// The handler within is called in the same task and order, with the same arguments, and its panics
/// pass on. No event is cloned; a call costs one small box more, which the trait asks for.
pub struct Observed<H> {
    inner: H,
    gateway: Arc<Gateway>,
    observer: Observer,
}

impl<H> Observed<H> {
    pub(crate) fn new(inner: H, gateway: &Arc<Gateway>) -> Self {
        Self { inner, gateway: Arc::clone(gateway), observer: gateway.observer(Source::Handler) }
    }

    fn scope(&self, ctx: &Context, fact: Fact<'_>, started: Instant) -> Scope {
        let Fact::Interaction(interaction) = fact else { return Scope::none() };
        self.gateway.commands.interaction(Source::Handler, ctx.shard_id.0, interaction, started)
    }

    /// The handler within.
    #[must_use]
    pub const fn inner(&self) -> &H {
        &self.inner
    }
}

impl<H: fmt::Debug> fmt::Debug for Observed<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed").field("inner", &self.inner).finish_non_exhaustive()
    }
}

// What `async_trait` would make of each method, but that the handler within gets its arguments when
// ours is called: an event is moved once less, and our box holds no event.
macro_rules! delegate {
    ($(
        $(#[$meta:meta])* $method:ident $Variant:ident $type:literal ($($arg:ident: $ty:ty),*);
    )*) => {
        #[expect(deprecated, reason = "a handler may implement what never comes")]
        impl<H: EventHandler> EventHandler for Observed<H> {
            $(
                $(#[$meta])*
                fn $method<'life0, 'async_trait>(
                    &'life0 self,
                    ctx: Context,
                    $($arg: $ty),*
                ) -> Handling<'async_trait>
                where
                    'life0: 'async_trait,
                    Self: 'async_trait,
                {
                    let fact = {
                        $(let $arg = &$arg;)*
                        let _ = ($($arg,)*);
                        fact!($method $($arg)*)
                    };
                    let call = self.gateway.begin(self.observer, Handled::$Variant, &ctx, fact);
                    let scope = self.scope(&ctx, fact, call.started());
                    call.follow(scope, || self.inner.$method(ctx, $($arg),*))
                }
            )*

            fn ratelimit<'life0, 'async_trait>(
                &'life0 self,
                data: RatelimitInfo,
            ) -> Handling<'async_trait>
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                let call = self.gateway.begin_rate_limit();
                call.follow(Scope::none(), || self.inner.ratelimit(data))
            }
        }
    };
}
for_each_event!(delegate);

// With serenity's cache, `EventHandler` has two methods more. They would get lost in the wrapper,
// silently, where that feature is on and ours is not.
#[cfg(not(feature = "cache"))]
const _: () = {
    /// A `Context` without a cache.
    struct WithoutCache {
        _data: Arc<()>,
        _shard: serenity::gateway::ShardMessenger,
        _shard_id: ShardId,
        _http: Arc<()>,
    }

    assert!(
        size_of::<Context>() == size_of::<WithoutCache>(),
        "serenity's feature `cache` is on: turn on the feature `cache` of obs-serenity too"
    );
};
