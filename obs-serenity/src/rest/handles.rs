//! Metric handles, kept so that a request builds no key.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

use metrics::{Counter, Histogram};
use obs_core::metrics::Metrics;

use super::route::Route;
use super::scope::Scope;
use crate::metrics::{REST_RATE_LIMIT_HITS, REST_REQUEST_DURATION, REST_REQUESTS};

/// A method that serenity uses, or none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Delete,
    Get,
    Patch,
    Post,
    Put,
    Other,
}

impl Method {
    const COUNT: usize = 6;

    pub(super) fn of(method: &str) -> Self {
        match method {
            "DELETE" => Self::Delete,
            "GET" => Self::Get,
            "PATCH" => Self::Patch,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            _ => Self::Other,
        }
    }

    /// The label's value: for others, that of OpenTelemetry.
    const fn name(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Other => "_OTHER",
        }
    }
}

/// The series of each route, made when first needed.
pub(super) struct Handles {
    metrics: Metrics,
    routes: Box<[[Series; Method::COUNT]]>,
    hits: Box<[[OnceLock<Counter>; Scope::ALL.len()]]>,
    /// Durations by method alone, in place of those by route.
    durations: [OnceLock<Histogram>; Method::COUNT],
    merge_durations: AtomicBool,
}

/// The series of one route and method.
#[derive(Default)]
struct Series {
    /// A handful: a linear search is the fastest.
    requests: RwLock<Vec<(Option<u16>, Counter)>>,
    duration: OnceLock<Histogram>,
}

impl Handles {
    pub(super) fn new(metrics: &Metrics) -> Self {
        Self {
            metrics: metrics.clone(),
            routes: (0..Route::COUNT).map(|_| Default::default()).collect(),
            hits: (0..Route::COUNT).map(|_| Default::default()).collect(),
            durations: Default::default(),
            merge_durations: AtomicBool::new(false),
        }
    }

    /// Whether durations are by route.
    pub(super) fn time_by_route(&self, each: bool) {
        self.merge_durations.store(!each, Ordering::Relaxed);
    }

    /// Counts an attempt; without a status, one that got no response.
    pub(super) fn count(&self, method: Method, route: Route, status: Option<u16>) {
        let requests = &self.series(method, route).requests;
        let known = requests.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, counter)) = known.iter().find(|(of, _)| *of == status) {
            counter.increment(1);
            return;
        }
        drop(known);
        let name = status.map_or_else(|| "error".to_owned(), |status| status.to_string());
        let counter = REST_REQUESTS.of(&self.metrics, [method.name(), route.template(), &name]);
        counter.increment(1);
        let mut known = requests.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have put it there; both handles are of one series.
        if known.iter().all(|(of, _)| *of != status) {
            known.push((status, counter));
        }
    }

    pub(super) fn duration(&self, method: Method, route: Route) -> &Histogram {
        let (duration, route) = if self.merge_durations.load(Ordering::Relaxed) {
            (&self.durations[method as usize], "all")
        } else {
            (&self.series(method, route).duration, route.template())
        };
        duration.get_or_init(|| REST_REQUEST_DURATION.of(&self.metrics, [method.name(), route]))
    }

    pub(super) fn hits(&self, route: Route, scope: Scope) -> &Counter {
        self.hits[route.index()][scope as usize].get_or_init(|| {
            REST_RATE_LIMIT_HITS.of(&self.metrics, [route.template(), scope.name()])
        })
    }

    fn series(&self, method: Method, route: Route) -> &Series {
        &self.routes[route.index()][method as usize]
    }
}
