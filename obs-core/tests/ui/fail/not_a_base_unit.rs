obs_core::catalogue! {
    /// A shop.
    pub static SHOP;

    /// Duration.
    DURATION: Histogram = "shop_duration_milliseconds" () [1.0];
}

fn main() {
    
}
