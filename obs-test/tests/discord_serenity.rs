//! The fake Discord and a real client, rate limiter and TLS included.
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use obs_test::discord::{Answer, FakeDiscord, Guild, event};
use serde_json::json;
use serenity::all::{
    Client, ClientBuilder, CommandInteraction, Context, CreateInteractionResponse,
    CreateInteractionResponseMessage, EditInteractionResponse, EventHandler, GatewayError,
    GatewayIntents, HttpBuilder, Interaction, Message, RatelimitInfo, Ready, ResumedEvent,
    VoiceState,
};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const POST: &str = "POST /channels/{}/messages";
const CALLBACK: &str = "POST /interactions/{}/{}/callback";

/// What a handler was called with, in words.
#[derive(Clone, Default)]
struct Seen {
    lines: Arc<Mutex<Vec<String>>>,
    more: Arc<Notify>,
}

impl Seen {
    fn push(&self, line: impl Into<String>) {
        self.lines.lock().unwrap().push(line.into());
        self.more.notify_one();
    }

    /// Waits for a line; handlers run in tasks, in any order.
    async fn line(&self, line: &str) {
        let seen = async {
            while !self.lines.lock().unwrap().iter().any(|seen| seen == line) {
                self.more.notified().await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(30), seen).await.is_err() {
            panic!("no {line:?} in {:#?}", self.lines.lock().unwrap());
        }
    }
}

#[serenity::async_trait]
impl EventHandler for Seen {
    async fn ready(&self, _: Context, ready: Ready) {
        self.push(format!("ready with {} guilds", ready.guilds.len()));
    }

    async fn resume(&self, _: Context, _: ResumedEvent) {
        self.push("resumed");
    }

    async fn guild_create(&self, ctx: Context, guild: serenity::all::Guild, _: Option<bool>) {
        let cached = ctx.cache.guild_count();
        self.push(format!("guild {} of {}, {cached} cached", guild.name, guild.member_count));
    }

    async fn message(&self, ctx: Context, message: Message) {
        self.push(format!("message {}", message.content));
        if message.content == "!ping" {
            let said = message.channel_id.say(&ctx.http, "pong").await;
            self.push(match said {
                Ok(said) => format!("said {}", said.content),
                Err(serenity::Error::Http(error)) => format!("refused {:?}", error.status_code()),
                Err(error) => format!("failed: {error}"),
            });
        }
    }

    async fn interaction_create(&self, ctx: Context, interaction: Interaction) {
        match interaction {
            Interaction::Command(command) => self.command(&ctx, &command).await,
            Interaction::Autocomplete(it) => {
                let option = it.data.autocomplete().map(|it| format!("{}={}", it.name, it.value));
                self.push(format!("autocomplete {} {option:?}", it.data.name));
            }
            Interaction::Component(it) => {
                self.push(format!("component {} {:?}", it.data.custom_id, it.data.kind));
            }
            Interaction::Modal(it) => {
                let rows = it.data.components.len();
                self.push(format!("modal {} of {rows}", it.data.custom_id));
            }
            other => panic!("an interaction that was not sent: {other:?}"),
        }
    }

    async fn voice_state_update(&self, _: Context, old: Option<VoiceState>, new: VoiceState) {
        let channel = |state: VoiceState| state.channel_id.map(serenity::all::ChannelId::get);
        let known = old.and_then(channel);
        self.push(format!("voice {known:?} to {:?}", channel(new)));
    }

