//! One payload for each type of event that serenity reads, and the method it is for.

use obs_test::discord::event::{self, BOT};
use serde_json::{Value, json};

const TIME: &str = "2024-01-01T00:00:00.000000+00:00";
const GUILD: &str = "2000";
const CHANNEL: &str = "3000";
const USER: &str = "4000";

fn with(mut object: Value, more: Value) -> Value {
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    object
}

fn in_guild(more: Value) -> Value {
    with(json!({ "guild_id": GUILD }), more)
}

fn user(id: &str) -> Value {
    json!({
        "id": id, "username": "somebody", "discriminator": "0", "global_name": null,
        "avatar": null, "bot": id != USER, "verified": true, "mfa_enabled": false, "email": null,
        "flags": 0, "public_flags": 0,
    })
}

fn member() -> Value {
    json!({
        "user": user(USER), "roles": [], "nick": null, "joined_at": TIME, "deaf": false,
        "mute": false, "flags": 0, "pending": false, "guild_id": GUILD,
    })
}

fn channel(kind: u8) -> Value {
    in_guild(json!({
        "id": CHANNEL, "type": kind, "name": "general", "position": 0, "topic": null,
        "permission_overwrites": [], "nsfw": false, "last_message_id": null,
        "rate_limit_per_user": 0, "parent_id": null, "flags": 0,
    }))
}

fn role() -> Value {
    json!({
        "id": GUILD, "name": "@everyone", "color": 0, "hoist": false, "position": 0,
        "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
        "permissions": "0", "managed": false, "mentionable": false, "flags": 0,
    })
}

fn partial_guild() -> Value {
    json!({
        "id": GUILD, "name": "guild", "icon": null, "splash": null, "discovery_splash": null,
        "owner_id": USER, "afk_channel_id": null, "afk_timeout": 300, "verification_level": 0,
        "default_message_notifications": 0, "explicit_content_filter": 0, "roles": [role()],
        "emojis": [], "features": [], "mfa_level": 0, "application_id": null,
        "system_channel_id": null, "system_channel_flags": 0, "rules_channel_id": null,
        "vanity_url_code": null, "description": null, "banner": null, "premium_tier": 0,
        "premium_subscription_count": 0, "preferred_locale": "en-US",
        "public_updates_channel_id": null, "nsfw_level": 0, "stickers": [],
        "premium_progress_bar_enabled": false,
    })
}

