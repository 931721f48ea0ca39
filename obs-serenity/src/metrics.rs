//! The metrics of a Discord bot.
//!
//! No label is ever a guild, user, channel or message: those are without bound. `shard` has as many
//! values as there are shards, `command` 200 and `other`, `status` is what Discord answers, all others
//! are closed sets. Beyond that a metric holds the 2000 series that obs-core lets each have.

obs_core::catalogue! {
    /// What a Discord bot records.
    pub static DISCORD;

    /// Whether the client runs: 1 from its start until it has ended.
    CLIENT_UP: Gauge = "discord_client_up" ();

    /// 1 for what runs: the library's version, poise's (without its last number, which poise does not
    /// tell; empty for a bot without it), and the number of shards that are to run.
    CLIENT_INFO: Gauge = "discord_client_info" (serenity_version, poise_version, shards);

    /// Events that the gateway sent, by their type as Discord calls it, or `other`. Shards after the
    /// 16th count together, as shard `other`.
    GATEWAY_EVENTS: Counter = "discord_gateway_events_total" (shard, type);

    /// Events that the library could not read, so that no handler saw them.
    GATEWAY_UNPARSED_EVENTS: Counter = "discord_gateway_unparsed_events_total" (type);

    /// Connections that the gateway closed, by close code, or `other`.
    GATEWAY_CLOSES: Counter = "discord_gateway_closes_total" (code);

    /// Time that the bot's handler took for an event.
    EVENT_HANDLER_DURATION: Histogram = "discord_event_handler_duration_seconds" (event)
        [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

    /// Calls of the bot's handler that have not returned.
    EVENT_HANDLERS_IN_FLIGHT: Gauge = "discord_event_handlers_in_flight" (event);

    /// Time from the making of a message or interaction, as its id tells, to its arrival at the
    /// handler. Zero where the clock runs behind Discord's.
    EVENT_LAG: Histogram = "discord_event_lag_seconds" (event)
        [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

    /// Messages and interactions that were made after they arrived, as far as this clock knows: it runs
    /// behind Discord's.
    EVENT_LAG_NEGATIVE: Counter = "discord_event_lag_negative_total" ();

    /// Panics of the bot's handler.
    HANDLER_PANICS: Counter = "discord_handler_panics_total" (event);

    /// Commands that ended, by qualified name, kind and outcome.
    COMMANDS: Counter = "discord_commands_total" (command, kind, outcome);

    /// Time that a command took.
    COMMAND_DURATION: Histogram = "discord_command_duration_seconds" (command, kind)
        [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 3.0, 5.0, 10.0, 30.0];

    /// Commands that have not ended.
    COMMANDS_IN_FLIGHT: Gauge = "discord_commands_in_flight" ();

    /// Interactions that arrived, by kind.
    INTERACTIONS: Counter = "discord_interactions_total" (kind);

    /// Time from the making of an interaction, as its id tells, to the end of the first attempt to answer
    /// it that Discord took for one: with another status than 429 and 5xx. Discord gives a bot 3 seconds.
    /// By kind, or `unknown` of one that no observed handler was given.
    INTERACTION_ACK: Histogram = "discord_interaction_ack_seconds" (kind)
        [0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0, 10.0];

    /// Whether a shard is connected and has shown a sign of life within two heartbeats.
    SHARD_UP: Gauge = "discord_shard_up" (shard);

    /// Which stage a shard's connection is in: 1 for that one, 0 for the others. Off unless asked for.
    SHARD_STAGE: Gauge = "discord_shard_stage" (shard, stage);

    /// Time from a shard's last heartbeat to its acknowledgement.
    SHARD_LATENCY: Gauge = "discord_shard_latency_seconds" (shard);

    /// Time since a shard's last sign of life: an event, or an acknowledged heartbeat.
    SHARD_LAST_EVENT_AGE: Gauge = "discord_shard_last_event_age_seconds" (shard);

    /// Connections that a shard made: with a session of its own (`identify`), or the one it had
    /// (`resume`).
    SHARD_CONNECTS: Counter = "discord_shard_connects_total" (shard, kind);

    /// Ends of a shard's connection, by reason: heartbeat (none was acknowledged), invalid_session, closed
    /// (by the gateway), reconnect (Discord asked for it), requested (the bot did), error, or unknown.
    SHARD_RESTARTS: Counter = "discord_shard_restarts_total" (shard, reason);

    /// Shards that the bot is meant to have.
    SHARDS_CONFIGURED: Gauge = "discord_shards_configured" ();

    /// Shards that are up.
    SHARDS_CONNECTED: Gauge = "discord_shards_connected" ();

    /// Sessions that the bot may still start before the limit is reset.
    SESSION_STARTS_REMAINING: Gauge = "discord_session_starts_remaining" ();

    /// Sessions that the bot may start between two resets.
    SESSION_STARTS_LIMIT: Gauge = "discord_session_starts_limit" ();

    /// Time until the limit of session starts is reset.
    SESSION_START_RESET: Gauge = "discord_session_start_reset_seconds" ();

    /// Attempts of requests to Discord's API, by route template and status code, or `error`.
    REST_REQUESTS: Counter = "discord_rest_requests_total" (method, route, status);

    /// Time of one attempt of a request, from its sending to its response.
    REST_REQUEST_DURATION: Histogram = "discord_rest_request_duration_seconds" (method, route)
        [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

    /// Time of a request as the bot sees it, with waits for rate limits and further attempts.
    REST_CALL_DURATION: Histogram = "discord_rest_call_duration_seconds" ()
        [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

    /// Requests that have not ended.
    REST_IN_FLIGHT: Gauge = "discord_rest_in_flight" ();

    /// Responses with status 429, by route and scope of the limit.
    REST_RATE_LIMIT_HITS: Counter = "discord_rest_rate_limit_hits_total" (route, scope);

    /// Time that requests waited for a rate limit before they were sent, or sent again, by route and
    /// whether it was the limit on all routes.
    REST_RATE_LIMIT_WAIT: ObservableCounter = "discord_rest_rate_limit_wait_seconds_total" (route, global);

    /// Responses of the last ten minutes with status 401, 403 or 429, but those of a shared limit: at
    /// 10,000 Discord bans the address.
    REST_INVALID_REQUESTS: Gauge = "discord_rest_invalid_requests" ();

    /// Rate limit buckets that the library keeps. It forgets none.
    REST_RATELIMIT_BUCKETS: Gauge = "discord_rest_ratelimit_buckets" ();

    /// Guilds in the cache.
    CACHE_GUILDS: Gauge = "discord_cache_guilds" ();

    /// Guilds that the bot is in and that are not there: an outage of Discord's.
    CACHE_UNAVAILABLE_GUILDS: Gauge = "discord_cache_unavailable_guilds" ();

    /// Users in the cache.
    CACHE_USERS: Gauge = "discord_cache_users" ();

    /// Channels in the cache.
    CACHE_CHANNELS: Gauge = "discord_cache_channels" ();

    /// Members of the guilds in the cache that are not in it: never sent, and not asked for.
    CACHE_UNKNOWN_MEMBERS: Gauge = "discord_cache_unknown_members" ();

    /// Guilds that the bot was added to.
    GUILD_JOINS: Counter = "discord_guild_joins_total" ();

    /// Guilds that the bot was removed from.
    GUILD_LEAVES: Counter = "discord_guild_leaves_total" ();

    /// Voice channels that the bot is in.
    VOICE_CONNECTIONS: Gauge = "discord_voice_connections" ();
}
