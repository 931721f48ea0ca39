//! That no token and no id of anything is in a metric, a log line or a span, whatever a bot does.
#![cfg(feature = "poise")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support_rest;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use obs_core::metrics::Format;
use obs_serenity::commands;
use obs_test::discord::{Answer, Event, event};
use serde_json::json;
use serenity::all::{
    ChannelId, CommandInteraction, Context, CreateAttachment, CreateInteractionResponse,
    CreateInteractionResponseFollowup, CreateInteractionResponseMessage, EditInteractionResponse,
    EventHandler, Http, HttpBuilder, Interaction, Message, MessageId, ReactionType,
};
use serenity::async_trait;
use support_rest::{BOT_TOKEN, Stage, until};

const WEBHOOK: u64 = event::GUILD + 77;
const WEBHOOK_TOKEN: &str = "d2ViaG9vay1zZWNyZXQtd2ViaG9vay1zZWNyZXQ_-xYz";
const INVITE: &str = "sEcReTiNvItE";
const CHANNEL: ChannelId = ChannelId::new(event::CHANNEL);

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Answers, and says what went wrong, in the words of the libraries.
struct Handler {
    /// Its requests find nobody.
    lost: Http,
}

impl Handler {
    async fn answer(&self, ctx: &Context, command: &CommandInteraction) -> serenity::Result<()> {
        let message = CreateInteractionResponseMessage::new().content("done");
        let response = CreateInteractionResponse::Message(message);
        if command.data.name == "lost" {
            return command.create_response(&self.lost, response).await;
        }
        command.create_response(&ctx.http, response).await?;
        let edit = EditInteractionResponse::new().content("edited");
        command.edit_response(&ctx.http, edit).await?;
        let more = CreateInteractionResponseFollowup::new().content("more");
        let more = command.create_followup(&ctx.http, more).await?;
        command.delete_followup(&ctx.http, more.id).await
    }
}

#[async_trait]
impl EventHandler for Handler {
    async fn message(&self, ctx: Context, message: Message) {
        tracing::trace!(target: "bot", "a message");
        let _ = message.react(&ctx.http, ReactionType::Unicode("🦀".to_owned())).await;
        // The text of an error is what the bot logs of it itself.
        if let Err(error) = message.channel_id.say(&ctx.http, &message.content).await {
            let status = matches!(error, serenity::Error::Http(_));
            tracing::warn!(target: "bot", http = status, "no reply");
        }
    }

    async fn interaction_create(&self, ctx: Context, interaction: Interaction) {
        tracing::trace!(target: "bot", "asked");
        if let Interaction::Component(_) = interaction {
            panic!("on purpose");
        }
        if let Interaction::Command(command) = interaction
            && let Err(error) = self.answer(&ctx, &command).await
        {
            commands::report_error(&error);
        }
    }
}

/// Answers, once it is answered.
#[poise::command(slash_command, prefix_command)]
async fn say(ctx: poise::Context<'_, Http, Error>) -> Result<(), Error> {
    tracing::trace!(target: "bot", "asked");
    ctx.say("done").await?;
    Ok(())
}

/// Has nobody to send its answer to.
#[poise::command(slash_command)]
async fn lost(ctx: poise::Context<'_, Http, Error>) -> Result<(), Error> {
    let poise::Context::Application(ctx) = ctx else { return Ok(()) };
    let later = CreateInteractionResponse::Acknowledge;
    Ok(ctx.interaction.create_response(ctx.data(), later).await?)
}

fn framework(lost_http: Http) -> poise::Framework<Http, Error> {
    let options = poise::FrameworkOptions {
        commands: vec![say(), lost()],
        on_error: |_| Box::pin(async {}),
        prefix_options: poise::PrefixFrameworkOptions {
            prefix: Some("!".into()),
            ..Default::default()
        },
        ..Default::default()
    };
    poise::Framework::builder()
        .options(obs_serenity::poise::instrument(options))
        .setup(|_, _, _| Box::pin(async { Ok(lost_http) }))
        .build()
}

/// What must not be found.
struct Secrets(BTreeSet<String>);

impl Secrets {
    fn of(stage: &Stage, sent: &[Event]) -> Self {
        let fixed =
            [BOT_TOKEN, WEBHOOK_TOKEN, INVITE, "fake-interaction-token", "a-word-of-a-user"];
        let ids = [event::GUILD, event::CHANNEL, event::USER, event::BOT, event::APPLICATION];
        let requests = stage.fake.requests();
        let paths = requests.iter().map(|request| format!("{}?{}", request.path, request.query));
        let numbers = paths.chain(sent.iter().map(|event| event.data().to_string()));
        let numbers: Vec<_> = numbers
            .flat_map(|text| {
                let parts = text.split(|c: char| !c.is_ascii_digit()).map(str::to_owned);
                parts.filter(|part| part.len() >= 17).collect::<Vec<_>>()
            })
            .collect();
        // They went over the wire: there was something to find.
        let all = format!("{requests:?}");
        for secret in [WEBHOOK_TOKEN, INVITE, "fake-interaction-token"] {
            assert!(all.contains(secret), "{secret} was never sent");
        }
        assert!(numbers.len() > 100, "{}", numbers.len());
        let fixed = fixed.into_iter().map(str::to_owned);
        Self(fixed.chain(ids.map(|id| id.to_string())).chain(numbers).collect())
    }

