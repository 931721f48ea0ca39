//! When a shutdown ends open responses.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use obs_core::Obs;
use obs_core::ShutdownHandle;

use crate::exchange::Stream;

/// Makes futures that wait for the end of responses.
#[derive(Clone, Debug)]
pub(crate) struct Deadline(ShutdownHandle);

impl Deadline {
    pub(crate) fn of(obs: &Obs) -> Self {
        Self(obs.shutdown_handle())
    }

    /// An event stream would go on for ever, and its client comes back by itself to another
    /// instance: it ends once no more requests are accepted. Other responses have the time that
    /// the settings give to requests in flight.
    pub(crate) fn of_stream(&self, stream: Stream) -> Wait {
        match stream {
            Stream::Events => Wait(Box::pin(self.0.draining())),
            Stream::Unsized | Stream::Tracked { .. } => Wait(Box::pin(self.0.deadline())),
        }
    }
}

/// Ready once the response has to end.
pub(crate) struct Wait(Pin<Box<dyn Future<Output = ()> + Send>>);

impl Wait {
    pub(crate) fn for_ever() -> Self {
        Self(Box::pin(std::future::pending()))
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wait")
    }
}
