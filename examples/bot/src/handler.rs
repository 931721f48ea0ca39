//! What the bot does beside its commands: it greets, reacts, and answers buttons and forms.

use anyhow::bail;
use poise::serenity_prelude as serenity;
use serenity::{
    ComponentInteraction, Context, CreateInteractionResponse, CreateInteractionResponseMessage,
    EventHandler, Guild, Interaction, Message, ModalInteraction, Ready,
};

/// The handler beside the framework.
#[derive(Debug)]
pub(crate) struct Handler;

#[serenity::async_trait]
impl EventHandler for Handler {
    async fn ready(&self, ctx: Context, ready: Ready) {
        tracing::info!(shard = ctx.shard_id.0, guilds = ready.guilds.len(), "a shard is ready");
    }

    async fn guild_create(&self, _: Context, guild: Guild, is_new: Option<bool>) {
        if is_new == Some(true) {
            tracing::info!(members = guild.member_count, "the bot has joined a guild");
        }
    }

    async fn message(&self, ctx: Context, message: Message) {
        if message.author.bot || !message.content.contains("tonight") {
            return;
        }
        if let Err(error) = message.react(&ctx.http, '🎲').await {
            tracing::warn!(error = &error as &dyn std::error::Error, "no reaction to a message");
        }
    }

    async fn interaction_create(&self, ctx: Context, interaction: Interaction) {
        let answered = match &interaction {
            Interaction::Component(press) => pressed(&ctx, press).await,
            Interaction::Modal(form) => filled_in(&ctx, form).await,
            // Commands are the framework's.
            _ => Ok(()),
        };
        // A handler returns nothing, so this is how it says that it has failed.
        if let Err(error) = answered {
            obs_serenity::commands::report_error(error.as_ref());
        }
    }
}

async fn pressed(ctx: &Context, press: &ComponentInteraction) -> anyhow::Result<()> {
    if press.data.custom_id != "join" {
        bail!("a button that the bot has no more");
    }
    press.create_response(&ctx.http, saying("You are in.")).await?;
    Ok(())
}

async fn filled_in(ctx: &Context, form: &ModalInteraction) -> anyhow::Result<()> {
    form.create_response(&ctx.http, saying("Thank you.")).await?;
    Ok(())
}

fn saying(text: &str) -> CreateInteractionResponse {
    let message = CreateInteractionResponseMessage::new().content(text).ephemeral(true);
    CreateInteractionResponse::Message(message)
}
