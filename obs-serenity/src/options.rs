//! What is recorded only if asked for, and what may be recorded with fewer series.

use crate::discord::Discord;

/// How much is recorded. Called before the client starts; what there is already stays as it is.
impl Discord {
    /// Records `discord_shard_stage` too: six series for each shard.
    ///
    /// It is off unless asked for: `discord_shard_up` says what matters of it. `connected` is from READY or
    /// RESUMED until the end of the connection, and `disconnected` from there on. Where serenity's log is
    /// read, the way to the next connection is seen as well: `connecting` and `resuming` of one that
    /// takes up its session, `handshake` and `identifying` of one that starts another.
    pub fn record_shard_stages(&self) {
        self.gateway().shards.record_stages();
    }

    /// Counts `discord_gateway_events_total` for each shard, however many there are, or with
    /// `shard="all"`.
    ///
    /// Without a word, the first 16 shards that appear are told apart, and the others have
    /// `shard="other"`: up to 76 series for each. The alert `DiscordShardZombie` finds shards that are
    /// told apart only.
    pub fn count_events_by_shard(&self, each: bool) {
        self.gateway().shards.count_apart(if each { u32::MAX } else { 0 });
    }

    /// Whether `discord_rest_request_duration_seconds` is by route, as it is without a word, or has
    /// `route="all"`: a dozen series in place of a dozen for each route and method that the bot uses.
    pub fn time_requests_by_route(&self, each: bool) {
        self.rest().time_by_route(each);
    }
}
