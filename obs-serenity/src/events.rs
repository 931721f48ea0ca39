//! Every event of serenity 0.12.5 that a handler sees, in one list: what the wrapper delegates, what
//! the framework's wrapper tells apart, and which of Discord's types it counts as.

/// Calls `$callback` with the list: method of `EventHandler`, variant of `FullEvent`, type of the
/// gateway event (empty for what serenity makes up), arguments after the context.
///
/// `ratelimit`, which has no context, is not in it.
macro_rules! for_each_event {
    ($callback:ident) => {
        $callback! {
            command_permissions_update CommandPermissionsUpdate "APPLICATION_COMMAND_PERMISSIONS_UPDATE" (permission: CommandPermissions);
            auto_moderation_rule_create AutoModRuleCreate "AUTO_MODERATION_RULE_CREATE" (rule: Rule);
            auto_moderation_rule_update AutoModRuleUpdate "AUTO_MODERATION_RULE_UPDATE" (rule: Rule);
            auto_moderation_rule_delete AutoModRuleDelete "AUTO_MODERATION_RULE_DELETE" (rule: Rule);
            auto_moderation_action_execution AutoModActionExecution "AUTO_MODERATION_ACTION_EXECUTION" (execution: ActionExecution);
            #[cfg(feature = "cache")]
            cache_ready CacheReady "" (guilds: Vec<GuildId>);
            #[cfg(feature = "cache")]
            shards_ready ShardsReady "" (total_shards: u32);
            channel_create ChannelCreate "CHANNEL_CREATE" (channel: GuildChannel);
            category_create CategoryCreate "CHANNEL_CREATE" (category: GuildChannel);
            category_delete CategoryDelete "CHANNEL_DELETE" (category: GuildChannel);
            channel_delete ChannelDelete "CHANNEL_DELETE" (channel: GuildChannel, messages: Option<Vec<Message>>);
            channel_pins_update ChannelPinsUpdate "CHANNEL_PINS_UPDATE" (pin: ChannelPinsUpdateEvent);
            channel_update ChannelUpdate "CHANNEL_UPDATE" (old: Option<GuildChannel>, new: GuildChannel);
            guild_audit_log_entry_create GuildAuditLogEntryCreate "GUILD_AUDIT_LOG_ENTRY_CREATE" (entry: AuditLogEntry, guild_id: GuildId);
            guild_ban_addition GuildBanAddition "GUILD_BAN_ADD" (guild_id: GuildId, banned_user: User);
            guild_ban_removal GuildBanRemoval "GUILD_BAN_REMOVE" (guild_id: GuildId, unbanned_user: User);
            guild_create GuildCreate "GUILD_CREATE" (guild: Guild, is_new: Option<bool>);
            guild_delete GuildDelete "GUILD_DELETE" (incomplete: UnavailableGuild, full: Option<Guild>);
            guild_emojis_update GuildEmojisUpdate "GUILD_EMOJIS_UPDATE" (guild_id: GuildId, current_state: HashMap<EmojiId, Emoji>);
            guild_integrations_update GuildIntegrationsUpdate "GUILD_INTEGRATIONS_UPDATE" (guild_id: GuildId);
            guild_member_addition GuildMemberAddition "GUILD_MEMBER_ADD" (new_member: Member);
            guild_member_removal GuildMemberRemoval "GUILD_MEMBER_REMOVE" (guild_id: GuildId, user: User, member_data_if_available: Option<Member>);
            guild_member_update GuildMemberUpdate "GUILD_MEMBER_UPDATE" (old_if_available: Option<Member>, new: Option<Member>, event: GuildMemberUpdateEvent);
            guild_members_chunk GuildMembersChunk "GUILD_MEMBERS_CHUNK" (chunk: GuildMembersChunkEvent);
            guild_role_create GuildRoleCreate "GUILD_ROLE_CREATE" (new: Role);
            guild_role_delete GuildRoleDelete "GUILD_ROLE_DELETE" (guild_id: GuildId, removed_role_id: RoleId, removed_role_data_if_available: Option<Role>);
            guild_role_update GuildRoleUpdate "GUILD_ROLE_UPDATE" (old_data_if_available: Option<Role>, new: Role);
            guild_stickers_update GuildStickersUpdate "GUILD_STICKERS_UPDATE" (guild_id: GuildId, current_state: HashMap<StickerId, Sticker>);
            guild_update GuildUpdate "GUILD_UPDATE" (old_data_if_available: Option<Guild>, new_data: PartialGuild);
            invite_create InviteCreate "INVITE_CREATE" (data: InviteCreateEvent);
            invite_delete InviteDelete "INVITE_DELETE" (data: InviteDeleteEvent);
            message Message "MESSAGE_CREATE" (new_message: Message);
            message_delete MessageDelete "MESSAGE_DELETE" (channel_id: ChannelId, deleted_message_id: MessageId, guild_id: Option<GuildId>);
            message_delete_bulk MessageDeleteBulk "MESSAGE_DELETE_BULK" (channel_id: ChannelId, multiple_deleted_messages_ids: Vec<MessageId>, guild_id: Option<GuildId>);
            message_update MessageUpdate "MESSAGE_UPDATE" (old_if_available: Option<Message>, new: Option<Message>, event: MessageUpdateEvent);
            reaction_add ReactionAdd "MESSAGE_REACTION_ADD" (add_reaction: Reaction);
            reaction_remove ReactionRemove "MESSAGE_REACTION_REMOVE" (removed_reaction: Reaction);
            reaction_remove_all ReactionRemoveAll "MESSAGE_REACTION_REMOVE_ALL" (channel_id: ChannelId, removed_from_message_id: MessageId);
            reaction_remove_emoji ReactionRemoveEmoji "MESSAGE_REACTION_REMOVE_EMOJI" (removed_reactions: Reaction);
            presence_replace PresenceReplace "PRESENCES_REPLACE" (presences: Vec<Presence>);
            presence_update PresenceUpdate "PRESENCE_UPDATE" (new_data: Presence);
            ready Ready "READY" (data_about_bot: Ready);
            resume Resume "RESUMED" (event: ResumedEvent);
            shard_stage_update ShardStageUpdate "" (event: ShardStageUpdateEvent);
            soundboard_sounds SoundboardSounds "SOUNDBOARD_SOUNDS" (event: SoundboardSoundsEvent);
            soundboard_sound_create SoundboardSoundCreate "GUILD_SOUNDBOARD_SOUND_CREATE" (event: SoundboardSoundCreateEvent);
            soundboard_sound_update SoundboardSoundUpdate "GUILD_SOUNDBOARD_SOUND_UPDATE" (event: SoundboardSoundUpdateEvent);
            soundboard_sounds_update SoundboardSoundsUpdate "GUILD_SOUNDBOARD_SOUNDS_UPDATE" (event: SoundboardSoundsUpdateEvent);
            soundboard_sound_delete SoundboardSoundDelete "GUILD_SOUNDBOARD_SOUND_DELETE" (event: SoundboardSoundDeleteEvent);
            typing_start TypingStart "TYPING_START" (event: TypingStartEvent);
            user_update UserUpdate "USER_UPDATE" (old_data: Option<CurrentUser>, new: CurrentUser);
            voice_server_update VoiceServerUpdate "VOICE_SERVER_UPDATE" (event: VoiceServerUpdateEvent);
            voice_state_update VoiceStateUpdate "VOICE_STATE_UPDATE" (old: Option<VoiceState>, new: VoiceState);
            voice_channel_status_update VoiceChannelStatusUpdate "VOICE_CHANNEL_STATUS_UPDATE" (old: Option<String>, status: Option<String>, id: ChannelId, guild_id: GuildId);
            webhook_update WebhookUpdate "WEBHOOKS_UPDATE" (guild_id: GuildId, belongs_to_channel_id: ChannelId);
            interaction_create InteractionCreate "INTERACTION_CREATE" (interaction: Interaction);
            integration_create IntegrationCreate "INTEGRATION_CREATE" (integration: Integration);
            integration_update IntegrationUpdate "INTEGRATION_UPDATE" (integration: Integration);
            integration_delete IntegrationDelete "INTEGRATION_DELETE" (integration_id: IntegrationId, guild_id: GuildId, application_id: Option<ApplicationId>);
            stage_instance_create StageInstanceCreate "STAGE_INSTANCE_CREATE" (stage_instance: StageInstance);
            stage_instance_update StageInstanceUpdate "STAGE_INSTANCE_UPDATE" (stage_instance: StageInstance);
            stage_instance_delete StageInstanceDelete "STAGE_INSTANCE_DELETE" (stage_instance: StageInstance);
            thread_create ThreadCreate "THREAD_CREATE" (thread: GuildChannel);
            thread_update ThreadUpdate "THREAD_UPDATE" (old: Option<GuildChannel>, new: GuildChannel);
            thread_delete ThreadDelete "THREAD_DELETE" (thread: PartialGuildChannel, full_thread_data: Option<GuildChannel>);
            thread_list_sync ThreadListSync "THREAD_LIST_SYNC" (thread_list_sync: ThreadListSyncEvent);
            thread_member_update ThreadMemberUpdate "THREAD_MEMBER_UPDATE" (thread_member: ThreadMember);
            thread_members_update ThreadMembersUpdate "THREAD_MEMBERS_UPDATE" (thread_members_update: ThreadMembersUpdateEvent);
            guild_scheduled_event_create GuildScheduledEventCreate "GUILD_SCHEDULED_EVENT_CREATE" (event: ScheduledEvent);
            guild_scheduled_event_update GuildScheduledEventUpdate "GUILD_SCHEDULED_EVENT_UPDATE" (event: ScheduledEvent);
            guild_scheduled_event_delete GuildScheduledEventDelete "GUILD_SCHEDULED_EVENT_DELETE" (event: ScheduledEvent);
            guild_scheduled_event_user_add GuildScheduledEventUserAdd "GUILD_SCHEDULED_EVENT_USER_ADD" (subscribed: GuildScheduledEventUserAddEvent);
            guild_scheduled_event_user_remove GuildScheduledEventUserRemove "GUILD_SCHEDULED_EVENT_USER_REMOVE" (unsubscribed: GuildScheduledEventUserRemoveEvent);
            entitlement_create EntitlementCreate "ENTITLEMENT_CREATE" (entitlement: Entitlement);
            entitlement_update EntitlementUpdate "ENTITLEMENT_UPDATE" (entitlement: Entitlement);
            entitlement_delete EntitlementDelete "ENTITLEMENT_DELETE" (entitlement: Entitlement);
            poll_vote_add MessagePollVoteAdd "MESSAGE_POLL_VOTE_ADD" (event: MessagePollVoteAddEvent);
            poll_vote_remove MessagePollVoteRemove "MESSAGE_POLL_VOTE_REMOVE" (event: MessagePollVoteRemoveEvent);
        }
    };
}
pub(crate) use for_each_event;

