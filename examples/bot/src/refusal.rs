//! What to do when Discord refuses the bot.

use anyhow::{Error, anyhow};
use poise::serenity_prelude as serenity;
use serenity::{GatewayError, HttpError};

const PORTAL: &str = "https://discord.com/developers/applications";

/// The error, with what its user can do about it.
pub(crate) fn explained(error: serenity::Error) -> Error {
    let status = match &error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) => Some(answer.status_code),
        _ => None,
    };
    match error {
        _ if status == Some(serenity::StatusCode::UNAUTHORIZED) => refused_token(),
        serenity::Error::Gateway(GatewayError::InvalidAuthentication) => refused_token(),
        serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents) => anyhow!(
            "Discord refuses the intents (close code 4014): switch them on under `Bot`, `Privileged \
             Gateway Intents` of the application in {PORTAL}, or take them out of INTENTS in main.rs"
        ),
        serenity::Error::Gateway(GatewayError::InvalidGatewayIntents) => anyhow!(
            "Discord does not know the intents (close code 4013): correct INTENTS in main.rs"
        ),
        error => Error::new(error).context("the Discord client has ended"),
    }
}

fn refused_token() -> Error {
    anyhow!(
        "Discord refuses the token: copy it anew from the page `Bot` of the application in {PORTAL} \
         (`Reset Token`), and start the bot with DISCORD_TOKEN set to it"
    )
}
