//! The bot's commands, one for each way to end.

use std::fmt;

use serenity::all::{CreateAutocompleteResponse, EmojiId};

use crate::bot::{Context, Error};

#[derive(Debug)]
struct Refused(std::io::Error);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

pub(crate) fn refused() -> Error {
    Refused(std::io::Error::other("no table")).into()
}

/// Answers.
#[poise::command(slash_command, prefix_command)]
pub(crate) async fn ping(ctx: Context<'_>) -> Result<(), Error> {
    tracing::debug!(target: "bot", "asked");
    ctx.say("pong").await?;
    ctx.data().push("ping");
    Ok(())
}

/// Fails.
#[poise::command(slash_command, prefix_command)]
pub(crate) async fn fail(_: Context<'_>) -> Result<(), Error> {
    Err(refused())
}

/// Panics.
#[poise::command(slash_command, prefix_command)]
pub(crate) async fn boom(_: Context<'_>) -> Result<(), Error> {
    panic!("on purpose")
}

/// Takes an emoji.
#[poise::command(slash_command, prefix_command)]
pub(crate) async fn add(
    _: Context<'_>,
    #[description = "an emoji"] _of: EmojiId,
) -> Result<(), Error> {
    Ok(())
}

async fn no(_: Context<'_>) -> Result<bool, Error> {
    Ok(false)
}

async fn broken(_: Context<'_>) -> Result<bool, Error> {
    Err(refused())
}

/// Is refused.
#[poise::command(slash_command, prefix_command, check = "no")]
pub(crate) async fn never(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// Is refused by a check that fails.
#[poise::command(slash_command, prefix_command, check = "broken")]
pub(crate) async fn unchecked(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// Once in an hour.
#[poise::command(slash_command, prefix_command, global_cooldown = 3600)]
pub(crate) async fn rare(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// For those who may do anything.
#[poise::command(slash_command, required_permissions = "ADMINISTRATOR")]
pub(crate) async fn admin(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// For the owner.
#[poise::command(slash_command, prefix_command, owners_only)]
pub(crate) async fn own(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// Has sub-commands.
#[poise::command(slash_command, prefix_command, subcommands("ban"), subcommand_required)]
pub(crate) async fn moderate(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// A sub-command.
#[poise::command(slash_command, prefix_command)]
async fn ban(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// On a user's menu.
#[poise::command(context_menu_command = "Warn user")]
pub(crate) async fn warn(_: Context<'_>, _user: serenity::all::User) -> Result<(), Error> {
    Ok(())
}

/// On a message's menu.
#[poise::command(context_menu_command = "Report message")]
pub(crate) async fn report(_: Context<'_>, _message: serenity::all::Message) -> Result<(), Error> {
    Err(refused())
}

#[expect(clippy::unused_async, reason = "poise wants a future")]
async fn complete(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    assert_ne!(typed, "boom", "on purpose");
    CreateAutocompleteResponse::new().add_string_choice("abc", "abc")
}

/// Completes what is typed.
#[poise::command(slash_command)]
pub(crate) async fn find(
    _: Context<'_>,
    #[description = "a word"]
    #[autocomplete = "complete"]
    _what: String,
) -> Result<(), Error> {
    Ok(())
}
