//! A bot with poise, whose own hooks note that they were called.

use std::sync::{Arc, Mutex};

use poise::{FrameworkError, FrameworkOptions, PrefixFrameworkOptions};
use serenity::all::{FullEvent, Interaction};

use crate::commands::{
    add, admin, boom, fail, find, moderate, never, own, ping, rare, refused, report, unchecked,
    warn,
};
use crate::support_rest::Stage;

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Context<'a> = poise::Context<'a, Seen, Error>;

/// What the bot's own hooks have seen, in order.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    pub(crate) fn push(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

pub(crate) fn options() -> FrameworkOptions<Seen, Error> {
    FrameworkOptions {
        commands: vec![
            ping(),
            fail(),
            boom(),
            add(),
            never(),
            unchecked(),
            rare(),
            admin(),
            own(),
            moderate(),
            warn(),
            report(),
            find(),
        ],
        prefix_options: PrefixFrameworkOptions { prefix: Some("!".into()), ..Default::default() },
        pre_command: |ctx| {
            Box::pin(
                async move { ctx.data().push(format!("pre {}", ctx.command().qualified_name)) },
            )
        },
        post_command: |ctx| Box::pin(async move { ctx.data().push("post") }),
        command_check: Some(|ctx| {
            Box::pin(async move {
                ctx.data().push("check");
                Ok(true)
            })
        }),
        on_error: |error| {
            Box::pin(async move {
                let name = error.ctx().map(|ctx| ctx.command().qualified_name.clone());
                let data = match &error {
                    FrameworkError::UnknownCommand { framework, .. }
                    | FrameworkError::EventHandler { framework, .. }
                    | FrameworkError::UnknownInteraction { framework, .. } => framework.user_data,
                    error => error.ctx().unwrap().data(),
                };
                data.push(format!("error {}", name.as_deref().unwrap_or("-")));
            })
        },
        event_handler: |framework, event| {
            Box::pin(async move {
                let of_the_bot = matches!(
                    event,
                    FullEvent::Message { .. } | FullEvent::InteractionCreate { .. }
                );
                if of_the_bot {
                    framework.user_data.push("event");
                }
                match event {
                    FullEvent::InteractionCreate {
                        interaction: Interaction::Component(component),
                    } => match component.data.custom_id.as_str() {
                        "bad" => Err(refused()),
                        "boom" => panic!("on purpose"),
                        _ => Ok(()),
                    },
                    _ => Ok(()),
                }
            })
        },
        ..Default::default()
    }
}

pub(crate) fn framework(
    options: FrameworkOptions<Seen, Error>,
    seen: &Seen,
) -> poise::Framework<Seen, Error> {
    let seen = seen.clone();
    poise::Framework::builder()
        .options(options)
        .setup(move |_, _, _| Box::pin(async move { Ok(seen) }))
        .build()
}

pub(crate) async fn bot() -> (Stage, Seen) {
    let (stage, seen) = (Stage::new().await, Seen::default());
    let framework = framework(obs_serenity::poise::instrument(options()), &seen);
    let client = stage.builder().framework(stage.discord.framework(framework)).await.unwrap();
    stage.run(client).await;
    (stage, seen)
}