    async fn ratelimit(&self, info: RatelimitInfo) {
        self.push(format!("rate limit global={} {:?}", info.global, info.timeout));
    }
}

impl Seen {
    async fn command(&self, ctx: &Context, command: &CommandInteraction) {
        let target = command.data.target().is_some();
        self.push(format!("command {} target={target}", command.data.name));
        let message = CreateInteractionResponseMessage::new().content("done");
        let response = CreateInteractionResponse::Message(message);
        command.create_response(&ctx.http, response).await.unwrap();
        let edit = EditInteractionResponse::new().content("edited");
        let edited = command.edit_response(&ctx.http, edit).await.unwrap();
        self.push(format!("answered {}, {}", command.data.name, edited.content));
    }
}

/// A client with serenity's rate limiter on, which thinks that the fake is `https://discord.com`.
async fn client(discord: &FakeDiscord, seen: &Seen) -> Client {
    let certificate = reqwest::Certificate::from_der(discord.certificate()).unwrap();
    let reqwest = reqwest::Client::builder()
        .use_rustls_tls()
        .resolve("discord.com", discord.https_addr())
        .add_root_certificate(certificate)
        .build()
        .unwrap();
    let http = HttpBuilder::new("a.bot.token").client(reqwest).build();
    ClientBuilder::new_with_http(http, GatewayIntents::all())
        .event_handler(seen.clone())
        .await
        .unwrap()
}

type Running = JoinHandle<Result<(), serenity::Error>>;

/// A bot in its guild.
async fn bot(discord: &FakeDiscord) -> (Seen, Running) {
    let seen = Seen::default();
    let mut client = client(discord, &seen).await;
    let running = tokio::spawn(async move { client.start_autosharded().await });
    discord.shard(0).identified().await;
    seen.line("guild guild of 3, 1 cached").await;
    (seen, running)
}

async fn start() -> FakeDiscord {
    let guild = Guild::new(event::GUILD).members(2);
    FakeDiscord::builder().token("a.bot.token").guilds([guild]).start().await
}

#[tokio::test]
async fn a_bot_starts_answers_and_is_limited() {
    let discord = start().await;
    let (seen, _running) = bot(&discord).await;
    seen.line("ready with 1 guilds").await;
    let shard = discord.shard(0);

    shard.send(event::message("!ping"));
    seen.line("said pong").await;
    let posts = discord.requested(POST, 1).await;
    assert_eq!((&posts[0].body["content"], posts[0].status), (&json!("pong"), 200));
    assert_eq!(posts[0].path, format!("/channels/{}/messages", event::CHANNEL));

    // The limiter waits and asks again; the bot gets one answer.
    let limited = |millis| Answer::rate_limited(Duration::from_millis(millis));
    discord.answer(POST, [limited(30), limited(20).global(), Answer::error(403)]);
    shard.send(event::message("!ping"));
    seen.line("rate limit global=false 30ms").await;
    seen.line("rate limit global=true 20ms").await;
    seen.line("refused Some(403)").await;
    let statuses: Vec<_> = discord.requested(POST, 4).await.iter().map(|r| r.status).collect();
    assert_eq!(statuses, [200, 429, 429, 403]);
}

#[tokio::test]
async fn every_kind_of_event_is_parsed() {
    let discord = start().await;
    let (seen, _running) = bot(&discord).await;
    let shard = discord.shard(0);
    for (event, line) in [
        (event::slash("slash"), "command slash target=false"),
        (event::user_command("User"), "command User target=true"),
        (event::message_command("Message"), "command Message target=true"),
        (event::autocomplete("find", "what", "ab"), r#"autocomplete find Some("what=ab")"#),
        (event::button("yes"), "component yes Button"),
        (event::select("of", &["a"]), r#"component of StringSelect { values: ["a"] }"#),
        (event::modal("form", &[("name", "Ada")]), "modal form of 1"),
        (event::voice_state(event::USER, Some(7)), "voice None to Some(7)"),
        (event::voice_state(event::USER, None), "voice Some(7) to None"),
    ] {
        shard.send(event);
        seen.line(line).await;
    }
    for name in ["slash", "User", "Message"] {
        seen.line(&format!("answered {name}, edited")).await;
    }
    let callbacks = discord.requested(CALLBACK, 3).await;
    assert!(callbacks.iter().all(|it| it.body["data"]["content"] == "done"), "{callbacks:?}");
    discord.requested("PATCH /webhooks/{}/{}/messages/@original", 3).await;

    // What it cannot parse it passes over, and goes on.
    shard.send(event::Event::new("SOMETHING_NEW", json!({})));
    shard.send(event::message("broken").remove("author"));
    shard.send_text("{no json");
    shard.send(event::message("whole"));
    seen.line("message whole").await;
    assert!(!seen.lines.lock().unwrap().contains(&"message broken".to_owned()));
    assert_eq!(shard.counts().identifies, 1);
}

#[tokio::test]
async fn a_session_survives_reconnects_and_closes() {
    let discord = start().await;
    let (seen, _running) = bot(&discord).await;
    let shard = discord.shard(0);

    shard.caught_up().await;
    shard.reconnect();
    shard.send(event::message("during op7"));
    shard.connected().await;
    seen.line("resumed").await;
    seen.line("message during op7").await;

    shard.caught_up().await;
    shard.close(4008);
    shard.send(event::message("during 4008"));
    shard.connected().await;
    seen.line("message during 4008").await;

    shard.caught_up().await;
    shard.invalid_session(true);
    shard.connected().await;
    shard.cut();
    shard.connected().await;
    shard.send(event::message("after all"));
    seen.line("message after all").await;

    let counts = shard.counts();
    assert_eq!((counts.identifies, counts.resumes, counts.resumes_refused), (1, 4, 0));
    assert_eq!((counts.event("MESSAGE_CREATE"), counts.event("READY")), (3, 1));
    let messages = seen.lines.lock().unwrap().iter().filter(|l| l.starts_with("message")).count();
    assert_eq!(messages, 3, "each message arrives once");
}

#[tokio::test]
async fn intents_that_are_not_allowed_end_the_client() {
    let discord = start().await;
    discord.shard(0).refuse_identify(4014);
    let mut client = client(&discord, &Seen::default()).await;
    let error = client.start().await.unwrap_err();
    let wanted = serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents);
    assert_eq!(error.to_string(), wanted.to_string());
    assert_eq!(discord.shard(0).counts().identifies_refused, 1);
}

#[tokio::test]
async fn compressed_payloads_are_read() {
    let guild = Guild::new(event::GUILD).members(2);
    let discord = FakeDiscord::builder().compress_payloads().guilds([guild]).start().await;
    let (seen, _running) = bot(&discord).await;
    discord.shard(0).send(event::message("packed"));
    seen.line("message packed").await;
}

#[tokio::test]
async fn a_proxy_serves_bots_without_a_rate_limiter() {
    let discord = start().await;
    let http = HttpBuilder::new("a.bot.token")
        .proxy(discord.rest_url())
        .ratelimiter_disabled(true)
        .build();
    let gateway = http.get_bot_gateway().await.unwrap();
    assert_eq!(gateway.url, discord.gateway_url());
    discord.answer("GET /users/@me", [Answer::rate_limited(Duration::from_secs(9))]);
    let error = http.get_current_user().await.unwrap_err();
    let serenity::Error::Http(error) = error else { panic!("{error}") };
    assert_eq!(error.status_code().map(|status| status.as_u16()), Some(429));
}
