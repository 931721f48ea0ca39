//! Native histograms as text.

use obs_promql::Histogram;
use obs_promql::float::General;

/// Count and sum, and each bucket that is not empty.
pub(super) fn text(histogram: &Histogram) -> String {
    format!("{{count:{}, sum:{}}}", General(histogram.count), General(histogram.sum))
}
