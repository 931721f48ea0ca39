obs_core::catalogue! {
    /// A shop.
    pub static SHOP;

    /// Orders.
    ORDERS: Gauge = "shop_orders_total" ();
}

fn main() {
    
}
