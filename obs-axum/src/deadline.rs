//! The moment by which a shutdown wants open responses to end.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use obs_core::Obs;

type Deadlined = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Makes futures that wait for the deadline.
#[derive(Clone)]
pub(crate) struct Deadline(Arc<dyn Fn() -> Deadlined + Send + Sync>);

impl Deadline {
    pub(crate) fn of(_obs: &Obs) -> Self {
        Self(Arc::new(|| Box::pin(std::future::pending())))
    }

    pub(crate) fn wait(&self) -> Wait {
        Wait((self.0)())
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deadline")
    }
}

/// Ready once the deadline has come.
pub(crate) struct Wait(Deadlined);

impl Wait {
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}
