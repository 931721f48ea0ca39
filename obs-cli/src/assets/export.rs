//! Which files an export consists of, and their text. No I/O.

use obs_core::{AssetKind, Bundle};

use super::{BUNDLES, Export, Part, config, link};

/// A file of the export.
#[derive(Debug)]
pub(super) struct File {
    /// Its path below the target folder, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

/// The files that `options` ask for, in the order in which they are reported.
pub(super) fn files(options: &Export) -> Vec<File> {
    let mut files = Vec::new();
    for part in options.parts() {
        match part {
            Part::Dashboards => bundled(options, AssetKind::Dashboard, &mut files),
            Part::Rules => {
                bundled(options, AssetKind::Rules, &mut files);
                bundled(options, AssetKind::RuleTests, &mut files);
            }
            Part::Runbooks => bundled(options, AssetKind::Runbook, &mut files),
            Part::Fluentd => bundled(options, AssetKind::Fluentd, &mut files),
            Part::Elasticsearch => bundled(options, AssetKind::Elasticsearch, &mut files),
            Part::Grafana => files.extend([
                File {
                    path: "grafana/provisioning/dashboards/obs.yml".to_owned(),
                    text: config::dashboard_provider(),
                },
                File {
                    path: "grafana/provisioning/datasources/obs.yml".to_owned(),
                    text: config::datasource(&options.prometheus_url, options.trace_url.as_deref()),
                },
            ]),
            Part::Prometheus => files.push(File {
                path: "prometheus/prometheus.yml".to_owned(),
                text: config::prometheus(&options.targets),
            }),
        }
    }
    files.push(File { path: "README.md".to_owned(), text: config::README.to_owned() });
    files
}

fn bundled(options: &Export, kind: AssetKind, files: &mut Vec<File>) {
    let folder = match kind {
        AssetKind::Dashboard => "grafana/dashboards",
        AssetKind::Rules | AssetKind::RuleTests => "prometheus/rules",
        AssetKind::Runbook => "runbooks",
        AssetKind::Fluentd => "fluentd",
        AssetKind::Elasticsearch => "elasticsearch",
        // A kind that this command does not know belongs to a newer obs-core than its own.
        _ => return,
    };
    for asset in BUNDLES.iter().flat_map(Bundle::files).filter(|a| a.kind == kind) {
        let text = match kind {
            AssetKind::Rules | AssetKind::RuleTests => link::absolute(
                asset.text,
                options.runbook_base_url.as_deref(),
                options.grafana_url.as_deref(),
            ),
            _ => asset.text.to_owned(),
        };
        files.push(File { path: format!("{folder}/{}", asset.name), text });
    }
}
