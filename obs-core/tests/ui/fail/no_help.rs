obs_core::catalogue! {
    /// A shop.
    pub static SHOP;

    ORDERS: Counter = "shop_orders_total" ();
}

fn main() {
    
}
