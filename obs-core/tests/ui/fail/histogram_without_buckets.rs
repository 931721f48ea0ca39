obs_core::catalogue! {
    /// A shop.
    pub static SHOP;

    /// Duration.
    DURATION: Histogram = "shop_duration_seconds" ();
}

fn main() {
    
}
