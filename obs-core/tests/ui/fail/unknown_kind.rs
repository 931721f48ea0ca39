obs_core::catalogue! {
    /// A shop.
    pub static SHOP;

    /// Orders.
    ORDERS: Summary = "shop_orders" ();
}

fn main() {
    
}
