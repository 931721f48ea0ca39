//! What an instrumenting crate ships beside its code: metrics, dashboards, rules and their docs.

use crate::metrics::Desc;
use crate::metrics::own::CORE;

/// The metrics of one crate, and the files that read them.
///
/// An instrumenting crate exports one as a constant. [`Builder::bundle`](crate::Builder::bundle)
/// makes its metrics known before their first sample; `obs assets export` writes its files.
///
/// ```
/// use obs_core::{Asset, AssetKind, Bundle};
///
/// obs_core::catalogue! {
///     /// What the shop sells.
///     pub static SHOP;
///     /// Orders placed.
///     ORDERS: Counter = "shop_orders_total" ();
/// }
///
/// pub const BUNDLE: Bundle = Bundle::new("shop", SHOP)
///     .assets(&[Asset::new(AssetKind::Rules, "shop.yml", "groups: []")]);
///
/// assert_eq!(BUNDLE.metrics().len(), 1);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Bundle {
    name: &'static str,
    metrics: &'static [&'static Desc],
    assets: &'static [Asset],
}

impl Bundle {
    /// A bundle of the metrics in `catalogue`, without files.
    ///
    /// `name` is a short lower-case word, unique among the bundles of an application.
    #[must_use]
    pub const fn new(name: &'static str, catalogue: &'static [&'static Desc]) -> Self {
        Self { name, metrics: catalogue, assets: &[] }
    }

    /// The same bundle with these files.
    #[must_use]
    pub const fn assets(self, assets: &'static [Asset]) -> Self {
        Self { assets, ..self }
    }

    /// The bundle's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The metrics, in declared order.
    #[must_use]
    pub const fn metrics(&self) -> &'static [&'static Desc] {
        self.metrics
    }

    /// The files, in declared order.
    #[must_use]
    pub const fn files(&self) -> &'static [Asset] {
        self.assets
    }
}

/// The metrics that every service has (process, tokio runtime, health, the telemetry itself), the
/// dashboards, rules and runbooks that read them, and configuration that takes the log to
/// Elasticsearch. [`init`](crate::Builder::init) registers it.
pub const BUNDLE: Bundle = Bundle::new("runtime", CORE).assets(&[
    Asset::new(
        AssetKind::Dashboard,
        "obs-runtime.json",
        include_str!("../assets/obs-runtime.json"),
    ),
    Asset::new(AssetKind::Rules, "runtime.rules.yml", include_str!("../assets/runtime.rules.yml")),
    Asset::new(
        AssetKind::RuleTests,
        "runtime.rules.test.yml",
        include_str!("../assets/runtime.rules.test.yml"),
    ),
    Asset::new(
        AssetKind::Runbook,
        "runtime.runbook.md",
        include_str!("../assets/runtime.runbook.md"),
    ),
    Asset::new(AssetKind::Dashboard, "obs-logs.json", include_str!("../assets/obs-logs.json")),
    Asset::new(AssetKind::Rules, "log.rules.yml", include_str!("../assets/log.rules.yml")),
    Asset::new(
        AssetKind::RuleTests,
        "log.rules.test.yml",
        include_str!("../assets/log.rules.test.yml"),
    ),
    Asset::new(AssetKind::Runbook, "log.runbook.md", include_str!("../assets/log.runbook.md")),
    Asset::new(AssetKind::Fluentd, "README.md", include_str!("../assets/fluentd/README.md")),
    Asset::new(AssetKind::Fluentd, "fluent.conf", include_str!("../assets/fluentd/fluent.conf")),
    Asset::new(
        AssetKind::Fluentd,
        "source-files.conf",
        include_str!("../assets/fluentd/source-files.conf"),
    ),
    Asset::new(
        AssetKind::Fluentd,
        "source-containers.conf",
        include_str!("../assets/fluentd/source-containers.conf"),
    ),
    Asset::new(
        AssetKind::Fluentd,
        "source-docker.conf",
        include_str!("../assets/fluentd/source-docker.conf"),
    ),
    Asset::new(
        AssetKind::Fluentd,
        "plan-source.conf",
        include_str!("../assets/fluentd/plan-source.conf"),
    ),
    Asset::new(AssetKind::Fluentd, "filter.conf", include_str!("../assets/fluentd/filter.conf")),
    Asset::new(
        AssetKind::Fluentd,
        "filter-kubernetes.conf",
        include_str!("../assets/fluentd/filter-kubernetes.conf"),
    ),
    Asset::new(
        AssetKind::Fluentd,
        "output-elasticsearch.conf",
        include_str!("../assets/fluentd/output-elasticsearch.conf"),
    ),
    Asset::new(
        AssetKind::Elasticsearch,
        "obs-logs.template.json",
        include_str!("../assets/elasticsearch/obs-logs.template.json"),
    ),
]);

/// One shipped file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// What reads it.
    pub kind: AssetKind,
    /// Its file name, unique among the assets of its kind.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

impl Asset {
    /// A file of this kind, name and text.
    #[must_use]
    pub const fn new(kind: AssetKind, name: &'static str, text: &'static str) -> Self {
        Self { kind, name, text }
    }
}

/// What reads an [`Asset`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AssetKind {
    /// A Grafana dashboard, classic JSON model.
    Dashboard,
    /// A Prometheus rule file.
    Rules,
    /// Unit tests of a rule file, in `promtool test rules` form.
    RuleTests,
    /// The page that the alerts' `runbook_url` leads to, in Markdown.
    Runbook,
    /// Fluentd configuration, or the page about it.
    Fluentd,
    /// What Elasticsearch is given through its API, as JSON.
    Elasticsearch,
}
