//! A Discord bot for a club of board gamers, instrumented, with a Discord and a crowd of its own.
//!
//! ```text
//! cargo run --bin bot
//! cargo run --bin bot -- --addr 127.0.0.1:9001 --traffic 50 --for 30s
//! DISCORD_TOKEN=… cargo run --bin bot
//! ```

#![expect(clippy::print_stderr, reason = "an example tells its user what to try")]

mod args;
mod club;
mod commands;
mod crowd;
mod handler;
mod login;
mod page;
mod refusal;

use clap::Parser;
use obs_core::health::Probe;
use poise::serenity_prelude as serenity;
use serenity::{ClientBuilder, GatewayIntents, HttpBuilder};
use std::process::ExitCode;

use args::Args;
use handler::Handler;
use login::Login;

/// None of them is privileged: slash commands need no more, and messages that mention the bot come
/// with their text.
const INTENTS: GatewayIntents = GatewayIntents::non_privileged();

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> anyhow::Result<()> {
    let login = Login::new(args.refuse).await?;

    let obs = obs_core::builder("bot")
        .service_version(env!("CARGO_PKG_VERSION"))
        .default_log_filter("info,serenity=warn")
        .bundle(obs_serenity::BUNDLE)
        .catalogue(club::CLUB)
        .init()?;
    let discord = obs_serenity::observe(&obs);
    discord.record_shard_stages(); // a bot of few shards can afford them
    obs.health().add(Probe::Readiness, "discord", discord.readiness());
    let endpoints = obs_axum::endpoints(&obs).serve(args.addr).await?;
    eprintln!("{}", page::banner(endpoints.local_addr(), args.traffic, &login));

    let requests = discord.http_client_with(login.reqwest()?)?;
    let http = HttpBuilder::new(&login.token).client(requests).build();
    let mut client = ClientBuilder::new_with_http(http, INTENTS)
        .event_handler(discord.handler(Handler))
        .framework(discord.framework(commands::framework()))
        .await
        .map_err(refusal::explained)?;

    let crowd = crowd::spawn(login.fake.clone(), args.traffic);
    if let Some(duration) = args.duration {
        let shutdown = obs.shutdown_handle();
        tokio::spawn(async move {
            tokio::time::sleep(duration).await;
            shutdown.trigger();
        });
    }

    let running = Box::pin(discord.run_until(&mut client, obs.shutdown_signal()));
    // A second signal, or the timeout of the shutdown, ends it at once.
    let ended = obs.drain(running).await;
    crowd.abort();
    endpoints.stop().await;
    obs.finish().await;
    ended?.map_err(refusal::explained)
}
