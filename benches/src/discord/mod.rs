//! A bot on a fake Discord that runs in a process of its own.

mod fake;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use obs_serenity::Discord;
use serenity::all::{ClientBuilder, Context, EventHandler, GatewayIntents, HttpBuilder, Message, Ready};
use tokio::sync::{Notify, oneshot};
use tracing_subscriber::prelude::*;

pub use fake::{Fake, main as fake_main};

/// Counts messages, and does nothing else with them.
#[derive(Clone, Default)]
pub struct Counting(Arc<Counts>);

#[derive(Default)]
struct Counts {
    messages: AtomicU64,
    wanted: AtomicU64,
    reached: Notify,
    ready: Notify,
    context: std::sync::Mutex<Option<Context>>,
}

#[serenity::async_trait]
impl EventHandler for Counting {
    async fn ready(&self, ctx: Context, _: Ready) {
        *self.0.context.lock().expect("no poison") = Some(ctx);
        self.0.ready.notify_one();
    }

    async fn message(&self, _: Context, _: Message) {
        let seen = self.0.messages.fetch_add(1, Ordering::Relaxed) + 1;
        if seen == self.0.wanted.load(Ordering::Relaxed) {
            self.0.reached.notify_one();
        }
    }
}

/// What one round of events took.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// CPU time of the bot's process for an event, in microseconds.
    pub cpu_micros: f64,
    /// Events in a second of the clock.
    pub rate: f64,
}

/// A message as Discord sends it, of some 800 bytes.
pub fn content() -> String {
    "a message of a common length, ".repeat(8)
}

/// Has `events` messages sent to a bot that is observed, or is not.
pub fn round(fake: &mut Fake, events: u64, observed: bool) -> Round {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    if !observed {
        return runtime.block_on(measure(fake, events, None)).0;
    }
    let obs = obs_core::builder("bot").bundle(obs_serenity::BUNDLE).env(&[]).build();
    let obs = obs.expect("good settings");
    let discord = obs_serenity::observe(&obs);
    let subscriber = tracing_subscriber::registry().with(discord.tracing_layer());
    let _subscriber = tracing::subscriber::set_default(subscriber);
    let (round, _) = runtime.block_on(measure(fake, events, Some(&discord)));
    let counted = obs.metrics().render(obs_core::metrics::Format::Text);
    let line = format!("discord_gateway_events_total{{shard=\"0\",type=\"MESSAGE_CREATE\"}} {events}");
    assert!(counted.contains(&line), "all events are counted");
    round
}

/// The context of a bot that is connected, to call handlers with.
pub fn context(fake: &mut Fake) -> Context {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(measure(fake, 1, None)).1
}

async fn measure(fake: &mut Fake, events: u64, discord: Option<&Discord>) -> (Round, Context) {
    let reqwest = fake.client();
    let reqwest = match discord {
        Some(discord) => discord.http_client_with(reqwest).expect("a client"),
        None => reqwest.build().expect("a client"),
    };
    let http = HttpBuilder::new("token").client(reqwest).build();
    let builder = ClientBuilder::new_with_http(http, GatewayIntents::all());
    let handler = Counting::default();
    handler.0.wanted.store(events, Ordering::Relaxed);
    let mut client = match discord {
        Some(discord) => builder.event_handler(discord.handler(handler.clone())).await,
        None => builder.event_handler(handler.clone()).await,
    }
    .expect("a bot");
    let shards = client.shard_manager.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let run = async {
        let run = async {
            match discord {
                Some(discord) => discord.run(&mut client).await,
                None => client.start().await,
            }
        };
        tokio::select! {
            result = run => result.expect("the bot runs until it is stopped"),
            _ = stopped => {}
        }
    };
    let drive = async {
        handler.0.ready.notified().await;
        // The first guild is on its way still.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (cpu, clock) = (ProcessTime::now(), Instant::now());
        fake.send(events);
        handler.0.reached.notified().await;
        let round = Round {
            cpu_micros: cpu.elapsed().as_secs_f64() * 1e6 / events as f64,
            rate: events as f64 / clock.elapsed().as_secs_f64(),
        };
        shards.shutdown_all().await;
        let _ = stop.send(());
        round
    };
    let ((), round) = tokio::join!(run, drive);
    let context = handler.0.context.lock().expect("no poison").take().expect("READY");
    (round, context)
}