fn guild() -> Value {
    with(
        partial_guild(),
        json!({
            "joined_at": TIME, "large": false, "unavailable": false,
            "member_count": 1, "voice_states": [], "members": [], "channels": [],
            "threads": [], "presences": [], "stage_instances": [], "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }),
    )
}

fn voice_state() -> Value {
    in_guild(json!({
        "channel_id": CHANNEL, "user_id": USER, "session_id": "voice", "deaf": false,
        "mute": false, "self_deaf": false, "self_mute": false, "self_video": false,
        "suppress": false, "request_to_speak_timestamp": null,
    }))
}

fn rule() -> Value {
    in_guild(json!({
        "id": "1", "name": "rule", "creator_id": USER, "event_type": 1, "trigger_type": 3,
        "trigger_metadata": {},
        "actions": [{ "type": 1, "metadata": {} }], "enabled": true, "exempt_roles": [],
        "exempt_channels": [],
    }))
}

fn sound() -> Value {
    in_guild(json!({
        "name": "sound", "sound_id": "1", "volume": 1.0, "emoji_id": null, "emoji_name": null,
        "available": true,
    }))
}

fn scheduled() -> Value {
    in_guild(json!({
        "id": "1", "channel_id": null, "creator_id": USER, "name": "event", "description": null,
        "scheduled_start_time": TIME, "scheduled_end_time": TIME, "privacy_level": 2, "status": 1,
        "entity_type": 3, "entity_id": null, "entity_metadata": { "location": "here" },
        "user_count": 0, "image": null,
    }))
}

fn reaction() -> Value {
    in_guild(json!({
        "user_id": USER, "channel_id": CHANNEL, "message_id": "1", "burst": false, "type": 0,
        "emoji": { "id": null, "name": "x" },
    }))
}

fn integration() -> Value {
    in_guild(json!({
        "id": "1", "name": "integration", "type": "twitch", "enabled": true,
        "account": { "id": "1", "name": "account" },
    }))
}

fn stage() -> Value {
    in_guild(json!({
        "id": "1", "channel_id": CHANNEL, "topic": "topic", "privacy_level": 2,
        "discoverable_disabled": false, "guild_scheduled_event_id": null,
    }))
}

fn entitlement() -> Value {
    json!({
        "id": "1", "sku_id": "2", "application_id": "1001", "user_id": USER, "type": 8,
        "deleted": false, "starts_at": null, "ends_at": null, "consumed": false,
    })
}

fn thread_member() -> Value {
    in_guild(json!({ "id": CHANNEL, "user_id": USER, "join_timestamp": TIME, "flags": 0 }))
}

fn vote() -> Value {
    in_guild(json!({ "user_id": USER, "channel_id": CHANNEL, "message_id": "1", "answer_id": 1 }))
}

fn thread() -> Value {
    with(
        channel(11),
        json!({
            "thread_metadata": {
                "archived": false, "auto_archive_duration": 60, "archive_timestamp": TIME,
                "locked": false,
            },
            "message_count": 0, "member_count": 1, "owner_id": USER, "parent_id": CHANNEL,
        }),
    )
}

/// Type, method, payload: all types but READY and RESUMED, which the gateway sends by itself.
#[expect(clippy::too_many_lines, reason = "a line for each type")]
pub(super) fn all() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "APPLICATION_COMMAND_PERMISSIONS_UPDATE",
            "command_permissions_update",
            in_guild(json!({ "id": "1", "application_id": "1001", "permissions": [] })),
        ),
        ("AUTO_MODERATION_RULE_CREATE", "auto_moderation_rule_create", rule()),
        ("AUTO_MODERATION_RULE_UPDATE", "auto_moderation_rule_update", rule()),
        ("AUTO_MODERATION_RULE_DELETE", "auto_moderation_rule_delete", rule()),
        (
            "AUTO_MODERATION_ACTION_EXECUTION",
            "auto_moderation_action_execution",
            in_guild(json!({
                "action": { "type": 1, "metadata": {} }, "rule_id": "1", "rule_trigger_type": 1,
                "user_id": USER, "content": "", "matched_keyword": null, "matched_content": null,
            })),
        ),
        ("CHANNEL_CREATE", "channel_create", channel(0)),
        ("CHANNEL_CREATE", "category_create", channel(4)),
        ("CHANNEL_UPDATE", "channel_update", channel(0)),
        (
            "CHANNEL_PINS_UPDATE",
            "channel_pins_update",
            in_guild(json!({ "channel_id": CHANNEL, "last_pin_timestamp": null })),
        ),
        ("CHANNEL_DELETE", "category_delete", channel(4)),
        ("CHANNEL_DELETE", "channel_delete", channel(0)),
        (
            "GUILD_AUDIT_LOG_ENTRY_CREATE",
            "guild_audit_log_entry_create",
            in_guild(json!({ "id": "1", "target_id": null, "user_id": USER, "action_type": 1 })),
        ),
        ("GUILD_BAN_ADD", "guild_ban_addition", in_guild(json!({ "user": user(USER) }))),
        ("GUILD_BAN_REMOVE", "guild_ban_removal", in_guild(json!({ "user": user(USER) }))),
        ("GUILD_CREATE", "guild_create", guild()),
        ("GUILD_UPDATE", "guild_update", partial_guild()),
        ("GUILD_EMOJIS_UPDATE", "guild_emojis_update", in_guild(json!({ "emojis": [] }))),
        ("GUILD_STICKERS_UPDATE", "guild_stickers_update", in_guild(json!({ "stickers": [] }))),
        ("GUILD_INTEGRATIONS_UPDATE", "guild_integrations_update", in_guild(json!({}))),
        ("GUILD_MEMBER_ADD", "guild_member_addition", member()),
        ("GUILD_MEMBER_UPDATE", "guild_member_update", member()),
        ("GUILD_MEMBER_REMOVE", "guild_member_removal", in_guild(json!({ "user": user(USER) }))),
        (
            "GUILD_MEMBERS_CHUNK",
            "guild_members_chunk",
            in_guild(json!({ "members": [member()], "chunk_index": 0, "chunk_count": 1 })),
        ),
        ("GUILD_ROLE_CREATE", "guild_role_create", in_guild(json!({ "role": role() }))),
        ("GUILD_ROLE_UPDATE", "guild_role_update", in_guild(json!({ "role": role() }))),
        ("GUILD_ROLE_DELETE", "guild_role_delete", in_guild(json!({ "role_id": GUILD }))),
        ("GUILD_SCHEDULED_EVENT_CREATE", "guild_scheduled_event_create", scheduled()),
        ("GUILD_SCHEDULED_EVENT_UPDATE", "guild_scheduled_event_update", scheduled()),
        ("GUILD_SCHEDULED_EVENT_DELETE", "guild_scheduled_event_delete", scheduled()),
        (
            "GUILD_SCHEDULED_EVENT_USER_ADD",
            "guild_scheduled_event_user_add",
            in_guild(json!({ "guild_scheduled_event_id": "1", "user_id": USER })),
        ),
        (
            "GUILD_SCHEDULED_EVENT_USER_REMOVE",
            "guild_scheduled_event_user_remove",
            in_guild(json!({ "guild_scheduled_event_id": "1", "user_id": USER })),
        ),
        ("GUILD_SOUNDBOARD_SOUND_CREATE", "soundboard_sound_create", sound()),
        ("GUILD_SOUNDBOARD_SOUND_UPDATE", "soundboard_sound_update", sound()),
        (
            "GUILD_SOUNDBOARD_SOUNDS_UPDATE",
            "soundboard_sounds_update",
            in_guild(json!({ "soundboard_sounds": [sound()] })),
        ),
        (
            "GUILD_SOUNDBOARD_SOUND_DELETE",
            "soundboard_sound_delete",
            in_guild(json!({ "sound_id": "1" })),
        ),
        (
            "SOUNDBOARD_SOUNDS",
            "soundboard_sounds",
            in_guild(json!({ "soundboard_sounds": [sound()] })),
        ),
        (
            "INVITE_CREATE",
            "invite_create",
            in_guild(json!({
                "channel_id": CHANNEL, "code": "code", "created_at": TIME, "max_age": 0,
                "max_uses": 0, "temporary": false, "uses": 0,
            })),
        ),
        (
            "INVITE_DELETE",
            "invite_delete",
            in_guild(json!({ "channel_id": CHANNEL, "code": "code" })),
        ),
        ("MESSAGE_CREATE", "message", event::message("hello").data().clone()),
        (
            "MESSAGE_UPDATE",
            "message_update",
            in_guild(json!({ "id": "1", "channel_id": CHANNEL, "content": "edited" })),
        ),
        ("MESSAGE_DELETE", "message_delete", in_guild(json!({ "id": "1", "channel_id": CHANNEL }))),
        (
            "MESSAGE_DELETE_BULK",
            "message_delete_bulk",
            in_guild(json!({ "ids": ["1"], "channel_id": CHANNEL })),
        ),
        ("MESSAGE_REACTION_ADD", "reaction_add", reaction()),
        ("MESSAGE_REACTION_REMOVE", "reaction_remove", reaction()),
        ("MESSAGE_REACTION_REMOVE_ALL", "reaction_remove_all", reaction()),
        ("MESSAGE_REACTION_REMOVE_EMOJI", "reaction_remove_emoji", reaction()),
        ("MESSAGE_POLL_VOTE_ADD", "poll_vote_add", vote()),
        ("MESSAGE_POLL_VOTE_REMOVE", "poll_vote_remove", vote()),
        ("PRESENCES_REPLACE", "presence_replace", json!([])),
        (
            "PRESENCE_UPDATE",
            "presence_update",
            in_guild(json!({ "user": { "id": USER }, "status": "online", "activities": [] })),
        ),
        (
            "TYPING_START",
            "typing_start",
            in_guild(json!({ "channel_id": CHANNEL, "user_id": USER, "timestamp": 1_704_067_200 })),
        ),
        ("USER_UPDATE", "user_update", user(&BOT.to_string())),
        (
            "VOICE_SERVER_UPDATE",
            "voice_server_update",
            in_guild(json!({ "token": "token", "endpoint": null })),
        ),
        ("VOICE_STATE_UPDATE", "voice_state_update", voice_state()),
        (
            "VOICE_CHANNEL_STATUS_UPDATE",
            "voice_channel_status_update",
            in_guild(json!({ "id": CHANNEL, "status": null })),
        ),
        ("WEBHOOKS_UPDATE", "webhook_update", in_guild(json!({ "channel_id": CHANNEL }))),
        (
            "INTERACTION_CREATE",
            "interaction_create",
            json!({
                "id": "300000000000000000", "application_id": "1001", "type": 1, "token": "token",
                "version": 1, "entitlements": [], "authorizing_integration_owners": {},
                "attachment_size_limit": 1,
            }),
        ),
        ("INTEGRATION_CREATE", "integration_create", integration()),
        ("INTEGRATION_UPDATE", "integration_update", integration()),
        ("INTEGRATION_DELETE", "integration_delete", in_guild(json!({ "id": "1" }))),
        ("STAGE_INSTANCE_CREATE", "stage_instance_create", stage()),
        ("STAGE_INSTANCE_UPDATE", "stage_instance_update", stage()),
        ("STAGE_INSTANCE_DELETE", "stage_instance_delete", stage()),
        ("THREAD_CREATE", "thread_create", thread()),
        ("THREAD_UPDATE", "thread_update", thread()),
        ("THREAD_LIST_SYNC", "thread_list_sync", in_guild(json!({ "threads": [], "members": [] }))),
        ("THREAD_MEMBER_UPDATE", "thread_member_update", thread_member()),
        (
            "THREAD_MEMBERS_UPDATE",
            "thread_members_update",
            in_guild(json!({ "id": CHANNEL, "member_count": 1 })),
        ),
        (
            "THREAD_DELETE",
            "thread_delete",
            in_guild(json!({ "id": CHANNEL, "parent_id": CHANNEL, "type": 11 })),
        ),
        ("ENTITLEMENT_CREATE", "entitlement_create", entitlement()),
        ("ENTITLEMENT_UPDATE", "entitlement_update", entitlement()),
        ("ENTITLEMENT_DELETE", "entitlement_delete", entitlement()),
        ("GUILD_DELETE", "guild_delete", json!({ "id": GUILD, "unavailable": true })),
    ]
}
