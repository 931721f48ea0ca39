//! The fields that a file may have, and what a wrong one was meant to be.

/// The fields of the file, of a group and of a rule.
pub(super) const FILE: &[&str] = &["groups"];
pub(super) const GROUP: &[&str] = &["name", "interval", "query_offset", "limit", "rules", "labels"];
pub(super) const RULE: &[&str] =
    &["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"];

/// What to write instead of the unknown field `name`.
pub(super) fn advice(name: &str, known: &[&str]) -> String {
    if let Some(known) = meant(name, known) {
        return format!("did you mean `{known}`?");
    }
    let elsewhere = |fields: &[&str]| fields.contains(&name);
    if known == FILE && elsewhere(GROUP) {
        return format!("`{name}` belongs to a group: an item of the list `groups`");
    }
    if known != RULE && elsewhere(RULE) {
        return format!("`{name}` belongs to a rule: an item of a group's list `rules`");
    }
    if known == RULE {
        match name {
            "severity" | "team" | "priority" => {
                return format!("write it below `labels`: `labels: {{{name}: …}}`");
            }
            "summary" | "description" | "runbook_url" | "message" => {
                return format!("write it below `annotations`: `annotations: {{{name}: …}}`");
            }
            "interval" | "limit" | "query_offset" => {
                return format!("`{name}` belongs to the group and counts for all of its rules");
            }
            _ => {}
        }
    }
    format!("known are {}", known.join(", "))
}

fn meant<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let plain = |text: &str| text.replace(['_', '-'], "").to_ascii_lowercase();
    let by_use = match name {
        "expression" | "query" | "promql" => Some("expr"),
        "duration" | "hold" => Some("for"),
        "alertname" => Some("alert"),
        "group" => Some("groups"),
        _ => None,
    };
    if name.len() > 32 {
        return None;
    }
    known
        .iter()
        .find(|known| Some(**known) == by_use || plain(known) == plain(name))
        .or_else(|| {
            // One slip in short names, two in long ones.
            let near = known.iter().map(|known| (distance(name, known), known));
            near.min_by_key(|(distance, _)| *distance)
                .filter(|(distance, known)| *distance <= known.len().div_ceil(4).min(2))
                .map(|(_, known)| known)
        })
        .copied()
}

/// How many letters have to be changed, added, left out or swapped.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<_>, Vec<_>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![(0..=to.len()).collect::<Vec<_>>()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let change = usize::from(from[i - 1] != to[j - 1]);
            let mut best =
                (rows[i - 1][j - 1] + change).min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_named() {
        let cases = [
            ("annotation", RULE, "did you mean `annotations`?"),
            ("fro", RULE, "did you mean `for`?"),
            ("keepFiringFor", RULE, "did you mean `keep_firing_for`?"),
            ("expression", RULE, "did you mean `expr`?"),
            ("severity", RULE, "write it below `labels`: `labels: {severity: …}`"),
            ("interval", RULE, "`interval` belongs to the group and counts for all of its rules"),
            ("rules", FILE, "`rules` belongs to a group: an item of the list `groups`"),
            ("expr", GROUP, "`expr` belongs to a rule: an item of a group's list `rules`"),
            ("zebra", FILE, "known are groups"),
        ];
        for (name, known, want) in cases {
            assert_eq!(advice(name, known), want, "{name}");
        }
    }
}
