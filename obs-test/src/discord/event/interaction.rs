//! INTERACTION_CREATE. Each has an id of now and a token of its own.

use serde_json::{Value, json};

use super::{
    APPLICATION, BOT, CHANNEL, Event, GUILD, USER, member_of, message_data, snowflake, user,
};

fn interaction(kind: u8, data: &Value) -> Event {
    let id = snowflake::now();
    let data = json!({
        "id": id.to_string(), "application_id": APPLICATION.to_string(), "type": kind,
        "token": format!("fake-interaction-token-{id}"), "version": 1,
        "guild_id": GUILD.to_string(), "channel_id": CHANNEL.to_string(),
        "member": member_of(USER, false), "locale": "en-US", "guild_locale": "en-US",
        "app_permissions": "2147483647", "entitlements": [], "authorizing_integration_owners": {},
        "context": 0, "attachment_size_limit": 10_485_760, "data": data,
    });
    Event::new("INTERACTION_CREATE", data)
}

fn command(kind: u8, name: &str) -> Value {
    json!({
        "id": (APPLICATION + 1).to_string(), "name": name, "type": kind, "options": [],
        "resolved": {},
    })
}

/// A slash command. Options and sub-commands are `data.options`, an array of
/// `{"name", "type", "value"}` or `{"name", "type": 1, "options"}`.
#[must_use]
pub fn slash(name: &str) -> Event {
    interaction(2, &command(1, name))
}

/// A command of a user's menu, on [`USER`].
#[must_use]
pub fn user_command(name: &str) -> Event {
    let id = USER.to_string();
    let mut data = command(2, name);
    data["target_id"] = json!(id);
    data["resolved"] = json!({ "users": { id: user(USER, false) } });
    interaction(2, &data)
}

/// A command of a message's menu.
#[must_use]
pub fn message_command(name: &str) -> Event {
    let message = message_data("a message", &user(USER, false));
    let id = message["id"].clone();
    let mut data = command(3, name);
    data["target_id"] = id.clone();
    data["resolved"] = json!({ "messages": { id.as_str().unwrap_or_default(): message } });
    interaction(2, &data)
}

/// A request to complete the string option `option` of a slash command, of which `typed` is there.
#[must_use]
pub fn autocomplete(name: &str, option: &str, typed: &str) -> Event {
    let mut data = command(1, name);
    data["options"] = json!([{ "name": option, "type": 3, "value": typed, "focused": true }]);
    interaction(4, &data)
}

/// A press of a button, on a message of the bot's.
#[must_use]
pub fn button(custom_id: &str) -> Event {
    component(&json!({ "custom_id": custom_id, "component_type": 2 }))
}

/// A choice in a menu of strings, on a message of the bot's.
#[must_use]
pub fn select(custom_id: &str, values: &[&str]) -> Event {
    component(&json!({ "custom_id": custom_id, "component_type": 3, "values": values }))
}

fn component(data: &Value) -> Event {
    interaction(3, data).set("message", message_data("press", &user(BOT, true)))
}

/// A modal that was sent off, with the values of its text fields by `custom_id`.
#[must_use]
pub fn modal(custom_id: &str, fields: &[(&str, &str)]) -> Event {
    let row = |(id, value): &(&str, &str)| {
        let field = json!({ "type": 4, "custom_id": id, "value": value });
        json!({ "type": 1, "components": [field] })
    };
    let rows: Vec<_> = fields.iter().map(row).collect();
    interaction(5, &json!({ "custom_id": custom_id, "components": rows }))
}
