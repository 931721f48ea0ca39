obs_core::catalogue! {
    /// A shop.
    pub static SHOP;

    /// Orders.
    ORDERS: Gauge = "shop_orders_count" ();
}

fn main() {
    
}
