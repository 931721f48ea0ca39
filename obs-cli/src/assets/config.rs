//! The configuration files of an export: they hold the reader's addresses, so they are made here.

use std::fmt::Write as _;

/// `prometheus.yml` that scrapes `targets`.
///
/// Only keys that Prometheus 2.42 and 3.x both take.
pub(super) fn prometheus(targets: &[String]) -> String {
    let mut list = String::new();
    for target in targets {
        let _ = write!(list, "\n          - \"{target}\"");
    }
    format!(
        r#"# Start Prometheus with --enable-feature=exemplar-storage to keep exemplars.
global:
  scrape_interval: 15s
  evaluation_interval: 15s

rule_files:
  - rules/*.rules.yml

scrape_configs:
  # One job a service: alerts and dashboards tell services apart by their job.
  - job_name: app
    metrics_path: /metrics
    static_configs:
      - targets:{list}

storage:
  exemplars:
    max_exemplars: 100000
"#
    )
}

/// Grafana's data source: Prometheus at `url`, with exemplars that lead to a trace.
pub(super) fn datasource(url: &str, trace_url: Option<&str>) -> String {
    // Grafana expands `$NAME` in provisioning files; `$$` is a dollar sign.
    let url = url.replace('$', "$$");
    let link = trace_url.map_or_else(String::new, |trace_url| {
        let url = trace_url.replace('$', "$$").replace("{trace_id}", "$${__value.raw}");
        format!("\n          url: \"{url}\"\n          urlDisplayLabel: Trace")
    });
    format!(
        r#"apiVersion: 1

datasources:
  - name: Prometheus
    uid: obs-prometheus
    type: prometheus
    access: proxy
    url: "{url}"
    isDefault: true
    jsonData:
      httpMethod: POST
      prometheusType: Prometheus
      # The scrape interval: $__rate_interval is at least four of it.
      timeInterval: 15s
      exemplarTraceIdDestinations:
        - name: trace_id{link}
"#
    )
}

/// Grafana's dashboard provider: the folder that the README says to mount.
pub(super) fn dashboard_provider() -> String {
    r"apiVersion: 1

providers:
  - name: obs
    orgId: 1
    folder: obs
    type: file
    disableDeletion: true
    allowUiUpdates: false
    updateIntervalSeconds: 30
    options:
      path: /var/lib/grafana/dashboards/obs
"
    .to_owned()
}

/// What to do with the exported files.
pub(super) const README: &str = r#"# Exported by `obs assets export`

| folder | what it is | what to do with it |
| --- | --- | --- |
| `prometheus/prometheus.yml` | scrapes the service, loads the rules | `prometheus --config.file=prometheus/prometheus.yml --enable-feature=exemplar-storage` |
| `prometheus/rules/*.rules.yml` | recording and alerting rules | or list them under `rule_files` of your own configuration |
| `prometheus/rules/*.rules.test.yml` | tests of the rules | `promtool test rules prometheus/rules/*.rules.test.yml` after each change |
| `grafana/dashboards` | dashboards | mount at `/var/lib/grafana/dashboards/obs` |
| `grafana/provisioning` | data source, dashboard provider | mount at `/etc/grafana/provisioning` |
| `elasticsearch` | index template of the log | put it as `fluentd/README.md` says, before the first line |
| `fluentd` | reads the log from files or containers, sends it to Elasticsearch | `fluentd/README.md` |
| `runbooks` | what to do when an alert fires | publish, and give the address as `--runbook-base-url` |

Two targets of one `job` are two instances of one service. Give each service a job of its own: rename
`app` in `prometheus.yml` to the name of yours.

Export again after an update of the crates: files that you changed are kept and named; `--force`
overwrites them.
"#;
