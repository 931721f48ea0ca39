//! Unmatched requests of a router that something is merged into.
//!
//! `Router::merge` keeps the fallback of the router that is merged in, where both have axum's own.
//! Merged after the layer, the endpoints would so bring a fallback that no layer is around, and
//! the requests of scanners would be counted nowhere. Theirs is therefore one that finds the layer.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tower::Layer;

use crate::layer::Shared;
use crate::service::{By, HttpService};

/// The layer that was made last for an `Obs`.
#[derive(Debug, Default)]
pub(crate) struct Latest(Mutex<Weak<Shared>>);

impl Latest {
    pub(crate) fn set(&self, layer: &Arc<Shared>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(layer);
    }

    pub(crate) fn get(&self) -> Option<Arc<Shared>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).upgrade()
    }
}

/// Observes requests as the latest layer does, unless one around it does so already.
#[derive(Clone, Debug)]
pub(crate) struct UnmatchedLayer(pub(crate) Arc<Latest>);

impl<S> Layer<S> for UnmatchedLayer {
    type Service = HttpService<S>;

    fn layer(&self, inner: S) -> HttpService<S> {
        HttpService::new(inner, By::Latest(Arc::clone(&self.0)))
    }
}
