//! Patterns and letters.

use super::{Function, string};
use crate::template::budget::{MAX_TEXT, too_long};
use crate::template::param::Param;
use crate::template::quote::quoted;
use crate::template::value::Value;

const STRING: &[Param] = &[Param::String];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("match", &[Param::String, Param::String], |env, args| {
        let regex = env.budget.regex(string(args, 0), string(args, 1))?;
        Ok(Value::Bool(regex.is_match(string(args, 1))))
    }),
    Function::new("reReplaceAll", &[Param::String; 3], |env, args| {
        let (pattern, text) = (string(args, 0), string(args, 2));
        let regex = env.budget.regex(pattern, text).map_err(|error| {
            if !error.starts_with("error parsing regexp") {
                return error;
            }
            let raw = !pattern.contains(|c: char| c == '`' || (c < ' ' && c != '\t'));
            let pattern = if raw { format!("`{pattern}`") } else { quoted(pattern) };
            format!("regexp: Compile({pattern}): {error}")
        })?;
        let replaced = regex.replace_all(text, string(args, 1), MAX_TEXT).ok_or_else(too_long)?;
        env.budget.text(replaced.len(), replaced.len())?;
        Ok(Value::string(replaced))
    }),
    Function::new("title", STRING, |env, args| {
        let titled = title(string(args, 0));
        env.budget.text(titled.len(), titled.len())?;
        Ok(Value::string(titled))
    }),
    Function::new("toUpper", STRING, |env, args| {
        let upper: String = string(args, 0).chars().map(upper).collect();
        env.budget.text(upper.len(), upper.len())?;
        Ok(Value::string(upper))
    }),
    Function::new("toLower", STRING, |env, args| {
        let lower: String = string(args, 0).chars().map(lower).collect();
        env.budget.text(lower.len(), lower.len())?;
        Ok(Value::string(lower))
    }),
];

/// The one letter that is the letter's capital; Go changes no letter to several.
fn upper(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => c,
    }
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// The first letter of each word as a capital, all others as they are.
fn title(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut within = false;
    let mut after_joint = false;
    for c in text.chars() {
        let joint = is_joint(c);
        if joint && after_joint {
            within = false;
        }
        after_joint = joint;
        if c.is_lowercase() || c.is_uppercase() {
            if within {
                titled.push(c);
            } else {
                titled.extend(title_case(c));
            }
            within = true;
        } else {
            titled.push(c);
            within &= joint || c == '_' || c.is_alphanumeric();
        }
    }
    titled
}

/// What joins the letters of a word when one of it stands between them.
fn is_joint(c: char) -> bool {
    matches!(c, '.' | ':' | '\'' | '\u{b7}' | '\u{2018}' | '\u{2019}' | '\u{2024}' | '\u{2027}')
}

/// A ligature becomes a capital and the rest of it.
fn title_case(c: char) -> impl Iterator<Item = char> {
    let mut upper = c.to_uppercase();
    let first = upper.next().unwrap_or(c);
    std::iter::once(first).chain(upper.flat_map(char::to_lowercase))
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn words_begin_with_capitals() {
        for (text, titled) in [
            ("aa bb CC", "Aa Bb CC"),
            ("don't stop", "Don't Stop"),
            ("foo-bar foo_bar foo.bar foo..bar", "Foo-Bar Foo_bar Foo.bar Foo..Bar"),
            ("3d 2xx a1b", "3D 2Xx A1b"),
            ("élan ß", "Élan Ss"),
            ("", ""),
        ] {
            assert_eq!(title(text), titled, "{text}");
        }
    }
}
