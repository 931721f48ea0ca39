//! What observing a Discord bot costs: one event in the handler, and a whole client end to end.

use std::hint::black_box;
use std::task::{Context, Poll, Waker};

use obs_benches::discord::{self, Counting, Fake};
use obs_benches::rounds::{self, Unit, Variant};
use obs_benches::{conditions, ratio};
use serenity::all::{EventHandler, Message};

const ROUNDS: usize = 40;
const TIMES: u64 = 20_000;

const END_TO_END_ROUNDS: usize = 12;
const EVENTS: u64 = 50_000;

fn main() {
    if discord::fake_main() {
        return;
    }
    let mut fake = Fake::start();
    micro(&mut fake);
    end_to_end(&mut fake);
}

/// The handler called with a message, as serenity does it, bare and observed.
fn micro(fake: &mut Fake) {
    conditions::print("discord: a handler called for a message, one thread, CPU time a call");
    let context = discord::context(fake);
    let message: Message =
        serde_json::from_str(include_str!("../discord/message.json")).expect("a message");
    let obs = obs_core::builder("bot").bundle(obs_serenity::BUNDLE).env(&[]).build();
    let obs = obs.expect("good settings");
    let observed = obs_serenity::observe(&obs).handler(Counting::default());
    let bare = Counting::default();
    let call = |handler: &dyn EventHandler| {
        let mut call = handler.message(context.clone(), message.clone());
        let done = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(black_box(done), Poll::Ready(())));
    };
    let variants =
        vec![Variant::each("bare", || call(&bare)), Variant::each("observed", || call(&observed))];
    let timings = rounds::run(variants, ROUNDS, TIMES);
    timings.print("a message, with the clone that it is called with", Unit::Nanos);
    let over = timings.of("observed").min - timings.of("bare").min;
    println!("observed over bare: {over:.0} ns");
    ratio("discord_event_overhead", "ours/500ns", over, 500.0);
}

/// Clients by turns, observed in all ways and not at all.
fn end_to_end(fake: &mut Fake) {
    conditions::print("discord: 50,000 messages to a client, fake Discord in another process");
    let mut bare = Vec::new();
    let mut observed = Vec::new();
    for round in 0..=END_TO_END_ROUNDS {
        // Each is first as often as the other.
        let observed_first = round % 2 == 0;
        let first = discord::round(fake, EVENTS, observed_first);
        let second = discord::round(fake, EVENTS, !observed_first);
        // The first warms up.
        if round > 0 {
            bare.push(if observed_first { second } else { first });
            observed.push(if observed_first { first } else { second });
        }
    }
    let best = |rounds: &[discord::Round]| {
        let rate = rounds.iter().map(|round| round.rate).fold(0.0, f64::max);
        let cpu = rounds.iter().map(|round| round.cpu_micros).fold(f64::INFINITY, f64::min);
        (rate, cpu)
    };
    for (name, rounds) in [("bare", &bare), ("observed", &observed)] {
        let rates: Vec<_> = rounds.iter().map(|round| format!("{:.0}", round.rate)).collect();
        println!("{name:<12} {}", rates.join(" "));
    }
    let ((bare_rate, bare_cpu), (rate, cpu)) = (best(&bare), best(&observed));
    println!("{:<12} {:>14} {:>14}", "", "events/s best", "CPU us/event");
    println!("{:<12} {bare_rate:>14.0} {bare_cpu:>14.2}", "bare");
    println!("{:<12} {rate:>14.0} {cpu:>14.2}", "observed");
    ratio("discord_throughput", "ours/bare", rate, bare_rate);
    ratio("discord_cpu_per_event", "ours/bare", cpu, bare_cpu);
}
