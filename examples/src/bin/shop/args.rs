//! The command line.

use std::net::SocketAddr;
use std::time::Duration;

use examples::cli::{duration, rate};

/// A small web shop, instrumented, with its own customers.
#[derive(Debug, clap::Parser)]
pub(crate) struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) addr: SocketAddr,

    /// Requests a second that the shop's own customers send; 0 for none
    #[arg(long, value_name = "RPS", default_value_t = 5.0, value_parser = rate)]
    pub(crate) traffic: f64,

    /// Stop after this long, as `30s`, `5m` or `1h`; runs until Ctrl-C otherwise
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub(crate) duration: Option<Duration>,
}
