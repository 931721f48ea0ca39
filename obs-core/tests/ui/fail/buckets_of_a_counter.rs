obs_core::catalogue! {
    /// A shop.
    pub static SHOP;

    /// Orders.
    ORDERS: Counter = "shop_orders_total" () [1.0];
}

fn main() {
    
}
