obs_core::catalogue! {
    /// Everything.
    pub static EVERYTHING;

    /// Orders.
    ORDERS: Counter = "shop_orders_total" (method, status,);

    /// Robot time.
    ROBOT: ObservableCounter = "shop_robot_seconds_total" ();

    /// Stock.
    STOCK: Gauge = "shop_stock" (product);

    /// Duration.
    /// On two lines.
    DURATION: Histogram = "shop_request_duration_seconds" () [0.5, 1.0,];
}

obs_core::catalogue! {
    /// Nothing.
    static NOTHING;
}

const SLO: f64 = DURATION.bound(0.5);
const NAMES: [&str; 2] = [ORDERS.desc().name, EVERYTHING[1].name];

fn main() {
    ORDERS.with(["card", "paid"]).increment(1);
    STOCK.with(["bike"]).set(SLO);
    assert_eq!(NAMES, ["shop_orders_total", "shop_robot_seconds_total"]);
    assert!(NOTHING.is_empty() && ROBOT.desc().observable);
}
