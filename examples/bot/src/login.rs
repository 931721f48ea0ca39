//! Which Discord the bot logs in to: the real one, or one of its own.

use std::env::{self, VarError};
use std::time::Duration;

use anyhow::bail;
use obs_test::discord::FakeDiscord;
use poise::serenity_prelude as serenity;

use crate::args::Refuse;
use crate::crowd;

/// The token of the bot's own Discord.
const TOKEN: &str = "fake-application.fake-time.fake-bot-token";

/// A token, and where it is good.
pub(crate) struct Login {
    pub(crate) token: String,
    /// The bot's own Discord.
    pub(crate) fake: Option<FakeDiscord>,
}

impl Login {
    /// Takes the token of the environment, or starts a Discord that needs none.
    pub(crate) async fn new(refuse: Option<Refuse>) -> anyhow::Result<Self> {
        let token = match env::var("DISCORD_TOKEN") {
            Ok(token) => token.trim().to_owned(),
            Err(VarError::NotPresent) => return Ok(Self::to_its_own(refuse).await),
            Err(VarError::NotUnicode(_)) => bail!("DISCORD_TOKEN is no text"),
        };
        if refuse.is_some() {
            bail!("--refuse is for the bot's own Discord, and DISCORD_TOKEN is set: unset one");
        }
        if serenity::validate_token(&token).is_err() {
            bail!(
                "DISCORD_TOKEN does not look like a token, which has three parts with dots between: \
                 copy it from the page `Bot` of the application in \
                 https://discord.com/developers/applications, or unset DISCORD_TOKEN to run the bot \
                 on a Discord of its own"
            );
        }
        Ok(Self { token, fake: None })
    }

    async fn to_its_own(refuse: Option<Refuse>) -> Self {
        let accepted = if refuse == Some(Refuse::Token) { "another" } else { TOKEN };
        let fake = FakeDiscord::builder()
            .token(accepted)
            .guilds(crowd::guilds())
            .shards(crowd::SHARDS)
            // Often, so that their latency shows soon.
            .heartbeat_interval(Duration::from_secs(5))
            .start()
            .await;
        if refuse == Some(Refuse::Intents) {
            fake.shard(0).refuse_identify(4014);
        }
        Self { token: TOKEN.to_owned(), fake: Some(fake) }
    }

    /// What the client for requests is made of.
    pub(crate) fn reqwest(&self) -> reqwest::Result<reqwest::ClientBuilder> {
        let builder = reqwest::Client::builder();
        let Some(fake) = &self.fake else { return Ok(builder) };
        let certificate = reqwest::Certificate::from_der(fake.certificate())?;
        Ok(builder.resolve("discord.com", fake.https_addr()).add_root_certificate(certificate))
    }
}
