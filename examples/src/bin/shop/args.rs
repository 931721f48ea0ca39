//! The command line.

use std::net::SocketAddr;
use std::time::Duration;

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

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.0..=10_000.0).contains(&rate) => Ok(rate),
        _ => Err("expected a number from 0 to 10000".to_owned()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err("expected a duration such as `30s`, `5m` or `1h`".to_owned()),
    };
    let count: u64 = text[..text.len() - unit.len()].parse().map_err(|_| "expected digits")?;
    Ok(Duration::from_secs(count.saturating_mul(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "s", "90", "-1s", "1.5s", "1d", "s1"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
