use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds from 1970 to Discord's first second, in 2015.
const EPOCH: u64 = 1_420_070_400_000;

/// A new id of this time, unlike any before. Times before 2015 are taken as its first second.
///
/// `event.set("id", snowflake(at).to_string())` makes an event of another time, as one is that comes
/// late, or from a clock that differs.
#[must_use]
pub fn snowflake(at: SystemTime) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let since = at.duration_since(UNIX_EPOCH + Duration::from_millis(EPOCH)).unwrap_or_default();
    let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX >> 22);
    // 22 bits: ids repeat after four million within one millisecond.
    (millis << 22) | (NEXT.fetch_add(1, Ordering::Relaxed) & 0x3f_ffff)
}

#[expect(clippy::disallowed_methods, reason = "the edge: events are new when a test makes them")]
pub(in crate::discord) fn now() -> u64 {
    snowflake(SystemTime::now())
}

/// The id of a guild that belongs to this shard of `total`; a different one for each `n`.
///
/// # Panics
///
/// If there is no such shard.
#[must_use]
pub fn guild_id(shard: u32, total: u32, n: u32) -> u64 {
    assert!(shard < total, "there is no shard {shard} of {total}: they count from 0");
    // Some time in 2024, as far as guilds of any total are apart.
    let first = 288_000_000_000 / u64::from(total) + u64::from(n);
    (first * u64::from(total) + u64::from(shard)) << 22
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_its_time_and_is_unique() {
        let at = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        let (one, other) = (snowflake(at), snowflake(at));
        assert_eq!((one >> 22) + EPOCH, 1_700_000_000_123);
        assert_ne!(one, other);
        assert_eq!(snowflake(UNIX_EPOCH) >> 22, 0);
    }

    #[test]
    fn a_guild_is_of_its_shard() {
        for (shard, total) in [(0, 1), (1, 2), (6, 7), (15, 16)] {
            let ids = [guild_id(shard, total, 0), guild_id(shard, total, 1)];
            assert_ne!(ids[0], ids[1]);
            for id in ids {
                assert_eq!((id >> 22) % u64::from(total), u64::from(shard), "{shard} of {total}");
            }
        }
    }
}
