//! What the bot's user reads first.

use std::net::SocketAddr;

use crate::crowd;
use crate::login::Login;

/// What to try, for the terminal.
pub(crate) fn banner(addr: SocketAddr, traffic: f64, login: &Login) -> String {
    let place = if login.fake.is_some() { its_own(traffic) } else { REAL.to_owned() };
    format!(
        "\n\
         The bot tells of itself at http://{addr}/metrics\n\
         {place}\n\
         \n\
         metrics     curl -s http://{addr}/metrics | grep ^discord_\n\
         shards      curl http://{addr}/readyz    (503 until all are up)\n\
         health      curl http://{addr}/healthz\n\
         refusals    cargo run --bin bot -- --refuse token    or intents\n\
         for real    DISCORD_TOKEN=... cargo run --bin bot\n\
         dashboard   cargo run -p obs-cli -- assets export monitoring --target {addr}\n\
         \n\
         Each command below is one line of the log. Ctrl-C takes the bot offline.\n"
    )
}

const REAL: &str = "It logs in to Discord and registers its slash commands. Invite it with the URL of the page\n\
    `OAuth2` in the developer portal, scopes `bot` and `applications.commands`.";

fn its_own(traffic: f64) -> String {
    let shards = crowd::SHARDS;
    let crowd = if traffic > 0.0 {
        format!("whose crowd does {traffic} things a second (--traffic)")
    } else {
        "whose crowd is silent (--traffic)".to_owned()
    };
    format!(
        "There is no DISCORD_TOKEN, so it runs on a Discord of its own, {crowd}.\n\
         Its {shards} shards connect five seconds apart, as Discord demands."
    )
}
