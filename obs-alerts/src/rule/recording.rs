//! Recording rules.

use std::collections::HashSet;

use obs_promql::{Labels, METRIC_NAME, Sample, VectorElement};

use super::error::RuleError;

/// What to write for `elements`: as series of the name `name`, with the rule's labels.
pub(super) fn record(
    name: &str,
    labels: &[(String, String)],
    elements: Vec<VectorElement>,
    limit: usize,
) -> Result<Vec<(Labels, Sample)>, RuleError> {
    let mut seen = HashSet::with_capacity(elements.len());
    let mut samples = Vec::with_capacity(elements.len());
    for VectorElement { labels: element, value } in elements {
        let own = labels.iter().map(|(name, value)| (&**name, &**value));
        let series: Labels = element.iter().chain([(METRIC_NAME, name)]).chain(own).collect();
        if !seen.insert(series.clone()) {
            return Err(RuleError::SameSeries(series));
        }
        samples.push((series, value));
    }
    if limit > 0 && samples.len() > limit {
        return Err(RuleError::Limit { limit, count: samples.len(), alerts: false });
    }
    Ok(samples)
}
