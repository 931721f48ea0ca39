obs_core::catalogue! {
    /// A shop.
    pub static SHOP;

    /// Duration.
    DURATION: Histogram = "shop_duration_seconds" () [0.25, 0.5];
}

fn main() {
    const SLO: f64 = DURATION.bound(0.3);
    let _ = SLO;
}
