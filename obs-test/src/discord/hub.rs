use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use super::config::Config;
use super::rest::Rest;
use super::state::Gateway;

/// All that servers, connections and the script share.
pub(super) struct Hub {
    pub(super) config: Config,
    pub(super) http: SocketAddr,
    pub(super) https: SocketAddr,
    pub(super) certificate: Vec<u8>,
    state: Mutex<State>,
    changed: Notify,
    stop: watch::Sender<bool>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) gateway: Gateway,
    pub(super) rest: Rest,
}

impl Hub {
    pub(super) fn new(
        config: Config,
        http: SocketAddr,
        https: SocketAddr,
        certificate: Vec<u8>,
    ) -> Self {
        let state = State { gateway: Gateway::new(&config), rest: Rest::default() };
        Self {
            config,
            http,
            https,
            certificate,
            state: Mutex::new(state),
            changed: Notify::new(),
            stop: watch::Sender::new(false),
        }
    }

    pub(super) fn gateway_url(&self) -> String {
        format!("ws://{}", self.http)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the state.
    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.lock())
    }

    /// Changes the state, and has those look again who wait for something.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let out = change(&mut self.lock());
        self.changed.notify_waiters();
        out
    }

    /// Waits until `look` finds what it looks for, looking after each change.
    ///
    /// # Panics
    ///
    /// If that takes longer than the fake's patience, with what was counted so far.
    pub(super) async fn wait<T>(&self, what: &str, mut look: impl FnMut(&State) -> Option<T>) -> T {
        let found = async {
            loop {
                let mut changed = std::pin::pin!(self.changed.notified());
                // From here on no change is missed.
                changed.as_mut().enable();
                if let Some(found) = self.read(&mut look) {
                    return found;
                }
                changed.await;
            }
        };
        let patience = self.config.patience;
        if let Ok(found) = tokio::time::timeout(patience, found).await {
            return found;
        }
        let seen = self.read(|state| {
            let shards = state.gateway.shards.iter();
            let counts: Vec<_> = shards.map(|(id, shard)| (id, &shard.counts)).collect();
            format!("shards: {counts:#?}\nrequests: {:#?}", state.rest.requests())
        });
        panic!("waited {patience:?} for {what}; so far there were\n{seen}");
    }

    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for [`stop`](Self::stop).
    pub(super) async fn stopped(&self) {
        let mut stop = self.stop.subscribe();
        // The sender is ours, so that it cannot be gone.
        stop.wait_for(|stop| *stop).await.ok();
    }
}
