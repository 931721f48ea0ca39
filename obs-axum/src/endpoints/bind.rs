//! Management endpoints on a port of their own.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Endpoints;

impl Endpoints {
    /// Serves the endpoints on the address of the settings, `OBS_ENDPOINT_ADDR`, if they name one;
    /// merged into a router they then add no path to it.
    ///
    /// ```no_run
    /// # async fn start(app: axum::Router, obs: &obs_core::Obs) -> Result<(), obs_axum::BindError> {
    /// let app = app.merge(obs_axum::endpoints(obs).bind().await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// If that address cannot be listened on.
    pub async fn bind(mut self) -> Result<Self, BindError> {
        if let Some(addr) = self.addr.take() {
            self.clone().serve(addr).await?;
            self.apart = true;
        }
        Ok(self)
    }

    /// Serves the endpoints on `addr`, apart from the service's own port; port 0 takes a free one.
    ///
    /// They are served in a task, until [`Serving::stop`] or the end of the runtime, so that
    /// probes and a last scrape are answered while the service shuts down.
    ///
    /// # Errors
    ///
    /// If `addr` cannot be listened on.
    pub async fn serve(self, addr: SocketAddr) -> Result<Serving, BindError> {
        let error = |source| BindError { addr, source };
        let listener = TcpListener::bind(addr).await.map_err(error)?;
        let addr = listener.local_addr().map_err(error)?;
        let (stop, stopped) = oneshot::channel::<()>();
        #[expect(clippy::disallowed_methods, reason = "a server of its own")]
        let task = tokio::spawn(async move {
            let stopped = async move {
                // Only a word ends it: a dropped `Serving` leaves it running.
                if stopped.await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            let server = axum::serve(listener, self.routes::<()>());
            // axum's server never fails; the result is there for the type's sake.
            let _ = server.with_graceful_shutdown(stopped).await;
        });
        Ok(Serving { addr, stop, task })
    }
}

/// Management endpoints that are being served. Dropped, they go on.
#[derive(Debug)]
pub struct Serving {
    addr: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Serving {
    /// Where they are served.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops listening and waits for open requests.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

/// The management endpoints could not listen on their address.
#[derive(Debug, thiserror::Error)]
#[error("cannot serve the management endpoints on {addr}: {}", remedy(source.kind()))]
pub struct BindError {
    addr: SocketAddr,
    source: io::Error,
}

impl BindError {
    /// The address that was asked for.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Whether something else listens there.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        self.source.kind() == io::ErrorKind::AddrInUse
    }
}

fn remedy(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::AddrInUse => {
            "something else listens there; stop it, or choose another port in `OBS_ENDPOINT_ADDR` or the code"
        }
        io::ErrorKind::PermissionDenied => "this user may not; choose a port above 1023",
        io::ErrorKind::AddrNotAvailable => {
            "this machine does not have that address; `0.0.0.0` listens on all it has"
        }
        _ => "choose another address in `OBS_ENDPOINT_ADDR` or the code",
    }
}