macro_rules! handled {
    ($(
        $(#[$meta:meta])* $method:ident $Variant:ident $type:literal ($($arg:ident: $ty:ty),*);
    )*) => {
        /// A method of `EventHandler`: the closed set behind the label `event`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(
            all(not(feature = "cache"), not(test)),
            expect(dead_code, reason = "two methods are there with a cache only")
        )]
        pub(crate) enum Handled {
            $($Variant,)*
            Ratelimit,
            /// What a later serenity may add.
            Other,
        }

        impl Handled {
            #[cfg(test)]
            pub(crate) const ALL: [Self; Self::COUNT] =
                [$(Self::$Variant,)* Self::Ratelimit, Self::Other];

            pub(crate) const COUNT: usize = Self::Other as usize + 1;

            /// The name of the method.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$Variant => stringify!($method),)*
                    Self::Ratelimit => "ratelimit",
                    Self::Other => "other",
                }
            }

            /// The gateway event that the call is for; `None` where serenity makes it up.
            pub(crate) const fn event_type(self) -> Option<EventType> {
                const TYPES: [Option<EventType>; Handled::COUNT] =
                    [$(EventType::named($type),)* None, Some(EventType::OTHER)];
                TYPES[self as usize]
            }
        }
    };
}
for_each_event!(handled);

