//! What the tests have in common: events as serenity parses them, and a context to go with them.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
#![expect(clippy::unwrap_used, reason = "a test helper fails its test")]

use serde_json::{Value, json};
use serenity::client::FullEvent;
use serenity::model::application::Interaction;

/// In every interaction, and nowhere else.
pub const TOKEN: &str = "aW50ZXJhY3Rpb246c2VjcmV0";
/// Of every interaction and message, and of nothing else.
pub const ID: &str = "1159482731847061504";

fn user() -> Value {
    json!({"id": "41771983423143937", "username": "u", "discriminator": "0", "avatar": null})
}

/// An interaction of a type, with its `data`.
pub fn interaction(of_type: u8, data: &Value) -> Interaction {
    let json = json!({
        "id": ID, "application_id": "2", "type": of_type, "data": data, "token": TOKEN,
        "version": 1, "channel_id": "620000000000000008", "locale": "en-US", "user": user(),
        "entitlements": [], "attachment_size_limit": 1, "app_permissions": "0",
        "message": message_json(""),
    });
    serde_json::from_value(json).unwrap()
}

/// A slash command without options.
pub fn slash(name: &str) -> Interaction {
    interaction(2, &json!({"id": "5", "name": name, "type": 1, "options": []}))
}

/// A button with this `custom_id`.
pub fn button(custom_id: &str) -> Interaction {
    interaction(3, &json!({"custom_id": custom_id, "component_type": 2}))
}

pub fn event(interaction: Interaction) -> FullEvent {
    FullEvent::InteractionCreate { interaction }
}

fn message_json(content: &str) -> Value {
    json!({
        "id": ID, "channel_id": "620000000000000008", "content": content,
        "timestamp": "2024-01-01T00:00:00Z", "edited_timestamp": null, "tts": false,
        "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [],
        "embeds": [], "pinned": false, "type": 0, "author": user(),
    })
}

pub fn message(content: &str) -> FullEvent {
    FullEvent::Message { new_message: serde_json::from_value(message_json(content)).unwrap() }
}
