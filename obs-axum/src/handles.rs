//! Metric handles, kept per thread so that a request neither takes a lock nor builds a key.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::{Arc, Weak};

use http::StatusCode;
use metrics::{Counter, Histogram};
use obs_core::metrics::Metrics;
use rustc_hash::FxHasher;

use crate::layer::Shared;
use crate::method::Known;
use crate::metrics::{
    REQUEST_BODY_SIZE, REQUEST_DURATION, RESPONSE_BODY_SIZE, STREAM_DURATION, UPGRADES,
};

/// What identifies the series of one request.
///
/// Every part is bounded: the routes are the application's, methods are a known set, status codes
/// have three digits, causes are written in source code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labels<'a> {
    pub(crate) method: Known,
    pub(crate) route: &'a str,
    pub(crate) status: StatusCode,
    /// The cause of an error; `None` for a success or where the status code says it all.
    pub(crate) cause: Option<&'static str>,
    /// Bounds of the duration histogram, if not the declared ones.
    pub(crate) buckets: Option<&'static [f64]>,
}

impl Labels<'_> {
    /// The `error_type`: the cause, else a server error's status code; `None` is no error.
    pub(crate) fn error_type(&self) -> Option<&str> {
        self.cause.or_else(|| self.status.is_server_error().then(|| self.status.as_str()))
    }

    fn values(&self) -> [&str; 4] {
        let error_type = self.error_type().unwrap_or_default();
        [self.method.name(), self.route, self.status.as_str(), error_type]
    }
}

/// The handles of one combination of labels, made when first needed.
#[derive(Debug)]
pub(crate) struct Series {
    status: StatusCode,
    cause: Option<&'static str>,
    duration: Option<Histogram>,
    stream: Option<Histogram>,
    request_size: Option<Histogram>,
    response_size: Option<Histogram>,
    upgrades: Option<Counter>,
}

impl Series {
    fn new(labels: &Labels<'_>) -> Self {
        Self {
            status: labels.status,
            cause: labels.cause,
            duration: None,
            stream: None,
            request_size: None,
            response_size: None,
            upgrades: None,
        }
    }

    pub(crate) fn duration(&mut self, metrics: &Metrics, labels: &Labels<'_>) -> &Histogram {
        self.duration.get_or_insert_with(|| match labels.buckets {
            Some(bounds) => REQUEST_DURATION.of_with_bounds(metrics, labels.values(), bounds),
            None => REQUEST_DURATION.of(metrics, labels.values()),
        })
    }

    pub(crate) fn stream(&mut self, metrics: &Metrics, labels: &Labels<'_>) -> &Histogram {
        self.stream.get_or_insert_with(|| STREAM_DURATION.of(metrics, labels.values()))
    }

    pub(crate) fn request_size(&mut self, metrics: &Metrics, labels: &Labels<'_>) -> &Histogram {
        self.request_size.get_or_insert_with(|| REQUEST_BODY_SIZE.of(metrics, labels.values()))
    }

    pub(crate) fn response_size(&mut self, metrics: &Metrics, labels: &Labels<'_>) -> &Histogram {
        self.response_size.get_or_insert_with(|| RESPONSE_BODY_SIZE.of(metrics, labels.values()))
    }

    pub(crate) fn upgrades(&mut self, metrics: &Metrics, labels: &Labels<'_>) -> &Counter {
        self.upgrades
            .get_or_insert_with(|| UPGRADES.of(metrics, [labels.method.name(), labels.route]))
    }
}

/// The routes of one method. They are the application's own, so no attacker steers the hash.
#[derive(Default)]
struct Routes {
    index: HashMap<Box<str>, usize, BuildHasherDefault<FxHasher>>,
    series: Vec<Vec<Series>>,
}

impl Routes {
    fn series(&mut self, labels: &Labels<'_>) -> &mut Series {
        let route = self.index.get(labels.route).copied().unwrap_or_else(|| {
            self.index.insert(labels.route.into(), self.series.len());
            self.series.push(Vec::new());
            self.series.len() - 1
        });
        let all = &mut self.series[route];
        let same = |one: &Series| one.status == labels.status && one.cause == labels.cause;
        let found = all.iter().position(same).unwrap_or_else(|| {
            all.push(Series::new(labels));
            all.len() - 1
        });
        &mut all[found]
    }
}

/// One layer's handles on one thread.
struct Table {
    /// Holds the layer's memory, not its life: no other layer can get the same address.
    layer: Weak<Shared>,
    methods: [Routes; Known::COUNT],
}

thread_local! {
    static TABLES: RefCell<Vec<Table>> = const { RefCell::new(Vec::new()) };
}

/// Calls `record` with the handles of these labels.
pub(crate) fn with(layer: &Arc<Shared>, labels: &Labels<'_>, record: impl FnOnce(&mut Series)) {
    let mut record = Some(record);
    let _ = TABLES.try_with(|tables| {
        let Ok(mut tables) = tables.try_borrow_mut() else { return };
        if let Some(record) = record.take() {
            let table = table(&mut tables, layer);
            record(table.methods[labels.method.index()].series(labels));
        }
    });
    // While a thread ends its table is gone, and a recorder that serves a request from within
    // finds it borrowed. The sample must not get lost, so it pays for its own handle.
    if let Some(record) = record {
        record(&mut Series::new(labels));
    }
}

fn table<'a>(tables: &'a mut Vec<Table>, layer: &Arc<Shared>) -> &'a mut Table {
    let found =
        tables.iter().position(|table| std::ptr::eq(table.layer.as_ptr(), Arc::as_ptr(layer)));
    let index = found.unwrap_or_else(|| {
        tables.retain(|table| table.layer.strong_count() > 0);
        tables.push(Table { layer: Arc::downgrade(layer), methods: Default::default() });
        tables.len() - 1
    });
    &mut tables[index]
}
