//! The bot's commands, which are poise's.

use anyhow::anyhow;
use obs_core::trace;
use poise::serenity_prelude as serenity;
use poise::{CreateReply, FrameworkError, FrameworkOptions};
use serenity::{AutocompleteChoice, CreateAutocompleteResponse};

use crate::club::{self, GAMES, ROLLS};

type Error = Box<dyn std::error::Error + Send + Sync>;
type Context<'a> = poise::Context<'a, (), Error>;

/// The framework, which tells of its commands: that is what `instrument` is for.
pub(crate) fn framework() -> poise::Framework<(), Error> {
    let options = FrameworkOptions {
        commands: vec![roll(), games(), book(), daily(), ranking(), shuffle(), invite()],
        on_error: |error| Box::pin(apologise(error)),
        ..Default::default()
    };
    poise::Framework::builder()
        .options(obs_serenity::poise::instrument(options))
        .setup(|ctx, _, framework| {
            Box::pin(async move {
                poise::builtins::register_globally(ctx, &framework.options().commands).await?;
                Ok(())
            })
        })
        .build()
}

/// Tells the user that it did not work. Why is in the log, under the id that the user is given.
async fn apologise(error: FrameworkError<'_, (), Error>) {
    let told = match error {
        FrameworkError::Command { ctx, .. } | FrameworkError::CommandPanic { ctx, .. } => {
            let id = trace::current().map(|trace| trace.trace_id.to_string()).unwrap_or_default();
            let text = format!("That did not work. If you tell us, mention {id}.");
            ctx.send(CreateReply::default().content(text).ephemeral(true)).await.map(drop)
        }
        // poise's own handler would log what the user wrote.
        FrameworkError::UnknownCommand { .. } => Ok(()),
        error => poise::builtins::on_error(error).await,
    };
    if let Err(error) = told {
        tracing::warn!(error = &error as &dyn std::error::Error, "the user was told nothing");
    }
}

/// Rolls a die
#[poise::command(slash_command, prefix_command)]
async fn roll(
    ctx: Context<'_>,
    #[description = "How many sides it has"]
    #[min = 2]
    #[max = 1000]
    sides: Option<u32>,
) -> Result<(), Error> {
    // A text command knows no limits.
    let sides = sides.unwrap_or(6).clamp(2, 1000);
    let rolled = fastrand::u32(1..=sides);
    ROLLS.with([club::sides_label(sides)]).increment(1);
    tracing::info!(sides, rolled, "dice rolled");
    ctx.say(format!("You rolled {rolled}.")).await?;
    Ok(())
}

/// Tells which games are on the shelf
#[poise::command(slash_command)]
async fn games(ctx: Context<'_>) -> Result<(), Error> {
    // Discord waits three seconds for an answer, and this is one.
    ctx.defer().await?;
    let games = club::shelf().await;
    ctx.say(format!("We have {games}.")).await?;
    Ok(())
}

/// Books a table: it fails now and then
#[poise::command(slash_command)]
async fn book(
    ctx: Context<'_>,
    #[description = "What you want to play"]
    #[autocomplete = "matching"]
    game: String,
) -> Result<(), Error> {
    let game = GAMES.iter().find(|known| **known == game).ok_or_else(|| anyhow!("no such game"))?;
    let table = club::book().await?;
    ctx.say(format!("{game} is at table {table}.")).await?;
    Ok(())
}

async fn matching(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let games = GAMES.into_iter().filter(|game| game.starts_with(typed));
    let choices = games.map(|game| AutocompleteChoice::new(game, game)).collect();
    CreateAutocompleteResponse::new().set_choices(choices)
}

/// Collects the daily coin: not so often
#[poise::command(slash_command, user_cooldown = 10)]
async fn daily(ctx: Context<'_>) -> Result<(), Error> {
    ctx.say("Here is a coin. Come back later.").await?;
    Ok(())
}

/// Tells who won most: slow, and it forgets to say so in time
#[poise::command(slash_command)]
async fn ranking(ctx: Context<'_>) -> Result<(), Error> {
    // `ctx.defer()` is what is missing here.
    let ranking = club::ranking().await;
    ctx.say(ranking).await?;
    Ok(())
}

/// Shuffles the cards: it panics
#[poise::command(slash_command)]
#[expect(clippy::panic, reason = "shows how a panic is counted and logged")]
async fn shuffle(_: Context<'_>) -> Result<(), Error> {
    panic!("the deck has 53 cards")
}

/// Invites a user to the club
#[poise::command(context_menu_command = "Invite")]
async fn invite(ctx: Context<'_>, _user: serenity::User) -> Result<(), Error> {
    ctx.say("The invitation is on its way.").await?;
    Ok(())
}
