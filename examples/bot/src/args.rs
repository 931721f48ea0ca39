//! The command line.

use std::net::SocketAddr;
use std::time::Duration;

use examples::cli::{duration, rate};

/// A Discord bot, instrumented. Without DISCORD_TOKEN it runs on a Discord of its own
#[derive(Debug, clap::Parser)]
pub(crate) struct Args {
    /// Where metrics and health are served; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8081")]
    pub(crate) addr: SocketAddr,

    /// Things a second that the crowd of the bot's own Discord does; 0 for none
    #[arg(long, value_name = "RPS", default_value_t = 5.0, value_parser = rate)]
    pub(crate) traffic: f64,

    /// Stop after this long, as `30s`, `5m` or `1h`; runs until Ctrl-C otherwise
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub(crate) duration: Option<Duration>,

    /// Have the bot's own Discord refuse it, to see how that ends
    #[arg(long, value_name = "WHAT")]
    pub(crate) refuse: Option<Refuse>,
}

/// What the bot's own Discord does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Refuse {
    /// The token, as if it had been reset
    Token,
    /// The intents, as if they were switched off in the developer portal
    Intents,
}
