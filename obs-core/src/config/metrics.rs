//! The settings of metrics, and what is declared.

use super::resolve::Reader;
use super::{Builder, parse, setting as table};
use crate::Bundle;
use crate::metrics::{self, Desc, own};

impl Reader {
    pub(super) fn metrics(&mut self, builder: &Builder) -> metrics::Config {
        if let Some(limit) = builder.series_limit {
            self.require(limit > 0, "series_limit(0)", "a number above zero");
        }
        if let Some(timeout) = builder.idle_timeout {
            self.require(!timeout.is_zero(), "idle_timeout(0s)", "a duration above zero");
        }
        let created = builder.without_created_samples.then_some(false);
        metrics::Config {
            series_limit: self.read(
                table::OBS_METRICS_SERIES_LIMIT,
                builder.series_limit,
                parse::limit,
            ),
            idle_timeout: self.read(
                table::OBS_METRICS_IDLE_TIMEOUT,
                builder.idle_timeout.map(Some),
                parse::timeout_or_off,
            ),
            global_labels: self.global_labels(builder),
            created: self.read(table::OBS_METRICS_CREATED, created, parse::switch),
            catalogue: self.catalogue(builder),
            ..metrics::Config::default()
        }
    }

    fn global_labels(&mut self, builder: &Builder) -> Vec<(String, String)> {
        const EXPECTED: &str = "a label name of ASCII letters, digits and `_`, other than `le`, \
                                `quantile` and `__…`, each once";
        let of_env = self.read(table::OBS_METRICS_GLOBAL_LABELS, None, |text| {
            let labels = parse::pairs(text)?;
            let good = labels.iter().all(|(name, _)| parse::is_label(name)) && !repeats(&labels);
            if good { Ok(labels) } else { Err(EXPECTED) }
        });
        let mut labels = builder.global_labels.clone();
        for (name, _) in &labels {
            self.require(parse::is_label(name), format_args!("global_label({name:?})"), EXPECTED);
        }
        self.require(!repeats(&labels), "global_label", EXPECTED);
        for (name, value) in of_env {
            if labels.iter().all(|(code, _)| *code != name) {
                labels.push((name, value));
            }
        }
        labels
    }

    /// All declared metrics. Two declarations of one name agree, or are a mistake.
    fn catalogue(&mut self, builder: &Builder) -> Vec<&'static Desc> {
        let declared = builder.bundles.iter().flat_map(Bundle::metrics);
        let mut catalogue: Vec<&'static Desc> = own::CORE.to_vec();
        for desc in declared.copied().chain(builder.catalogue.iter().copied()) {
            match catalogue.iter().find(|known| known.name == desc.name) {
                None => catalogue.push(desc),
                Some(known) => self.require(
                    *known == desc,
                    format_args!("metric {}", desc.name),
                    "one declaration, found two that differ",
                ),
            }
        }
        catalogue
    }

    pub(super) fn bundles(&mut self, registered: &[Bundle]) -> Vec<Bundle> {
        let mut bundles = vec![crate::BUNDLE];
        for bundle in registered {
            match bundles.iter().find(|known| known.name() == bundle.name()) {
                None => bundles.push(*bundle),
                Some(known) => self.require(
                    known.metrics() == bundle.metrics() && known.files() == bundle.files(),
                    format_args!("bundle({:?})", bundle.name()),
                    "a name of its own, found another bundle that has it",
                ),
            }
        }
        bundles
    }
}

fn repeats(labels: &[(String, String)]) -> bool {
    labels.iter().enumerate().any(|(i, (name, _))| labels[..i].iter().any(|(n, _)| n == name))
}
