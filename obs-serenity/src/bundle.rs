//! What this crate ships beside its code.

use obs_core::{Asset, AssetKind, Bundle};

use crate::metrics::DISCORD;

/// The metrics of a Discord bot, and the dashboard, rules and runbook that read them.
///
/// ```
/// assert_eq!(obs_serenity::BUNDLE.name(), "discord");
/// assert!(obs_serenity::BUNDLE.files().iter().any(|file| file.name == "discord.rules.yml"));
/// ```
pub const BUNDLE: Bundle = Bundle::new("discord", DISCORD).assets(&[
    Asset::new(
        AssetKind::Dashboard,
        "obs-discord-bot.json",
        include_str!("../assets/obs-discord-bot.json"),
    ),
    Asset::new(AssetKind::Rules, "discord.rules.yml", include_str!("../assets/discord.rules.yml")),
    Asset::new(
        AssetKind::RuleTests,
        "discord.rules.test.yml",
        include_str!("../assets/discord.rules.test.yml"),
    ),
    Asset::new(
        AssetKind::Runbook,
        "discord.runbook.md",
        include_str!("../assets/discord.runbook.md"),
    ),
]);
