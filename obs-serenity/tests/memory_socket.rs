//! Memory after a hundred thousand interactions.
//!
//! Live bytes of the heap are counted per thread, so the bot has one thread and the fake others.
//! serenity itself keeps a rate limit bucket for each interaction that is answered, so that growth with
//! answers is compared with that of a bare client.
#![cfg(feature = "poise")]
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support_rest;

use std::collections::BTreeSet;
use std::future::Future;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context as Task, Waker};

use allocation_counter::measure;
use futures_util::FutureExt as _;
use obs_serenity::commands;
use obs_test::discord::{Event, FakeDiscord, event};
use poise::FrameworkOptions;
use serenity::all::{
    Client, Context, CreateInteractionResponse, EventHandler, Framework, FullEvent, Interaction,
    Message, Ready,
};
use serenity::async_trait;
use support_rest::{BOT_TOKEN, Log, Stage, builder, series, to, until};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

/// More than the names that become labels, each with all that is kept of it.
const WARM_UP: u32 = 5_000;
const INTERACTIONS: u32 = 100_000;
const OVER_THE_SOCKET: u32 = 3_000;
const ANSWERED: u32 = 300;

/// A few bytes for the interaction that was the last, none for those before it.
const FLAT: i64 = 4 * 1024;
/// What sockets and timers may have in their buffers as it is measured.
const BUFFERED: i64 = 16 * 1024;

/// A runtime of one thread more, for the fake.
fn elsewhere() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn here() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Does what the name says. Commands that begin with `answer` are answered.
struct Handler {
    contexts: mpsc::UnboundedSender<(Context, Ready)>,
    handled: Arc<AtomicU32>,
    /// One answer at a time: one connection.
    answers: tokio::sync::Mutex<()>,
}

#[async_trait]
impl EventHandler for Handler {
    async fn ready(&self, ctx: Context, ready: Ready) {
        let _ = self.contexts.send((ctx, ready));
    }

    async fn interaction_create(&self, ctx: Context, interaction: Interaction) {
        let name = match &interaction {
            Interaction::Command(it) | Interaction::Autocomplete(it) => it.data.name.as_str(),
            _ => "",
        };
        tracing::debug!(target: "bot", "asked");
        let of = |what: &str| name.starts_with(what);
        if of("answer") {
            let _turn = self.answers.lock().await;
            let later = CreateInteractionResponse::Acknowledge;
            let command = interaction.as_command().unwrap();
            command.create_response(&ctx.http, later).await.unwrap();
        } else if of("fail") {
            commands::report_error(&std::io::Error::other("no table"));
        } else if of("boom") {
            panic!("on purpose");
        } else if of("slow") {
            std::future::pending::<()>().await;
        }
        self.handled.fetch_add(1, Ordering::Relaxed);
    }
}

/// Interactions of all kinds, as serenity parses them, to be given ever new names.
fn interactions() -> Vec<Interaction> {
    let events = [
        event::slash("a"),
        event::slash("fail"),
        event::slash("boom"),
        event::slash("slow"),
        event::user_command("a"),
        event::message_command("a"),
        event::autocomplete("a", "what", "ab"),
        event::button("a"),
        event::modal("a", &[("name", "Ada")]),
        event::slash("a"),
    ];
    let parse = |event: Event| serde_json::from_value(event.data().clone()).unwrap();
    events.into_iter().map(parse).collect()
}

/// The `number`th of an attacker's interactions: no two have the same name.
fn made_up(of: &[Interaction], number: u32) -> Interaction {
    let mut made = of[number as usize % of.len()].clone();
    match &mut made {
        Interaction::Command(it) | Interaction::Autocomplete(it) => {
            it.data.name = format!("{} {number}", it.data.name);
        }
        Interaction::Component(it) => it.data.custom_id = format!("delete-{number}"),
        Interaction::Modal(it) => it.data.custom_id = format!("form-{number}"),
        _ => {}
    }
    made
}

/// Runs a handler to its end, its panic, or, if it never ends, to its first wait.
async fn handle(handler: impl Future<Output = ()>) {
    let mut handler = pin!(std::panic::AssertUnwindSafe(handler).catch_unwind());
    let _ = handler.as_mut().poll(&mut Task::from_waker(Waker::noop()));
}

/// Ten thousand panics on purpose need not be read.
fn quiet() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload().downcast_ref() != Some(&"on purpose") {
            tell(panic);
        }
    }));
}

