//! JSON objects whose keys are unique, which `serde_json`'s own maps do not tell.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::{Map, Value};

/// The object that `line` is.
///
/// # Panics
///
/// If it is none, or a key stands in it twice.
pub(crate) fn object(line: &str) -> Map<String, Value> {
    struct Unique;

    impl<'de> Visitor<'de> for Unique {
        type Value = Map<String, Value>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut object = Map::new();
            while let Some((key, value)) = map.next_entry::<String, Value>()? {
                if object.contains_key(&key) {
                    return Err(serde::de::Error::custom(format!("`{key}` stands twice")));
                }
                object.insert(key, value);
            }
            Ok(object)
        }
    }

    let mut json = serde_json::Deserializer::from_str(line);
    let object = json.deserialize_map(Unique).unwrap_or_else(|error| panic!("{error}: {line}"));
    json.end().unwrap_or_else(|error| panic!("{error}: {line}"));
    object
}
