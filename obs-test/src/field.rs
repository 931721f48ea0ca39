//! Names and values of a line's fields.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Value;

/// The fields of a line in their order.
pub(crate) fn parse(line: &str) -> serde_json::Result<Vec<(String, Value)>> {
    let mut json = serde_json::Deserializer::from_str(line);
    let fields = json.deserialize_map(Pairs)?;
    json.end()?;
    Ok(fields)
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

/// Where a field of this name may stand in a line, most exact first.
pub(crate) fn places(name: &str) -> [String; 3] {
    let own = name.strip_prefix("labels.").or_else(|| name.strip_prefix("numeric_labels."));
    let own: String = own
        .unwrap_or(name)
        .chars()
        .map(|c| match c {
            '.' | '*' | '\\' | '"' => '_',
            c if c.is_whitespace() => '_',
            c => c,
        })
        .collect();
    [name.to_owned(), format!("labels.{own}"), format!("numeric_labels.{own}")]
}

/// Whether a field's value is what a test expects.
pub(crate) fn agree(value: &Value, expected: &Value) -> bool {
    match (value, expected) {
        // 12.0 is 12; but integers beyond 2^53 would be equal as floats.
        (Value::Number(a), Value::Number(b)) if a.is_f64() || b.is_f64() => {
            a.as_f64() == b.as_f64()
        }
        (Value::String(a), Value::Bool(b)) => a.parse() == Ok(*b),
        (Value::String(a), Value::Number(b)) => b.to_string() == a.as_str(),
        _ => value == expected,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_agree() {
        for (value, expected, agrees) in [
            (json!(42), json!(42), true),
            (json!(42), json!(42.0), true),
            (json!(42), json!(43), false),
            (json!(42), json!("42"), false),
            (json!("42"), json!(42), true),
            (json!("18446744073709551615"), json!(u64::MAX), true),
            (json!("true"), json!(true), true),
            (json!("true"), json!(false), false),
            (json!("a"), json!("a"), true),
            (json!("a"), json!("A"), false),
            (json!("null"), json!(null), false),
        ] {
            assert_eq!(agree(&value, &expected), agrees, "{value} and {expected}");
        }
    }

    #[test]
    fn integers_beyond_floats_are_told_apart() {
        let big = 1_u64 << 53;
        assert!(!agree(&json!(big), &json!(big + 1)));
    }
}
