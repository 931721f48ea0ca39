//! The payment provider: slow at times, and flaky unless told otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// A connection to the bank.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bank {
    broken: Arc<AtomicBool>,
}

/// Why a payment failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PaymentError {
    /// The customer's fault.
    Declined,
    /// The bank's.
    Unavailable,
}

impl Bank {
    /// Charges an order. One payment in fifty is declined, and one in fifty fails.
    pub(crate) async fn charge(&self) -> Result<(), PaymentError> {
        if self.broken.load(Relaxed) {
            return Err(PaymentError::Unavailable);
        }
        let slow = fastrand::u32(0..10) == 0;
        let millis = if slow { fastrand::u64(300..900) } else { fastrand::u64(10..60) };
        tokio::time::sleep(Duration::from_millis(millis)).await;
        match fastrand::u32(0..50) {
            0 => Err(PaymentError::Declined),
            1 => Err(PaymentError::Unavailable),
            _ => Ok(()),
        }
    }

    /// Makes each payment fail, or lets them through again.
    pub(crate) fn set_broken(&self, broken: bool) {
        self.broken.store(broken, Relaxed);
    }

    /// Whether the bank answers.
    pub(crate) fn ping(&self) -> Result<(), &'static str> {
        if self.broken.load(Relaxed) { Err("the bank does not answer") } else { Ok(()) }
    }
}
