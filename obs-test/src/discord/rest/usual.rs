//! What is answered without a script: enough for a bot to start, reply, edit and register commands.

use serde_json::{Value, json};

use crate::discord::event::Guild;
use crate::discord::event::{self, APPLICATION, BOT, USER, snowflake};
use crate::discord::hub::Hub;
use crate::discord::state::Gateway;

pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) body: &'a Value,
}

/// Status and body of the usual answer.
pub(super) fn answer(hub: &Hub, gateway: &Gateway, asked: &Asked<'_>) -> (u16, Value) {
    let path: Vec<&str> = asked.path.split('/').skip(1).collect();
    match (asked.method, path.as_slice()) {
        ("GET", ["gateway"]) => (200, json!({ "url": hub.gateway_url() })),
        ("GET", ["gateway", "bot"]) => (200, gateway_bot(hub, gateway)),
        ("GET", ["oauth2", "applications", "@me"] | ["applications", "@me"]) => {
            (200, application())
        }
        ("GET" | "PATCH", ["users", "@me"]) => (200, event::user(BOT, true)),
        ("GET", ["users", id]) => (200, event::user(id.parse().unwrap_or(USER), false)),
        ("POST", ["users", "@me", "channels"]) => (200, private_channel(asked.body)),
        ("POST", ["channels", channel, "messages"]) => {
            (200, message(channel, &snowflake::now().to_string(), asked.body))
        }
        ("GET" | "PATCH", ["channels", channel, "messages", id]) => {
            (200, message(channel, id, asked.body))
        }
        ("DELETE", ["channels", _, "messages", _] | ["webhooks", _, _, "messages", _])
        | ("POST", ["channels", _, "typing" | "pins"])
        | ("PUT" | "DELETE", ["channels", _, "messages", _, "reactions", ..]) => (204, Value::Null),
        ("POST", ["interactions", _, _, "callback"]) => callback(asked),
        ("POST", ["webhooks", _, _]) => {
            let channel = event::CHANNEL.to_string();
            (200, message(&channel, &snowflake::now().to_string(), asked.body))
        }
        ("GET" | "PATCH", ["webhooks", _, _, "messages", id]) => {
            let id = id.parse().unwrap_or_else(|_| snowflake::now());
            (200, message(&event::CHANNEL.to_string(), &id.to_string(), asked.body))
        }
        (method, ["applications", _, "commands"]) => commands(method, asked.body, None),
        (method, ["applications", _, "guilds", guild, "commands"]) => {
            commands(method, asked.body, Some(guild))
        }
        ("GET", [kind @ ("guilds" | "channels"), rest @ ..]) => {
            stored(hub, kind, rest).map_or_else(not_found, |found| (200, found))
        }
        _ => not_found(),
    }
}

fn not_found() -> (u16, Value) {
    (404, json!({ "message": "404: Not Found", "code": 0 }))
}

fn gateway_bot(hub: &Hub, gateway: &Gateway) -> Value {
    let config = &hub.config;
    let reset = u64::try_from(config.session_starts_reset.as_millis()).unwrap_or(u64::MAX);
    json!({
        "url": hub.gateway_url(), "shards": config.shards,
        "session_start_limit": {
            "total": config.session_starts, "remaining": gateway.starts_left, "reset_after": reset,
            "max_concurrency": config.max_concurrency,
        },
    })
}

fn application() -> Value {
    json!({
        "id": APPLICATION.to_string(), "name": "application", "icon": null, "description": "",
        "bot_public": true, "bot_require_code_grant": false, "summary": "", "verify_key": "00",
        "team": null, "owner": event::user(USER, false), "flags": 0, "rpc_origins": [],
    })
}

fn private_channel(body: &Value) -> Value {
    let recipient = body["recipient_id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(USER);
    json!({
        "id": snowflake::now().to_string(), "type": 1, "last_message_id": null, "flags": 0,
        "recipients": [event::user(recipient, false)],
    })
}

/// A message of the bot's that says what the body says.
fn message(channel: &str, id: &str, body: &Value) -> Value {
    let content = body["content"].as_str().unwrap_or_default();
    let mut message = event::message_data(content, &event::user(BOT, true));
    message["id"] = json!(id);
    message["channel_id"] = json!(channel);
    for field in ["embeds", "components", "flags", "nonce"] {
        if !body[field].is_null() {
            message[field] = body[field].clone();
        }
    }
    message
}

fn callback(asked: &Asked<'_>) -> (u16, Value) {
    if !asked.query.contains("with_response=true") {
        return (204, Value::Null);
    }
    let id = snowflake::now().to_string();
    let body = json!({
        "interaction": { "id": id, "type": 2 },
        "resource": {
            "type": asked.body["type"],
            "message": message(&event::CHANNEL.to_string(), &id, &asked.body["data"]),
        },
    });
    (200, body)
}

/// Commands are registered by giving them ids; none are kept.
fn commands(method: &str, body: &Value, guild: Option<&str>) -> (u16, Value) {
    let registered = |command: &Value| {
        let mut command = command.clone();
        command["id"] = json!(snowflake::now().to_string());
        command["application_id"] = json!(APPLICATION.to_string());
        command["version"] = json!(snowflake::now().to_string());
        for (field, usual) in [("type", json!(1)), ("description", json!(""))] {
            if command[field].is_null() {
                command[field] = usual;
            }
        }
        if let Some(guild) = guild {
            command["guild_id"] = json!(guild);
        }
        command
    };
    match (method, body) {
        ("GET", _) => (200, json!([])),
        ("PUT", Value::Array(all)) => (200, all.iter().map(registered).collect()),
        ("POST", command) if command.is_object() => (201, registered(command)),
        _ => not_found(),
    }
}

fn stored(hub: &Hub, kind: &str, path: &[&str]) -> Option<Value> {
    let mut guilds = hub.config.guilds.iter();
    let id = path.first()?;
    match (kind, path) {
        ("guilds", [_]) => guilds.find(|guild| guild.id().to_string() == *id).map(Guild::object),
        ("guilds", [_, "channels"]) => guilds
            .find(|guild| guild.id().to_string() == *id)
            .map(|guild| guild.channels().collect()),
        ("channels", [_]) => guilds.flat_map(Guild::channels).find(|channel| channel["id"] == **id),
        _ => None,
    }
}
