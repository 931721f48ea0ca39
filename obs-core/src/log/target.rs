//! Targets as paths.

/// Whether `target` is `path` or below it: `shop::orders` is within `shop`, and `shopping` is not.
pub(crate) fn is_within(target: &str, path: &str) -> bool {
    target.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// What the log and the audit log say of themselves: the anchors of the audit log, and changes of the
/// filter. Whoever asks what was logged needs all of it.
pub(crate) fn is_vital(target: &str) -> bool {
    ["obs_core::audit", "obs_core::log"].iter().any(|vital| is_within(target, vital))
}
