//! Native histograms.

/// A native histogram of floats, as a sample has it.
///
/// See Prometheus' specification of native histograms for what each part means.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// What is known of a reset of the counter before this sample.
    pub reset: ResetHint,
    /// The resolution: from -4 (coarse) to 8 (fine), or -53 for custom buckets.
    pub schema: i8,
    /// Observations up to this far from zero are in the bucket of zero.
    pub zero_threshold: f64,
    /// Observations in the bucket of zero.
    pub zero_count: f64,
    /// All observations.
    pub count: f64,
    /// Their sum. A [stale marker](crate::STALE) here makes the whole sample one.
    pub sum: f64,
    /// The buckets of positive observations, or the custom ones.
    pub positive: Buckets,
    /// The buckets of negative observations.
    pub negative: Buckets,
    /// The upper bounds of custom buckets, but for the last, which is `+Inf`.
    pub custom_bounds: Vec<f64>,
}

/// The buckets on one side of zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buckets {
    /// Which buckets there are.
    pub spans: Vec<BucketSpan>,
    /// The observations in each of them.
    pub counts: Vec<f64>,
}

/// Buckets side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketSpan {
    /// Buckets left out before it; for the first span the index of its first bucket.
    pub offset: i32,
    /// Buckets in it.
    pub length: u32,
}

/// What is known of a counter's reset before a histogram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResetHint {
    /// Nothing: to be found by comparing.
    #[default]
    Unknown,
    /// It was reset.
    Reset,
    /// It was not.
    NotReset,
    /// It is a gauge, which has none.
    Gauge,
}

/// The schema of custom buckets.
pub const CUSTOM_BUCKETS: i8 = -53;
