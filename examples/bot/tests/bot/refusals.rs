//! Discord does not let the bot in: it says what to do, and ends.

use std::process::Command;

#[test]
fn a_bot_that_is_refused_says_what_to_do_and_fails() {
    // (arguments, token, what it says)
    let cases: [(&[&str], Option<&str>, [&str; 2]); 4] = [
        (&["--refuse", "token"], None, ["Discord refuses the token", "Reset Token"]),
        (&["--refuse", "intents"], None, ["close code 4014", "Privileged Gateway Intents"]),
        (&[], Some("no-token-at-all"), ["does not look like a token", "unset DISCORD_TOKEN"]),
        (&["--refuse", "token"], Some("a.b.c"), ["DISCORD_TOKEN is set", "unset one"]),
    ];
    for (args, token, said) in cases {
        let mut bot = Command::new(env!("CARGO_BIN_EXE_bot"));
        bot.args(["--addr", "127.0.0.1:0"]).args(args).env_remove("DISCORD_TOKEN");
        let output = bot.envs(token.map(|token| ("DISCORD_TOKEN", token))).output().unwrap();
        let told = String::from_utf8([output.stderr, output.stdout].concat()).unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {told}");
        for text in said {
            assert!(told.contains(text), "{args:?}: {told}");
        }
        for secret in ["fake-bot-token", "no-token-at-all", "a.b.c"] {
            assert!(!told.contains(secret), "{args:?}: {told}");
        }
    }
}
