//! The club's games and tables, and the bot's own metrics.

use std::io;
use std::time::Duration;

use anyhow::Context as _;

obs_core::catalogue! {
    /// What the club does.
    pub(crate) static CLUB;

    /// Dice rolled, by their number of sides.
    ROLLS: Counter = "club_dice_rolls_total" (sides);

    /// Tables asked for, by whether there was one.
    BOOKINGS: Counter = "club_bookings_total" (outcome);
}

/// What the club has.
pub(crate) const GAMES: [&str; 4] = ["Azul", "Brass", "Carcassonne", "Dominion"];

/// The value of the `sides` label: from this list, whatever a user asks for.
pub(crate) fn sides_label(sides: u32) -> &'static str {
    match sides {
        6 => "6",
        20 => "20",
        _ => "other",
    }
}

/// The games on the shelf, which takes a look.
pub(crate) async fn shelf() -> String {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(100..600))).await;
    GAMES.join(", ")
}

/// Books a table. The diary does not answer one time in ten.
pub(crate) async fn book() -> anyhow::Result<u32> {
    let table = diary().await.context("no table was booked");
    BOOKINGS.with([if table.is_ok() { "booked" } else { "failed" }]).increment(1);
    table
}

async fn diary() -> anyhow::Result<u32> {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(20..200))).await;
    if fastrand::u32(0..10) == 0 {
        let error = io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused");
        return Err(error).context("the diary does not answer");
    }
    Ok(fastrand::u32(1..10))
}

/// Who won how often. So many games were played that this takes too long.
pub(crate) async fn ranking() -> &'static str {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(3_200..4_000))).await;
    "1. Ada, 2. Grace, 3. Edsger"
}
