//! Heads of an audit log, as the ordinary log has them.

use std::io::{self, BufRead};

use serde_json::Value;

use super::encoding::Head;

/// The anchors in an application's log of JSON lines, whatever stands before the object on a line:
/// what [`Check::anchor`](super::Check::anchor) takes.
///
/// The log is to be that of the service whose audit log is checked, and of no other. Lines that are no
/// anchor are passed over.
///
/// ```
/// let head = format!("7:{}", "ab".repeat(32));
/// let log = format!(
///     r#"{{"message":"order placed","log.logger":"shop"}}
/// {{"message":"audit log is at record 7","log.logger":"obs_core::audit","labels.audit_head":"{head}"}}"#
/// );
/// let anchors = obs_core::audit::anchors(log.as_bytes())?;
/// assert_eq!(anchors[0].to_string(), head);
/// # Ok::<_, std::io::Error>(())
/// ```
///
/// # Errors
///
/// If the log cannot be read.
pub fn anchors(mut log: impl BufRead) -> io::Result<Vec<Head>> {
    let mut anchors = Vec::new();
    let mut line = Vec::new();
    while {
        line.clear();
        log.read_until(b'\n', &mut line)? > 0
    } {
        anchors.extend(anchor(&line));
    }
    Ok(anchors)
}

fn anchor(line: &[u8]) -> Option<Head> {
    let object = &line[line.iter().position(|byte| *byte == b'{')?..];
    // Most lines are not ours; they are not worth parsing.
    object
        .windows(10)
        .any(|bytes| bytes == b"audit_head" || bytes == b"audit.head")
        .then_some(())?;
    let object: Value = serde_json::from_slice(object).ok()?;
    let text = |names: [&str; 2]| names.into_iter().find_map(|name| object.get(name)?.as_str());
    // The second of each is what the JSON of `tracing-subscriber` has.
    (text(["log.logger", "target"])? == "obs_core::audit").then_some(())?;
    text(["labels.audit_head", "audit.head"])?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_this_crate_logged_is_an_anchor() {
        let head = format!("7:{}", "ab".repeat(32));
        for (line, found) in [
            (format!(r#"{{"log.logger":"obs_core::audit","labels.audit_head":"{head}"}}"#), true),
            (format!(r#"{{"target":"obs_core::audit","audit.head":"{head}"}}"#), true),
            (
                format!(
                    r#"2026-11-23T00:00:00Z stdout F {{"log.logger":"obs_core::audit","labels.audit_head":"{head}"}}"#
                ),
                true,
            ),
            (format!(r#"{{"log.logger":"shop","labels.audit_head":"{head}"}}"#), false),
            (format!(r#"{{"message":"obs_core::audit audit_head {head}"}}"#), false),
            (r#"{"log.logger":"obs_core::audit","labels.audit_head":"***"}"#.to_owned(), false),
            ("audit_head".to_owned(), false),
        ] {
            assert_eq!(anchors(line.as_bytes()).unwrap().len(), usize::from(found), "{line}");
        }
    }
}
