//! The bundled files as the lints see them.

use std::collections::BTreeMap;

use obs_core::metrics::{Desc, Kind};
use obs_core::{AssetKind, Bundle};
use obs_test::bundle::DashboardQuery;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything that the bundles ship. Lints read one; the tests of the lints spoil one first.
#[derive(Clone, Debug)]
pub(crate) struct Shipped {
    pub(crate) metrics: Vec<&'static Desc>,
    pub(crate) boards: Vec<Board>,
    pub(crate) rules: Vec<Rules>,
    pub(crate) tests: Vec<Tests>,
    pub(crate) runbooks: Vec<Runbook>,
}

#[derive(Clone, Debug)]
pub(crate) struct Board {
    pub(crate) file: &'static str,
    pub(crate) text: String,
    pub(crate) json: Value,
}

#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) file: &'static str,
    pub(crate) text: String,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    groups: Vec<Group>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    #[serde(rename = "name")]
    _name: String,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) record: Option<String>,
    pub(crate) alert: Option<String>,
    pub(crate) expr: String,
    pub(crate) r#for: Option<String>,
    #[serde(rename = "keep_firing_for")]
    _keep_firing_for: Option<String>,
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Rule {
    /// `None` where it does not parse, which is a finding of its own.
    pub(crate) fn query(&self) -> Option<obs_promql::Query> {
        obs_promql::parse(&self.expr).ok()
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Tests {
    #[serde(skip)]
    pub(crate) file: &'static str,
    pub(crate) tests: Vec<Test>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) alert_rule_test: Vec<AlertTest>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct AlertTest {
    pub(crate) alertname: String,
    pub(crate) exp_alerts: Vec<serde_yaml_ng::Value>,
}

#[derive(Clone, Debug)]
pub(crate) struct Runbook {
    pub(crate) file: &'static str,
    pub(crate) text: String,
}

impl Shipped {
    pub(crate) fn load(bundles: &[Bundle]) -> Self {
        let mut shipped = Self {
            metrics: bundles.iter().flat_map(Bundle::metrics).copied().collect(),
            boards: Vec::new(),
            rules: Vec::new(),
            tests: Vec::new(),
            runbooks: Vec::new(),
        };
        for asset in bundles.iter().flat_map(Bundle::files) {
            let (file, text) = (asset.name, asset.text.to_owned());
            match asset.kind {
                AssetKind::Dashboard => {
                    let json =
                        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
                    shipped.boards.push(Board { file, text, json });
                }
                AssetKind::Rules => {
                    let rules: RuleFile = yaml(file, &text);
                    let rules = rules.groups.into_iter().flat_map(|group| group.rules).collect();
                    shipped.rules.push(Rules { file, text, rules });
                }
                AssetKind::RuleTests => shipped.tests.push(Tests { file, ..yaml(file, &text) }),
                AssetKind::Runbook => shipped.runbooks.push(Runbook { file, text }),
                // obs-core's own tests read these.
                AssetKind::Fluentd | AssetKind::Elasticsearch => {}
                other => panic!("{file}: no lint for {other:?}"),
            }
        }
        shipped
    }

    /// All alerts with the file that they stand in.
    pub(crate) fn alerts(&self) -> impl Iterator<Item = (&'static str, &str, &Rule)> {
        self.rules.iter().flat_map(|rules| {
            rules.rules.iter().filter_map(|rule| Some((rules.file, rule.alert.as_deref()?, rule)))
        })
    }

    /// Whether the series called `name` have `label`: declared, or by the level of what is recorded.
    pub(crate) fn has_label(&self, name: &str, label: &str) -> bool {
        match self.metric(name) {
            Some(desc) => desc.labels.contains(&label),
            None => {
                name.split(':').next().is_some_and(|level| level.split('_').any(|l| l == label))
            }
        }
    }

    /// The declared metric that exposes `name`.
    pub(crate) fn metric(&self, name: &str) -> Option<&'static Desc> {
        self.metrics.iter().copied().find(|desc| match (desc.kind, name.strip_prefix(desc.name)) {
            (Kind::Counter | Kind::Gauge, Some("")) => true,
            (Kind::Histogram, Some(suffix)) => ["_bucket", "_sum", "_count"].contains(&suffix),
            _ => false,
        })
    }
}

fn yaml<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> T {
    serde_yaml_ng::from_str(text).unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// A query of a dashboard.
#[derive(Debug)]
pub(crate) struct Query<'a> {
    /// File, panel or variable: what a finding names.
    pub(crate) place: String,
    /// The panel; `Null` for an annotation.
    pub(crate) panel: &'a Value,
    pub(crate) target: &'a Value,
    /// `None` where it does not parse, which is a finding of its own.
    pub(crate) query: Option<DashboardQuery>,
}

impl Board {
    /// Rows as well as panels, top level first.
    pub(crate) fn all_panels(&self) -> Vec<&Value> {
        let top = list(&self.json["panels"]);
        top.iter().chain(top.iter().flat_map(|row| list(&row["panels"]))).collect()
    }

    /// Panels without rows, also those inside collapsed rows.
    pub(crate) fn panels(&self) -> impl Iterator<Item = (String, &Value)> {
        self.all_panels().into_iter().filter(|panel| panel["type"] != "row").map(|panel| {
            (format!("{}: panel {} {}", self.file, panel["id"], panel["title"]), panel)
        })
    }

    pub(crate) fn queries(&self) -> Vec<Query<'_>> {
        let panels = self.panels().flat_map(|(place, panel)| {
            list(&panel["targets"]).iter().map(move |target| (place.clone(), panel, target))
        });
        let annotations = list(&self.json["annotations"]["list"])
            .iter()
            .filter(|annotation| annotation["expr"].is_string())
            .map(|a| (format!("{}: annotation {}", self.file, a["name"]), &Value::Null, a));
        panels
            .chain(annotations)
            .map(|(place, panel, target)| {
                let query = DashboardQuery::parse(text(&target["expr"])).ok();
                Query { place, panel, target, query }
            })
            .collect()
    }
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
