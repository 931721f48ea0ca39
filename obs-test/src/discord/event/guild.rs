use serde_json::{Value, json};

use super::{BOT, CHANNEL, Event, GUILD, USER, member_of};

/// A guild: what its GUILD_CREATE holds, and what REST answers for it.
#[derive(Clone, Debug)]
pub struct Guild {
    id: u64,
    name: String,
    members: u64,
    channels: Vec<(u64, String, u8)>,
}

impl Guild {
    /// A guild with one text channel, the bot and one user.
    ///
    /// The channel of [`GUILD`] is [`CHANNEL`]; that of another guild has its id plus one.
    #[must_use]
    pub fn new(id: u64) -> Self {
        let channel = if id == GUILD { CHANNEL } else { id + 1 };
        let channels = vec![(channel, "general".to_owned(), 0)];
        Self { id, name: "guild".to_owned(), members: 1, channels }
    }

    /// Gives it a name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Gives it this many members beside the bot: [`USER`], and who follows.
    #[must_use]
    pub fn members(mut self, members: u64) -> Self {
        self.members = members;
        self
    }

    /// Adds a text channel.
    #[must_use]
    pub fn text_channel(mut self, id: u64, name: impl Into<String>) -> Self {
        self.channels.push((id, name.into(), 0));
        self
    }

    /// Adds a voice channel.
    #[must_use]
    pub fn voice_channel(mut self, id: u64, name: impl Into<String>) -> Self {
        self.channels.push((id, name.into(), 2));
        self
    }

    /// The guild's id.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// GUILD_CREATE.
    #[must_use]
    pub fn create(&self) -> Event {
        // Users count from USER on; the bot's id follows it, and is taken.
        let users = (0..).map(|n| USER + n).filter(|id| *id != BOT);
        let users = users.take(usize::try_from(self.members).unwrap_or(usize::MAX));
        let mut members = vec![member_of(BOT, true)];
        members.extend(users.map(|id| member_of(id, false)));
        let mut data = self.object();
        let more = json!({
            "joined_at": "2020-01-01T00:00:00.000000+00:00", "large": false, "unavailable": false,
            "member_count": self.members + 1, "voice_states": [], "members": members,
            "channels": self.channels().collect::<Vec<_>>(), "threads": [], "presences": [],
            "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
        });
        if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
            data.extend(more);
        }
        Event::new("GUILD_CREATE", data)
    }

    /// GUILD_DELETE: the bot was removed from the guild.
    #[must_use]
    pub fn delete(&self) -> Event {
        Event::new("GUILD_DELETE", json!({ "id": self.id.to_string() }))
    }

    /// GUILD_DELETE of a guild that is there and cannot be reached: an outage of Discord's.
    #[must_use]
    pub fn outage(&self) -> Event {
        self.delete().set("unavailable", true)
    }

    /// The guild as REST gives it.
    pub(crate) fn object(&self) -> Value {
        let id = self.id.to_string();
        let everyone = json!({
            "id": id, "name": "@everyone", "color": 0, "hoist": false, "icon": null,
            "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
            "unicode_emoji": null, "position": 0, "permissions": "2147483647", "managed": false,
            "mentionable": false, "flags": 0,
        });
        json!({
            "id": id, "name": self.name, "icon": null, "splash": null, "discovery_splash": null,
            "owner_id": USER.to_string(), "afk_channel_id": null, "afk_timeout": 300,
            "verification_level": 0, "default_message_notifications": 0,
            "explicit_content_filter": 0, "roles": [everyone], "emojis": [], "features": [],
            "mfa_level": 0, "application_id": null, "system_channel_id": null,
            "system_channel_flags": 0, "rules_channel_id": null, "max_members": 500_000,
            "vanity_url_code": null, "description": null, "banner": null, "premium_tier": 0,
            "premium_subscription_count": 0, "preferred_locale": "en-US",
            "public_updates_channel_id": null, "safety_alerts_channel_id": null, "nsfw_level": 0,
            "premium_progress_bar_enabled": false, "stickers": [],
        })
    }

    /// The guild's channels as REST gives them.
    pub(crate) fn channels(&self) -> impl Iterator<Item = Value> {
        self.channels.iter().map(|(id, name, kind)| {
            json!({
                "id": id.to_string(), "type": kind, "guild_id": self.id.to_string(), "name": name,
                "position": 0, "permission_overwrites": [], "topic": null, "nsfw": false,
                "last_message_id": null, "rate_limit_per_user": 0, "parent_id": null, "flags": 0,
                "bitrate": 64_000, "user_limit": 0, "rtc_region": null,
            })
        })
    }
}
