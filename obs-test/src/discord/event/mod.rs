//! Events of the gateway, as plain JSON with all fields that libraries ask for.
//!
//! Each function gives a whole event, whose fields can be changed by their path:
//!
//! ```
//! use obs_test::discord::event;
//!
//! let event = event::message("!ping").set("author.username", "ada").remove("member");
//! assert_eq!(event.name(), "MESSAGE_CREATE");
//! assert_eq!(event.data()["author"]["username"], "ada");
//! ```

mod guild;
mod interaction;
pub(super) mod snowflake;

use serde_json::{Value, json};

pub use self::guild::Guild;
pub use self::interaction::{
    autocomplete, button, message_command, modal, select, slash, user_command,
};
pub use self::snowflake::{guild_id, snowflake};

/// The guild that events are of. It belongs to shard 0 of any number of shards up to 16.
pub const GUILD: u64 = (720_720 * 400_000) << 22;
/// The channel that events are of.
pub const CHANNEL: u64 = GUILD + 1;
/// The user that events are by.
pub const USER: u64 = GUILD + 2;
/// The bot itself.
pub const BOT: u64 = GUILD + 3;
/// The bot's application.
pub const APPLICATION: u64 = GUILD + 4;

/// An event: its name, and its data.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    name: String,
    data: Value,
}

impl Event {
    /// Any event, of names that libraries know or do not know.
    #[must_use]
    pub fn new(name: impl Into<String>, data: Value) -> Self {
        Self { name: name.into(), data }
    }

    /// Sets a field by its path, such as `member.nick` or `mentions.0.id`. Objects on the way are made.
    #[must_use]
    pub fn set(mut self, path: &str, value: impl Into<Value>) -> Self {
        let mut at = &mut self.data;
        for key in path.split('.') {
            at = match (key.parse::<usize>(), at.is_array()) {
                (Ok(index), true) => &mut at[index],
                _ => &mut at[key],
            };
        }
        *at = value.into();
        self
    }

    /// Removes a field by its path: a payload that is malformed, if it is a field that must be there.
    #[must_use]
    pub fn remove(mut self, path: &str) -> Self {
        let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
        let pointer = if parent.is_empty() {
            String::new()
        } else {
            format!("/{}", parent.replace('.', "/"))
        };
        if let Some(fields) = self.data.pointer_mut(&pointer).and_then(Value::as_object_mut) {
            fields.remove(key);
        }
        self
    }

    /// Makes it an event of another guild and channel.
    #[must_use]
    pub fn within(self, guild: u64, channel: u64) -> Self {
        self.set("guild_id", guild.to_string()).set("channel_id", channel.to_string())
    }

    /// The name, such as `MESSAGE_CREATE`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The data.
    #[must_use]
    pub fn data(&self) -> &Value {
        &self.data
    }
}

/// MESSAGE_CREATE of a message of [`USER`] in [`CHANNEL`], with the id of a message of now.
#[must_use]
pub fn message(content: &str) -> Event {
    Event::new("MESSAGE_CREATE", message_data(content, &user(USER, false))).set("member", member())
}

/// VOICE_STATE_UPDATE: a user is in a voice channel, or has left the one it was in.
#[must_use]
pub fn voice_state(user_id: u64, channel: Option<u64>) -> Event {
    let data = json!({
        "guild_id": GUILD.to_string(), "channel_id": channel.map(|id| id.to_string()),
        "user_id": user_id.to_string(), "member": member_of(user_id, user_id == BOT),
        "session_id": "fake-voice-session", "deaf": false, "mute": false, "self_deaf": false,
        "self_mute": false, "self_stream": false, "self_video": false, "suppress": false,
        "request_to_speak_timestamp": null,
    });
    Event::new("VOICE_STATE_UPDATE", data)
}

/// READY, as a shard gets it in answer to its identify.
pub(super) fn ready(
    session: &str,
    (shard, total): (u32, u32),
    guilds: &[&Guild],
    gateway_url: &str,
) -> Event {
    let unavailable = |guild: &&Guild| json!({ "id": guild.id().to_string(), "unavailable": true });
    let data = json!({
        "v": 10, "user": user(BOT, true), "session_id": session, "session_type": "normal",
        "guilds": guilds.iter().map(unavailable).collect::<Vec<_>>(), "shard": [shard, total],
        "resume_gateway_url": gateway_url, "private_channels": [], "relationships": [],
        "application": { "id": APPLICATION.to_string(), "flags": 0 }, "_trace": ["fake"],
    });
    Event::new("READY", data)
}

/// A message object.
pub(super) fn message_data(content: &str, author: &Value) -> Value {
    json!({
        "id": snowflake::now().to_string(), "channel_id": CHANNEL.to_string(),
        "guild_id": GUILD.to_string(), "author": author, "content": content,
        "timestamp": "2024-01-01T00:00:00.000000+00:00", "edited_timestamp": null, "tts": false,
        "mention_everyone": false, "mentions": [], "mention_roles": [], "mention_channels": [],
        "attachments": [], "embeds": [], "reactions": [], "pinned": false, "type": 0, "flags": 0,
        "components": [], "nonce": null,
    })
}

/// A user object.
pub(super) fn user(id: u64, bot: bool) -> Value {
    json!({
        "id": id.to_string(), "username": format!("user{}", id - GUILD.min(id)),
        "discriminator": "0", "global_name": null, "avatar": null, "bot": bot, "system": false,
        "mfa_enabled": false, "verified": true, "email": null, "flags": 0, "public_flags": 0,
    })
}

/// A member object without its user, as messages have it.
fn member() -> Value {
    json!({
        "roles": [], "nick": null, "avatar": null, "joined_at": "2020-01-01T00:00:00.000000+00:00",
        "premium_since": null, "deaf": false, "mute": false, "flags": 0, "pending": false,
        "permissions": "2147483647", "communication_disabled_until": null,
    })
}

/// A member object.
fn member_of(id: u64, bot: bool) -> Value {
    let mut member = member();
    member["user"] = user(id, bot);
    member
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_set_and_removed_by_path() {
        let event = Event::new("E", json!({ "a": [{ "b": 1 }], "c": { "d": 2, "e": 3 } }));
        let event = event.set("a.0.b", 5).set("x.y", "new").remove("c.d").remove("no.such");
        assert_eq!(
            event.data(),
            &json!({ "a": [{ "b": 5 }], "c": { "e": 3 }, "x": { "y": "new" } })
        );
        assert_eq!(event.remove("c").data()["c"], Value::Null);
    }

    #[test]
    fn the_usual_guild_is_of_the_first_shard_of_any_number() {
        for total in 1..=16 {
            assert_eq!((GUILD >> 22) % total, 0, "of {total}");
        }
    }
}