/// A type of the gateway's events: the closed set behind the label `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventType(u8);

impl EventType {
    pub(crate) const COUNT: usize = TYPES.len() + 1;
    pub(crate) const OTHER: Self = Self(TYPES.len() as u8);

    /// The type that Discord calls `name`, or `OTHER`.
    #[cfg(any(feature = "collector", test))]
    pub(crate) fn of(name: &str) -> Self {
        TYPES.binary_search(&name).map_or(Self::OTHER, |at| Self(at as u8))
    }

    /// `None` for the empty name. Fails to compile for a name that is not in the list.
    const fn named(name: &str) -> Option<Self> {
        if name.is_empty() {
            return None;
        }
        let mut at = 0;
        while !same(TYPES[at], name) {
            at += 1;
        }
        Some(Self(at as u8))
    }

    pub(crate) fn name(self) -> &'static str {
        TYPES.get(self.index()).copied().unwrap_or("other")
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The types that serenity reads, in order.
const TYPES: &[&str] = &[
    "APPLICATION_COMMAND_PERMISSIONS_UPDATE",
    "AUTO_MODERATION_ACTION_EXECUTION",
    "AUTO_MODERATION_RULE_CREATE",
    "AUTO_MODERATION_RULE_DELETE",
    "AUTO_MODERATION_RULE_UPDATE",
    "CHANNEL_CREATE",
    "CHANNEL_DELETE",
    "CHANNEL_PINS_UPDATE",
    "CHANNEL_UPDATE",
    "ENTITLEMENT_CREATE",
    "ENTITLEMENT_DELETE",
    "ENTITLEMENT_UPDATE",
    "GUILD_AUDIT_LOG_ENTRY_CREATE",
    "GUILD_BAN_ADD",
    "GUILD_BAN_REMOVE",
    "GUILD_CREATE",
    "GUILD_DELETE",
    "GUILD_EMOJIS_UPDATE",
    "GUILD_INTEGRATIONS_UPDATE",
    "GUILD_MEMBERS_CHUNK",
    "GUILD_MEMBER_ADD",
    "GUILD_MEMBER_REMOVE",
    "GUILD_MEMBER_UPDATE",
    "GUILD_ROLE_CREATE",
    "GUILD_ROLE_DELETE",
    "GUILD_ROLE_UPDATE",
    "GUILD_SCHEDULED_EVENT_CREATE",
    "GUILD_SCHEDULED_EVENT_DELETE",
    "GUILD_SCHEDULED_EVENT_UPDATE",
    "GUILD_SCHEDULED_EVENT_USER_ADD",
    "GUILD_SCHEDULED_EVENT_USER_REMOVE",
    "GUILD_SOUNDBOARD_SOUNDS_UPDATE",
    "GUILD_SOUNDBOARD_SOUND_CREATE",
    "GUILD_SOUNDBOARD_SOUND_DELETE",
    "GUILD_SOUNDBOARD_SOUND_UPDATE",
    "GUILD_STICKERS_UPDATE",
    "GUILD_UPDATE",
    "INTEGRATION_CREATE",
    "INTEGRATION_DELETE",
    "INTEGRATION_UPDATE",
    "INTERACTION_CREATE",
    "INVITE_CREATE",
    "INVITE_DELETE",
    "MESSAGE_CREATE",
    "MESSAGE_DELETE",
    "MESSAGE_DELETE_BULK",
    "MESSAGE_POLL_VOTE_ADD",
    "MESSAGE_POLL_VOTE_REMOVE",
    "MESSAGE_REACTION_ADD",
    "MESSAGE_REACTION_REMOVE",
    "MESSAGE_REACTION_REMOVE_ALL",
    "MESSAGE_REACTION_REMOVE_EMOJI",
    "MESSAGE_UPDATE",
    "PRESENCES_REPLACE",
    "PRESENCE_UPDATE",
    "READY",
    "RESUMED",
    "SOUNDBOARD_SOUNDS",
    "STAGE_INSTANCE_CREATE",
    "STAGE_INSTANCE_DELETE",
    "STAGE_INSTANCE_UPDATE",
    "THREAD_CREATE",
    "THREAD_DELETE",
    "THREAD_LIST_SYNC",
    "THREAD_MEMBERS_UPDATE",
    "THREAD_MEMBER_UPDATE",
    "THREAD_UPDATE",
    "TYPING_START",
    "USER_UPDATE",
    "VOICE_CHANNEL_STATUS_UPDATE",
    "VOICE_SERVER_UPDATE",
    "VOICE_STATE_UPDATE",
    "WEBHOOKS_UPDATE",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_found_by_its_name_and_has_a_method() {
        assert!(TYPES.is_sorted(), "the search needs the order");
        for name in TYPES {
            let found = EventType::of(name);
            assert_eq!(found.name(), *name);
            let handled = Handled::ALL.iter().any(|event| event.event_type() == Some(found));
            assert!(handled, "{name}");
        }
    }

    #[test]
    fn a_type_that_is_not_known_is_other() {
        for name in ["", "message_create", "MESSAGE_CREATED", "GUILD_7_CREATE"] {
            assert_eq!(EventType::of(name), EventType::OTHER, "{name}");
        }
        assert_eq!(EventType::OTHER.name(), "other");
    }

    #[test]
    fn names_are_those_of_the_methods() {
        assert_eq!(Handled::Message.name(), "message");
        assert_eq!(Handled::Message.event_type().map(EventType::name), Some("MESSAGE_CREATE"));
        assert_eq!(
            Handled::CategoryCreate.event_type().map(EventType::name),
            Some("CHANNEL_CREATE")
        );
        assert_eq!(Handled::ShardsReady.event_type(), None);
        assert_eq!(Handled::Ratelimit.event_type(), None);
        for (at, event) in Handled::ALL.into_iter().enumerate() {
            assert_eq!(event as usize, at, "{}", event.name());
        }
    }
}
