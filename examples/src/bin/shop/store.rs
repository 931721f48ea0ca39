//! Products, orders, and the shop's own metrics.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

obs_core::catalogue! {
    /// What the shop sells.
    pub(crate) static SHOP;

    /// Orders placed, by payment method and outcome.
    ORDERS: Counter = "shop_orders_total" (payment_method, outcome);

    /// Value of a paid order, in euros.
    ORDER_VALUE: Histogram = "shop_order_value_euros" () [5.0, 10.0, 25.0, 50.0, 100.0, 500.0];

    /// Orders that were paid and wait to be sent.
    OPEN_ORDERS: Gauge = "shop_open_orders" ();
}

/// Something to buy.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Product {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
    pub(crate) euros: f64,
}

/// What the shop has.
pub(crate) const PRODUCTS: [Product; 4] = [
    Product { id: 1, name: "Bicycle bell", euros: 9.5 },
    Product { id: 2, name: "Rain cape", euros: 42.0 },
    Product { id: 3, name: "Saddle bag", euros: 79.0 },
    Product { id: 4, name: "Pump", euros: 24.0 },
];

/// How an order is paid.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PaymentMethod {
    Card,
    Ideal,
    Invoice,
}

impl PaymentMethod {
    /// The value of the `payment_method` label: from this list, whatever a client sends.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Ideal => "ideal",
            Self::Invoice => "invoice",
        }
    }
}

/// An order that was paid.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Order {
    pub(crate) id: u64,
    pub(crate) product: u32,
    pub(crate) euros: f64,
    pub(crate) payment_method: PaymentMethod,
}

/// The shop's database.
#[derive(Debug, Default)]
pub(crate) struct Store {
    orders: Mutex<BTreeMap<u64, Order>>,
}

/// Orders kept; the oldest go, as if sent.
const KEPT: usize = 500;

impl Store {
    /// Adds a paid order and returns it with its number.
    pub(crate) fn add(&self, product: &Product, payment_method: PaymentMethod) -> Order {
        let mut orders = self.lock();
        let id = orders.last_key_value().map_or(1, |(id, _)| id + 1);
        let order = Order { id, product: product.id, euros: product.euros, payment_method };
        orders.insert(id, order.clone());
        if orders.len() > KEPT {
            orders.pop_first();
        }
        OPEN_ORDERS.with([]).set(orders.len() as f64);
        order
    }

    /// The order of this number.
    pub(crate) fn order(&self, id: u64) -> Option<Order> {
        self.lock().get(&id).cloned()
    }

    /// All orders, oldest first.
    pub(crate) fn orders(&self) -> Vec<Order> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Order>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
