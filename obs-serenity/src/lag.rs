//! The age of a snowflake, Discord's id that tells when it was made.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds from the Unix epoch to Discord's, the first second of 2015.
const DISCORD_EPOCH: u64 = 1_420_070_400_000;

/// How long before `now` the id was made. `Err` if that is yet to come: this clock runs behind
/// Discord's.
pub(crate) fn age(snowflake: u64, now: SystemTime) -> Result<Duration, Behind> {
    let made = (snowflake >> 22) + DISCORD_EPOCH;
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    now.checked_sub(made).map(Duration::from_millis).ok_or(Behind)
}

/// The clock runs behind Discord's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Behind;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_age() {
        // The example of Discord's reference: made at 1462015105796 ms.
        const ID: u64 = 175_928_847_299_117_063;
        let made = 1_462_015_105_796;
        let cases = [
            (made, Ok(0)),
            (made + 1, Ok(1)),
            (made + 2500, Ok(2500)),
            (made - 1, Err(Behind)),
            (0, Err(Behind)),
        ];
        for (now, want) in cases {
            let found = age(ID, UNIX_EPOCH + Duration::from_millis(now));
            assert_eq!(found, want.map(Duration::from_millis), "at {now}");
        }
        assert_eq!(age(ID, UNIX_EPOCH - Duration::from_secs(1)), Err(Behind));
        assert_eq!(age(u64::MAX, UNIX_EPOCH), Err(Behind));
    }
}
