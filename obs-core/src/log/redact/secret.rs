//! A value that is never shown.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::HIDDEN;

/// A value that `Debug`, `Display` and `Serialize` show as `[redacted]`.
///
/// Only [`expose`](Self::expose) and [`into_inner`](Self::into_inner) give it away, so that each
/// place that does can be searched for. It is read like the value itself, from a configuration for
/// example. Two are not comparable: compare what they hold, in constant time if an attacker
/// chooses one of them. The memory is not cleared when it is dropped, since copies of it that were
/// made on the way would not be either; this is about logs.
///
/// ```
/// use obs_core::Secret;
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Database {
///     user: String,
///     password: Secret<String>,
/// }
///
/// let database: Database = serde_json::from_str(r#"{"user":"shop","password":"hunter2"}"#)?;
/// assert_eq!(format!("{database:?}"), r#"Database { user: "shop", password: [redacted] }"#);
/// assert_eq!(database.password.expose(), "hunter2");
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Default)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, to be used and not shown.
    #[must_use]
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value, which is a secret no longer.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl<T> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_nowhere() {
        let secret = Secret::from("hunter2".to_owned());
        let shown = [
            format!("{secret}"),
            format!("{secret:?}"),
            format!("{secret:#?}"),
            format!("{secret:>20}"),
            format!("{:?}", Some(secret.clone())),
            serde_json::to_string(&secret).unwrap(),
        ];
        for text in shown {
            assert!(text.contains("[redacted]") && !text.contains("hunter2"), "{text}");
        }
        assert_eq!(secret.into_inner(), "hunter2");
    }

    #[test]
    fn a_secret_is_read_like_its_value() {
        let numbers: Vec<Secret<u32>> = serde_json::from_str("[1, 2]").unwrap();
        assert_eq!(numbers.iter().map(Secret::expose).sum::<u32>(), 3);
        assert!(serde_json::from_str::<Secret<u32>>("\"no number\"").is_err());
    }
}
