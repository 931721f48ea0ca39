//! What this crate ships beside its code.

use obs_core::{Asset, AssetKind, Bundle};

use crate::metrics::HTTP;

/// The HTTP metrics, and the dashboard, rules and runbook that read them.
///
/// ```
/// assert_eq!(obs_axum::BUNDLE.name(), "http");
/// assert!(obs_axum::BUNDLE.files().iter().any(|file| file.name == "http.rules.yml"));
/// ```
pub const BUNDLE: Bundle = Bundle::new("http", HTTP).assets(&[
    Asset::new(
        AssetKind::Dashboard,
        "obs-http-red.json",
        include_str!("../assets/obs-http-red.json"),
    ),
    Asset::new(AssetKind::Rules, "http.rules.yml", include_str!("../assets/http.rules.yml")),
    Asset::new(
        AssetKind::RuleTests,
        "http.rules.test.yml",
        include_str!("../assets/http.rules.test.yml"),
    ),
    Asset::new(
        AssetKind::RuleTests,
        "http.weekly.rules.test.yml",
        include_str!("../assets/http.weekly.rules.test.yml"),
    ),
    Asset::new(AssetKind::Runbook, "http.runbook.md", include_str!("../assets/http.runbook.md")),
]);
