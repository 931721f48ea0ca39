//! The time zone of the system, which is that of a process: each case runs in one of its own.

#![expect(clippy::disallowed_methods, reason = "a test is an edge")]

use std::process::Command;

use obs_core::log::{File, Output};
use obs_core::metrics::{Config, Metrics};

use crate::support::{Dir, NOON};

/// Runs `body` in a child process whose time zone is `zone`.
fn in_zone(test: &str, zone: &str, body: impl FnOnce()) {
    if std::env::var("TZ_OF_CHILD").is_ok_and(|child| child == zone) {
        return body();
    }
    if std::env::var_os("TZ_OF_CHILD").is_some() {
        return;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args([&format!("local::{test}"), "--exact", "--nocapture"])
        .env("TZ", zone)
        .env("TZ_OF_CHILD", zone)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && text.contains("1 passed"), "{zone}: {text}");
}

#[test]
fn midnight_is_that_of_the_time_zone_and_names_stay_utc() {
    // (TZ, hours from noon UTC to midnight there)
    for (zone, hours) in [("XXX-5", 7), ("XXX5", 17), ("UTC0", 12)] {
        in_zone("midnight_is_that_of_the_time_zone_and_names_stay_utc", zone, || {
            let dir = Dir::new();
            let mut local = dir.open(|file| file.local_time().without_compression());
            let mut utc = dir.open_as("utc.log", File::without_compression);
            for log in [&mut local, &mut utc] {
                dir.write(log, "line\n");
            }
            let mut closed = |name: &str| {
                local.tend().unwrap();
                utc.tend().unwrap();
                dir.names().iter().any(|found| found.starts_with(&format!("{name}.2026-11-2")))
            };
            dir.set(NOON + hours * 3600 - 1);
            assert!(!closed("shop"));
            dir.set(NOON + hours * 3600);
            assert!(closed("shop"));
            assert_eq!(closed("utc"), hours >= 12);
            let day = if hours < 12 { "23" } else { "24" };
            let hour = (12 + hours) % 24;
            let name = format!("shop.2026-11-{day}T{hour:02}-00-00Z.000.log");
            assert!(dir.names().contains(&name), "{:?}", dir.names());
        });
    }
}

#[test]
fn a_time_zone_that_nobody_knows_is_an_error_with_a_remedy() {
    in_zone("a_time_zone_that_nobody_knows_is_an_error_with_a_remedy", "No/Where", || {
        let dir = Dir::new();
        let file = dir.file("shop.log");
        let error = file.clone().local_time().open(&Metrics::new(Config::default())).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("shop.log: the local time zone is not known: "), "{text}");
        assert!(text.ends_with("or use UTC"), "{text}");
        // UTC asks nobody.
        assert!(file.open(&Metrics::new(Config::default())).is_ok());
    });
}