#[test]
fn a_hundred_thousand_interactions_leave_memory_flat() {
    quiet();
    let (elsewhere, here) = (elsewhere(), here());
    let fake = elsewhere.block_on(FakeDiscord::builder().token(BOT_TOKEN).start());
    let stage = Stage::on(fake, Log::forgetful());
    let (contexts, mut received) = mpsc::unbounded_channel();
    let handler = Arc::new(stage.discord.handler(Handler {
        contexts,
        handled: Arc::default(),
        answers: Default::default(),
    }));
    // Its commands are counted apart from the handler's.
    let of_poise = obs_core::builder("bot").bundle(obs_serenity::BUNDLE).build().unwrap();
    let mut framework = obs_serenity::observe(&of_poise).framework(framework());
    let (ctx, running) = here.block_on(async {
        let builder = stage.builder().event_handler_arc(handler.clone());
        let client = builder.await.unwrap();
        framework.init(&client).await;
        let running = stage.run(client).await;
        let (ctx, ready) = received.recv().await.unwrap();
        framework.dispatch(ctx.clone(), FullEvent::Ready { data_about_bot: ready }).await;
        (ctx, running)
    });

    let made_of = interactions();
    let message: Message = {
        let data = event::message("").data().clone();
        serde_json::from_value(data).unwrap()
    };
    // Every fourth comes to poise as well, every tenth is followed by a message that is no command.
    let send = |numbers: Range<u32>| {
        here.block_on(async {
            for number in numbers {
                let interaction = made_up(&made_of, number);
                if number % 4 == 0 {
                    let interaction = interaction.clone();
                    let event = FullEvent::InteractionCreate { interaction };
                    handle(framework.dispatch(ctx.clone(), event)).await;
                }
                handle(handler.interaction_create(ctx.clone(), interaction)).await;
                if number % 10 == 0 {
                    let mut new_message = message.clone();
                    new_message.content = format!("!{number}");
                    let event = FullEvent::Message { new_message };
                    handle(framework.dispatch(ctx.clone(), event)).await;
                }
            }
        });
    };
    let all = WARM_UP..WARM_UP + INTERACTIONS;
    send(0..WARM_UP);
    let live = measure(|| send(all.clone()));
    eprintln!(
        "{INTERACTIONS} interactions: {} live bytes more, {} blocks, of {} bytes in all",
        live.bytes_current, live.count_current, live.bytes_total
    );
    assert!(live.bytes_current.abs() < FLAT, "{live:?}");

    // All of it was recorded.
    let total = f64::from(all.end);
    // (whose, interactions, commands)
    let counted = [
        (stage.metrics(), total, total),
        (of_poise.metrics(), total / 4.0, total / 4.0 + total / 10.0),
    ];
    for (metrics, interactions, commands) in counted {
        let all = |name: &str| series(metrics, name).into_values().sum::<f64>();
        assert_eq!(all("discord_interactions_total"), interactions);
        assert_eq!(all("discord_commands_total"), commands);
        assert_eq!(all("discord_commands_in_flight"), 0.0);
        assert_eq!(all("discord_event_handlers_in_flight"), 0.0);
        let counted = series(metrics, "discord_commands_total").into_keys();
        let names: BTreeSet<_> =
            counted.map(|labels| labels.split(" | ").next().unwrap().to_owned()).collect();
        assert_eq!(names.len(), 201, "200 names and `other`");
    }
    running.abort();
}

fn framework() -> poise::Framework<(), serenity::Error> {
    let options = FrameworkOptions {
        initialize_owners: false,
        on_error: |_| Box::pin(async {}),
        prefix_options: poise::PrefixFrameworkOptions {
            prefix: Some("!".into()),
            ..Default::default()
        },
        ..Default::default()
    };
    poise::Framework::builder()
        .options(obs_serenity::poise::instrument(options))
        .setup(|_, _, _| Box::pin(async { Ok(()) }))
        .build()
}

/// What the heap grows by while a bot handles interactions that come over the socket: as many that it
/// leaves unanswered, and some that it answers.
fn growth(observed: bool) -> [i64; 2] {
    let (elsewhere, here) = (elsewhere(), here());
    let fake = elsewhere.block_on(FakeDiscord::builder().token(BOT_TOKEN).start());
    // Without it there is no subscriber either: what a bare client does.
    let stage = observed.then(|| Stage::on(fake.clone(), Log::forgetful()));
    let handled = Arc::new(AtomicU32::new(0));
    let (contexts, _received) = mpsc::unbounded_channel();
    let handler = Handler { contexts, handled: Arc::clone(&handled), answers: Default::default() };
    let running = here.block_on(async {
        let running = if let Some(stage) = &stage {
            let client = stage.builder().event_handler(stage.discord.handler(handler)).await;
            stage.run(client.unwrap()).await
        } else {
            let client = builder(to(&fake).build().unwrap()).event_handler(handler).await;
            let mut client: Client = client.unwrap();
            let running = tokio::spawn(async move { client.start().await });
            fake.shard(0).identified().await;
            running
        };
        running.abort_handle()
    });
    let send = |name: &'static str, times: u32| {
        let shard = fake.shard(0);
        let until_handled = handled.load(Ordering::Relaxed) + times;
        // What is sent is made and freed by the fake's thread.
        let sent = elsewhere.spawn(async move {
            for number in 0..times {
                shard.send(event::slash(&format!("{name} {number}")));
            }
            shard.caught_up().await;
        });
        here.block_on(async {
            sent.await.unwrap();
            let done = || handled.load(Ordering::Relaxed) == until_handled;
            until(done, || format!("{name}: {handled:?}")).await;
        });
    };
    send("a", OVER_THE_SOCKET / 2);
    send("answer", ANSWERED);
    let unanswered = measure(|| send("a", OVER_THE_SOCKET)).bytes_current;
    let answered = measure(|| send("answer", ANSWERED)).bytes_current;
    running.abort();
    [unanswered, answered]
}

#[test]
fn over_the_socket_an_observed_bot_grows_no_more_than_a_bare_one() {
    quiet();
    let (bare, observed) = (growth(false), growth(true));
    eprintln!(
        "live bytes more after {OVER_THE_SOCKET} interactions over the socket: bare {}, observed {}; \
         after {ANSWERED} answers: bare {}, observed {}",
        bare[0], observed[0], bare[1], observed[1]
    );
    assert!(observed[0] - bare[0] < BUFFERED, "{observed:?}, and {bare:?} without");
    assert!(observed[1] - bare[1] < BUFFERED, "{observed:?}, and {bare:?} without");
}
