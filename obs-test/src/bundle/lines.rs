//! On which lines things stand, which the readers of JSON and YAML do not tell.

use std::collections::HashMap;

/// The line of each value of a JSON text, by its JSON pointer, such as `/panels/0/title`.
///
/// The text is known to be JSON. Names with `/` or `~` are not escaped: nobody asks for those.
pub(super) fn of_json(text: &str) -> HashMap<String, usize> {
    let mut lines = HashMap::new();
    let mut line = 1;
    // Where we are: the pointer's length before each open bracket, and the element's number.
    let mut open: Vec<(usize, Option<usize>)> = Vec::new();
    let mut pointer = String::new();
    let mut key: Option<String> = None;
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\n' => line += 1,
            b',' => {
                if let Some((length, element)) = open.last_mut() {
                    pointer.truncate(*length);
                    if let Some(element) = element {
                        *element += 1;
                    }
                }
            }
            b'}' | b']' => {
                if let Some((length, _)) = open.pop() {
                    pointer.truncate(length);
                }
            }
            b':' | b' ' | b'\t' | b'\r' => {}
            _ => {
                let end = if byte == b'"' { string_end(bytes, at) } else { at + 1 };
                let in_object = matches!(open.last(), Some((_, None)));
                if in_object && key.is_none() && byte == b'"' {
                    // A name; the next token is its value.
                    let name = text.get(at..end).and_then(|name| serde_json::from_str(name).ok());
                    key = Some(name.unwrap_or_default());
                    at = end;
                    continue;
                }
                if let Some((_, Some(element))) = open.last() {
                    pointer.push_str(&format!("/{element}"));
                } else if let Some(key) = key.take() {
                    pointer.push('/');
                    pointer.push_str(&key);
                }
                lines.insert(pointer.clone(), line);
                if byte == b'{' || byte == b'[' {
                    open.push((pointer.len(), (byte == b'[').then_some(0)));
                } else if byte != b'"' {
                    // The rest of a number or word.
                    at = bytes[at..]
                        .iter()
                        .position(|b| {
                            matches!(b, b',' | b'}' | b']' | b'\n' | b' ' | b'\r' | b'\t')
                        })
                        .map_or(bytes.len(), |length| at + length);
                    continue;
                }
                at = end;
                continue;
            }
        }
        at += 1;
    }
    lines
}

/// The byte after the string that starts at `at`.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while let Some(&byte) = bytes.get(end) {
        end += 1;
        match byte {
            b'\\' => end += 1,
            b'"' => break,
            _ => {}
        }
    }
    end.min(bytes.len())
}

/// Where a rule stands in its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RuleLines {
    /// The line of `alert:` or `record:`.
    pub(super) rule: usize,
    /// The first line of its expression.
    pub(super) expr: usize,
}

/// The lines of the rules called `names`, in the order of the file; `None` for one that is written in
/// a way that is not seen through.
pub(super) fn of_rules(text: &str, names: &[&str]) -> Vec<Option<RuleLines>> {
    let keyed = |line: &str, key: &str| -> Option<String> {
        let line = line.trim_start().trim_start_matches("- ").trim_start();
        line.strip_prefix(key)?.strip_prefix(':').map(|value| value.trim().to_owned())
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut from = 0;
    let mut found = Vec::new();
    for name in names {
        let at = (from..lines.len()).find(|&at| {
            ["alert", "record"].iter().any(|key| {
                keyed(lines[at], key).is_some_and(|value| {
                    let value = value.split(" #").next().unwrap_or_default().trim();
                    value.trim_matches(['"', '\'']) == *name
                })
            })
        });
        let Some(at) = at else {
            found.push(None);
            continue;
        };
        from = at + 1;
        let starts = |line: &&str| line.trim_start().starts_with("- ");
        // The rule starts with a dash, and ends before the next: its keys are in any order.
        let start = (0..=at).rev().find(|&at| starts(&lines[at])).unwrap_or(at);
        let end = (at + 1..lines.len()).find(|&at| starts(&lines[at])).unwrap_or(lines.len());
        let expr = (start..end).find_map(|at| {
            let value = keyed(lines[at], "expr")?;
            let block = value.is_empty() || value.starts_with(['|', '>']);
            Some(if block { at + 2 } else { at + 1 })
        });
        found.push(Some(RuleLines { rule: at + 1, expr: expr.unwrap_or(at + 1) }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_json_have_their_lines() {
        let text = "{\n \"a\": [1, {\"b\":\n  \"x\\\"}\"},\n  true],\n \"c\": {},\n \"d\": null}";
        let lines = of_json(text);
        for (pointer, line) in [
            ("", 1),
            ("/a", 2),
            ("/a/0", 2),
            ("/a/1", 2),
            ("/a/1/b", 3),
            ("/a/2", 4),
            ("/c", 5),
            ("/d", 6),
        ] {
            assert_eq!(lines.get(pointer), Some(&line), "{pointer} in {lines:?}");
        }
        assert_eq!(lines.len(), 8);
    }

    #[test]
    fn rules_have_their_lines() {
        let text = "groups:\n- name: a\n  rules:\n  - record: a:b\n    expr: |\n      x\n\n  - expr: y > 1\n    for: 1m\n    alert: \"Y\" # why\n  - {alert: Z, expr: z}\n";
        assert_eq!(
            of_rules(text, &["a:b", "Y", "Z"]),
            [Some(RuleLines { rule: 4, expr: 6 }), Some(RuleLines { rule: 10, expr: 8 }), None,]
        );
    }
}