    #[track_caller]
    fn assert_not_in(&self, what: &str, text: &str) {
        for line in text.lines() {
            for secret in &self.0 {
                assert!(!line.contains(secret.as_str()), "{secret} is in {what}: {line}");
            }
        }
    }
}

/// Requests of all kinds, and what Discord may say to them.
async fn ask(http: &Http, stage: &Stage) {
    let limited = Answer::rate_limited(Duration::from_millis(5));
    let webhook = "POST /webhooks/{}/{}";
    stage.fake.answer(webhook, [limited.clone(), limited.clone().shared(), Answer::usual()]);
    stage.fake.answer(webhook, [Answer::error(404), Answer::error(500)]);
    stage.fake.answer("POST /channels/{}/messages", [limited.global(), Answer::error(403)]);
    let message = json!({ "content": "hello" });
    for _ in 0..3 {
        let _ =
            http.execute_webhook(WEBHOOK.into(), None, WEBHOOK_TOKEN, true, vec![], &message).await;
    }
    let file = CreateAttachment::bytes(*b"text", "file.txt");
    let _ = http
        .execute_webhook(WEBHOOK.into(), Some(CHANNEL), WEBHOOK_TOKEN, true, vec![file], &message)
        .await;
    let _ = http.get_webhook_with_token(WEBHOOK.into(), WEBHOOK_TOKEN).await;
    let _ = http.get_invite(INVITE, true, true, None).await;
    let _ = CHANNEL.say(http, "hello").await;
    let crab = ReactionType::Unicode("🦀".to_owned());
    let message = MessageId::new(event::GUILD + 99);
    let _ = http.delete_reaction(CHANNEL, message, event::USER.into(), &crab).await;
    let _ = http.get_member(event::GUILD.into(), event::USER.into()).await;
}

fn events() -> Vec<Event> {
    vec![
        event::slash("say"),
        event::slash("answer"),
        event::slash("lost"),
        event::user_command("Warn"),
        event::message_command("Report"),
        event::autocomplete("find", "what", "a-word-of-a-user"),
        event::button("a-word-of-a-user"),
        event::select("a-word-of-a-user", &["a-word-of-a-user"]),
        event::modal("a-word-of-a-user", &[("name", "a-word-of-a-user")]),
        event::message("a-word-of-a-user"),
        event::message("!a-word-of-a-user"),
        event::message("!say a-word-of-a-user"),
        event::voice_state(event::BOT, Some(event::CHANNEL)),
        Event::new("SOMETHING_NEW", json!({ "id": event::GUILD.to_string() })),
    ]
}

/// Runs a bot through everything, and looks for what it must not tell.
async fn run(with_poise: bool) {
    let stage = Stage::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let lost = reqwest::Client::builder().no_proxy().resolve("discord.com", nobody);
    let lost = stage.discord.http_client_with(lost).unwrap();
    let lost = || HttpBuilder::new(BOT_TOKEN).client(lost.clone()).build();
    let handler = Handler { lost: lost() };
    let handler = Arc::new(stage.discord.handler(handler));
    let mut builder = stage.builder().event_handler_arc(handler);
    if with_poise {
        builder = builder.framework(stage.discord.framework(framework(lost())));
    }
    let client = builder.await.unwrap();
    let http = Arc::clone(&client.http);
    let running = stage.run(client).await;

    let sent = events();
    sent.iter().for_each(|event| stage.shard.send(event.clone()));
    let times = if with_poise { 2 } else { 1 };
    stage.handled(12 * times).await;
    ask(&http, &stage).await;
    let callback = "POST /interactions/{}/{}/callback";
    stage.fake.answer(callback, [Answer::error(403), Answer::text(502, "<html>")]);
    let more = [event::slash("say"), event::slash("answer"), event::slash("answer")];
    more.iter().for_each(|event| stage.shard.send(event.clone()));
    stage.handled(15 * times).await;
    // What the shard goes through, and its end.
    stage.shard.caught_up().await;
    stage.shard.reconnect();
    stage.shard.connected().await;
    stage.shard.caught_up().await;
    stage.shard.close(4008);
    stage.shard.connected().await;
    stage.shard.caught_up().await;
    stage.shard.close(4004);
    running.await.unwrap().unwrap_err();
    until(|| stage.value("discord_client_up") == 0.0, || "the client's end".to_owned()).await;

    let sent: Vec<_> = sent.into_iter().chain(more).collect();
    let secrets = Secrets::of(&stage, &sent);
    for format in [Format::Text, Format::OpenMetrics] {
        let text = stage.metrics().render(format);
        assert!(text.contains("discord_rest_requests_total"), "{text}");
        secrets.assert_not_in("the metrics", &text);
    }
    let log = stage.log.text();
    let (ecs, stock) = (stage.log.ecs().len(), stage.log.stock().len());
    assert!(ecs > 25 && ecs == stock, "{ecs} and {stock} lines");
    for said in ["error sending request", "{token}/callback", "the client has ended", "on_purpose"]
    {
        let said = said.replace("on_purpose", "panic");
        assert!(log.contains(&said), "no {said} in {log}");
    }
    secrets.assert_not_in("the log", &log);
    let discord = &stage.discord;
    let debug = format!("{discord:#?} {:#?} {:#?}", discord.rest(), discord.commands());
    secrets.assert_not_in("Debug", &debug);
}

#[tokio::test]
async fn a_handler_s_bot_tells_no_token_and_no_id() {
    run(false).await;
}

#[tokio::test]
async fn a_bot_with_poise_tells_no_token_and_no_id() {
    run(true).await;
}
