obs_core::catalogue! {
    /// A shop.
    pub static SHOP;

    /// Duration.
    DURATION: Histogram = "shop_duration_seconds" () [0.5, 0.25];
}

fn main() {
    
}
