//! Trace and span ids: random, never zero, shown as lower-case hex.

use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::num::{NonZeroU64, NonZeroU128};

thread_local! {
    // fastrand's own thread seeds come from the clock and the thread's number: replicas started
    // from one snapshot would make the same ids. The keys of `RandomState` come from the system.
    static SEED: Cell<u64> = Cell::new(RandomState::new().build_hasher().finish());
}

fn random<T>(draw: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
    SEED.with(|seed| {
        let mut rng = fastrand::Rng::with_seed(seed.get());
        let drawn = draw(&mut rng);
        seed.set(rng.get_seed());
        drawn
    })
}

macro_rules! id {
    ($(#[$doc:meta])* $Id:ident, $NonZero:ident, $uint:ident, $digits:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $Id($NonZero);

        impl $Id {
            /// The id with this number; `None` for zero, which means "no id" on the wire.
            #[must_use]
            pub const fn new(id: $uint) -> Option<Self> {
                match $NonZero::new(id) {
                    Some(id) => Some(Self(id)),
                    None => None,
                }
            }

            /// A random id.
            #[must_use]
            pub fn random() -> Self {
                loop {
                    if let Some(id) = Self::new(random(|rng| rng.$uint(..))) {
                        return id;
                    }
                }
            }

            /// The id as a number, never zero.
            #[must_use]
            pub const fn get(self) -> $uint {
                self.0.get()
            }

            /// The id as lower-case hex digits, without an allocation.
            #[must_use]
            pub fn to_hex(self) -> [u8; $digits] {
                let mut hex = [0; $digits];
                write_hex(&self.get().to_be_bytes(), &mut hex);
                hex
            }
        }

        impl From<$Id> for $uint {
            fn from(id: $Id) -> Self {
                id.get()
            }
        }

        impl fmt::Display for $Id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(str::from_utf8(&self.to_hex()).unwrap_or_default())
            }
        }

        impl fmt::Debug for $Id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl fmt::LowerHex for $Id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::LowerHex::fmt(&self.get(), f)
            }
        }
    };
}

id! {
    /// The id that all spans of one request share, across services.
    TraceId, NonZeroU128, u128, 32
}

id! {
    /// The id of one span: one service's part of a request.
    SpanId, NonZeroU64, u64, 16
}

/// Writes two digits a byte; `hex` is twice as long as `bytes`.
pub(super) fn write_hex(bytes: &[u8], hex: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, pair) in bytes.iter().zip(hex.chunks_exact_mut(2)) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// The number that lower-case `hex` digits spell; `None` for anything else, upper case included.
///
/// `hex` is at most 32 digits long.
pub(super) fn read_hex(hex: &[u8]) -> Option<u128> {
    hex.iter().try_fold(0, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some((number << 4) | u128::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_shown_with_all_its_digits() {
        let id = TraceId::new(0x0af7).unwrap();
        assert_eq!(id.to_string(), "00000000000000000000000000000af7");
        assert_eq!(SpanId::new(1).unwrap().to_string(), "0000000000000001");
        assert_eq!(format!("{id:x}"), "af7");
        assert_eq!(TraceId::new(0), None);
    }

    #[test]
    fn ids_differ_within_a_thread_and_between_threads() {
        let draw = || (0..1000).map(|_| TraceId::random()).collect::<Vec<_>>();
        #[expect(clippy::disallowed_methods, reason = "a test is an edge")]
        let other = std::thread::spawn(draw);
        let mut ids = draw();
        ids.extend(other.join().unwrap());
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 2000);
    }
}
