obs_core::catalogue! {
    /// A shop.
    pub static SHOP;

    /// Orders.
    ORDERS: Counter = "shopOrders_total" ();
}

fn main() {
    
}
