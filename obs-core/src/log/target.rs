//! Targets as paths.

/// Whether `target` is `path` or below it: `shop::orders` is within `shop`, and `shopping` is not.
pub(crate) fn is_within(target: &str, path: &str) -> bool {
    target.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
