obs_core::catalogue! {
    /// A shop.
    pub static SHOP;

    /// Orders.
    ORDERS: Counter = "shop_orders" ();
}

fn main() {
    
}
