//! The kind and the name of an interaction.

use std::borrow::Cow;

use serenity::model::application::{
    CommandData, CommandDataOption, CommandDataOptionValue, Interaction,
};

use super::Kind;

/// The name of every component: `custom_id` is without bound.
pub(crate) const COMPONENT: &str = "component";
/// The name of every modal.
pub(crate) const MODAL: &str = "modal";
/// The name of commands that do not exist.
#[cfg(feature = "poise")]
pub(crate) const UNKNOWN: &str = "unknown";

/// What was invoked. `None` for a ping, which no gateway sends.
///
/// A command's name is what its owner registered, sub-command and group after it: `mod ban add`.
pub(crate) fn of(interaction: &Interaction) -> Option<(Kind, Cow<'_, str>)> {
    let name = match interaction {
        Interaction::Command(command) | Interaction::Autocomplete(command) => {
            qualified(&command.data)
        }
        Interaction::Component(_) => Cow::Borrowed(COMPONENT),
        Interaction::Modal(_) => Cow::Borrowed(MODAL),
        _ => return None,
    };
    Some((Kind::of(interaction)?, name))
}

fn qualified(data: &CommandData) -> Cow<'_, str> {
    let mut name = Cow::Borrowed(data.name.as_str());
    let mut options = &data.options;
    while let Some((sub, inner)) = options.iter().find_map(sub_command) {
        let name = name.to_mut();
        name.push(' ');
        name.push_str(sub);
        options = inner;
    }
    name
}

fn sub_command(option: &CommandDataOption) -> Option<(&str, &Vec<CommandDataOption>)> {
    match &option.value {
        CommandDataOptionValue::SubCommand(options)
        | CommandDataOptionValue::SubCommandGroup(options) => Some((&option.name, options)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn interaction(kind: u8, data: &Value) -> Interaction {
        let message = json!({
            "id": "7", "channel_id": "3", "content": "", "timestamp": "2024-01-01T00:00:00Z",
            "edited_timestamp": null, "tts": false, "mention_everyone": false, "mentions": [],
            "mention_roles": [], "attachments": [], "embeds": [], "pinned": false, "type": 0,
            "author": {"id": "4", "username": "u", "discriminator": "0", "avatar": null},
        });
        let json = json!({
            "id": "1159482731847061504", "application_id": "2", "type": kind, "data": data,
            "token": "secret", "version": 1, "channel_id": "3", "locale": "en-US",
            "user": {"id": "4", "username": "u", "discriminator": "0", "avatar": null},
            "entitlements": [], "attachment_size_limit": 1, "message": message,
            "app_permissions": "0",
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_name_is_what_the_owner_registered_and_never_a_user_s_text() {
        let option = json!({"name": "user", "type": 3, "value": "1159482731847061504"});
        let focused = json!({"name": "user", "type": 3, "value": "ab", "focused": true});
        let sub = json!({"name": "add", "type": 1, "options": [option]});
        let group = json!({"name": "ban", "type": 2, "options": [sub]});
        let typing = json!({"name": "add", "type": 1, "options": [focused]});
        let command = |kind: u8, name: &str, options: Value| json!({"id": "5", "name": name, "type": kind, "options": options, "target_id": "4"});
        let component = json!({"custom_id": "delete-1159482731847061504", "component_type": 2});
        let modal = json!({"custom_id": "form-1159482731847061504", "components": []});
        // (type of interaction, its data, kind, name)
        let table = [
            (2, command(1, "ping", json!([])), Kind::Slash, "ping"),
            (2, command(1, "say", json!([option])), Kind::Slash, "say"),
            (2, command(1, "mod", json!([sub])), Kind::Slash, "mod add"),
            (2, command(1, "mod", json!([group])), Kind::Slash, "mod ban add"),
            (2, command(2, "Warn", json!([])), Kind::User, "Warn"),
            (2, command(3, "Report message", json!([])), Kind::Message, "Report message"),
            (4, command(1, "say", json!([focused])), Kind::Autocomplete, "say"),
            (4, command(1, "mod", json!([typing])), Kind::Autocomplete, "mod add"),
            (3, component, Kind::Component, "component"),
            (5, modal, Kind::Modal, "modal"),
        ];
        for (of_type, data, kind, name) in table {
            let interaction = interaction(of_type, &data);
            assert_eq!(of(&interaction), Some((kind, Cow::Borrowed(name))), "{data}");
        }
    }
}
