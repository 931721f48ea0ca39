//! What the shop's user reads first, in the terminal and in a browser.

use std::net::SocketAddr;

/// The home page.
pub(crate) const HOME: &str = include_str!("home.html");

/// What to try, for the terminal.
pub(crate) fn banner(addr: SocketAddr, traffic: f64) -> String {
    let customers = if traffic > 0.0 {
        format!("Its own customers send {traffic} requests a second (--traffic).")
    } else {
        "It has no customers of its own (--traffic).".to_owned()
    };
    format!(
        "\n\
         The shop is open at http://{addr}/\n\
         {customers}\n\
         \n\
         metrics     http://{addr}/metrics\n\
         health      http://{addr}/healthz  http://{addr}/readyz\n\
         \n\
         an order    curl http://{addr}/orders --json '{{\"product\": 2, \"payment_method\": \"card\"}}'\n\
         a stream    curl -N http://{addr}/events\n\
         slow        curl http://{addr}/reports/sales\n\
         a panic     curl -X POST http://{addr}/stocktaking\n\
         no bank     curl -X POST http://{addr}/bank/break    and /bank/mend\n\
         one trace   curl -i http://{addr}/products -H 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'\n\
         \n\
         Each request below is one line of the access log. Ctrl-C closes the shop.\n"
    )
}
