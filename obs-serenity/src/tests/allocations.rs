//! What an observed call allocates, and copies.

use std::sync::{Arc, OnceLock};
use std::task::Waker;

use allocation_counter::AllocationInfo;
use obs_test::discord::event;
use serenity::client::{Context, EventHandler};
use serenity::model::channel::Message;
use serenity::model::gateway::Ready;

use super::{bot, client, during, eventually};

/// Keeps the context of READY, and answers messages with nothing.
#[derive(Clone, Default)]
struct Keeper(Arc<OnceLock<Context>>);

#[serenity::async_trait]
impl EventHandler for Keeper {
    async fn ready(&self, ctx: Context, _: Ready) {
        let _ = self.0.set(ctx);
    }

    async fn message(&self, _: Context, _: Message) {}
}

/// Of one call, the handles being there.
fn call(handler: &impl EventHandler, ctx: &Context, message: &Message) -> AllocationInfo {
    let once = || {
        let (ctx, message) = (ctx.clone(), message.clone());
        allocation_counter::measure(|| {
            let mut call = handler.message(ctx, message);
            let polled = call.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()));
            assert!(polled.is_ready());
        })
    };
    once();
    once()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_costs_the_box_of_its_future() {
    let (_obs, discord) = bot();
    let keeper = Keeper::default();
    let (_fake, _, mut client) = client(discord.handler(keeper.clone())).await;
    during(&discord, &mut client, eventually("READY", || keeper.0.get().is_some())).await;

    let ctx = keeper.0.get().unwrap();
    let message: Message =
        serde_json::from_value(event::message(&"long ".repeat(400)).data().clone()).unwrap();
    let observed = discord.handler(keeper.clone());
    // READY made the client's own wrapper the one that counts.
    let (_, discord) = bot();
    let counting = discord.handler(keeper.clone());
    let bare = call(&keeper, ctx, &message);
    assert!(bare.bytes_total > 1000, "the future within holds the message: {bare:?}");
    for (observed, which) in [(observed, "beside another"), (counting, "alone")] {
        let observed = call(&observed, ctx, &message);
        assert_eq!(observed.count_total, bare.count_total + 1, "{which}");
        let more = observed.bytes_total - bare.bytes_total;
        assert!(more < 256, "{which}: no event is in {more} bytes");
    }
}

#[cfg(feature = "collector")]
#[test]
fn a_collector_allocates_nothing() {
    use serenity::model::event::Event;

    let (obs, discord) = bot();
    let gateway = discord.gateway();
    let _slot = gateway.shards.get(0).unwrap();
    let event = serde_json::json!({ "t": "MESSAGE_CREATE", "d": event::message("hello").data() });
    let event: Event = serde_json::from_value(event).unwrap();
    assert!(matches!(event, Event::MessageCreate(_)));
    let mut kept = false;
    let cost = allocation_counter::measure(|| kept = gateway.collected(0, 0, &event));
    assert_eq!((cost.count_total, kept), (0, true));
    drop(obs);
}
