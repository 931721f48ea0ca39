obs_core::catalogue! {
    /// A shop.
    pub static SHOP;

    /// Orders.
    ORDERS: Counter = "shop_orders_total" (method, status);
}

fn main() {
    ORDERS.with(["card"]).increment(1);
}
