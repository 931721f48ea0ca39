//! The crowd of the bot's own Discord: it talks, gives commands, presses buttons, and has bad days.

use std::time::Duration;

use obs_test::discord::event::{self, BOT, GUILD};
use obs_test::discord::{Answer, Event, FakeDiscord, Guild, Shard};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// How many shards the bot's own Discord recommends.
pub(crate) const SHARDS: u32 = 2;

/// A voice channel of [`GUILD`].
const VOICE: u64 = GUILD + 9;

/// The guilds that the bot is in from the start: those of shard 0, then those of shard 1.
pub(crate) fn guilds() -> Vec<Guild> {
    let first = Guild::new(GUILD).name("club").members(20).voice_channel(VOICE, "table talk");
    let others = [(0, 1), (0, 2), (1, 0), (1, 1)];
    let others = others.into_iter().map(|(shard, n)| guild(shard, n).members(5));
    std::iter::once(first).chain(others).collect()
}

fn guild(shard: u32, n: u32) -> Guild {
    Guild::new(event::guild_id(shard, SHARDS, n)).name(format!("branch {n}"))
}

/// Has the crowd do `rate` things a second until the task is aborted.
pub(crate) fn spawn(fake: Option<FakeDiscord>, rate: f64) -> JoinHandle<()> {
    tokio::spawn(async move {
        let Some(fake) = fake.filter(|_| rate > 0.0) else { return };
        let mut crowd = Crowd { fake, joined: None, in_voice: false };
        let mut tick = interval(Duration::from_secs_f64(1.0 / rate));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !crowd.fake.shard(0).is_connected() {
            tick.tick().await;
        }
        // Every kind soon, in an order that mixes them: 37 and 100 have no common factor.
        for i in 0..100 {
            tick.tick().await;
            crowd.act(i * 37 % 100);
        }
        loop {
            tick.tick().await;
            // The last kinds are seldom: a network that fails once a minute is another story.
            let kind = fastrand::u32(0..100);
            let seldom = kind >= 95 && fastrand::u32(0..40) > 0;
            crowd.act(if seldom { 0 } else { kind });
        }
    })
}

struct Crowd {
    fake: FakeDiscord,
    /// The guild that the bot has joined last.
    joined: Option<Guild>,
    in_voice: bool,
}

impl Crowd {
    /// One thing. `kind` below 100 says which, so that the common ones come often.
    fn act(&mut self, kind: u32) {
        // What the bot asked is nobody's to read here.
        self.fake.forget_requests();
        match kind {
            0..25 => self.send(event::message("who brought the dice?")),
            25..32 => self.send(event::message("who plays tonight?")),
            32..38 => self.send(event::message(&format!("<@{BOT}> roll 20"))),
            38 => self.send(event::message(&format!("<@{BOT}> roll many"))),
            39 => self.send(event::message(&format!("<@{BOT}> dance"))),
            40..60 => self.send(event::slash("roll")),
            60..68 => self.send(event::slash("games")),
            68..74 => self.send(event::autocomplete("book", "game", "C")),
            74..80 => {
                let game = json!([{ "name": "game", "type": 3, "value": "Carcassonne" }]);
                self.send(event::slash("book").set("data.options", game));
            }
            80..83 => self.send(event::slash("daily")),
            83..85 => self.send(event::user_command("Invite")),
            85..90 => self.send(event::button("join")),
            90..92 => self.send(event::modal("feedback", &[("text", "More chairs, please.")])),
            92 => self.ranking(),
            93 => self.voice(),
            94 => self.rate_limit(),
            95 => self.refuse(),
            96 => self.send(event::button("leave")),
            97 => self.send(event::slash("shuffle")),
            98 => self.guilds_come_and_go(),
            _ => self.reconnect(),
        }
    }

    /// A shard that is connected; the first, as long as the second is not.
    fn shard(&self) -> (u32, Shard) {
        let id = fastrand::u32(0..SHARDS);
        let shard = self.fake.shard(id);
        if shard.is_connected() { (id, shard) } else { (0, self.fake.shard(0)) }
    }

    /// Sends an event of one of the guilds, unless the bot is not there.
    fn send(&self, event: Event) {
        let (id, shard) = self.shard();
        if !shard.is_connected() {
            return;
        }
        shard.send(if id == 0 {
            event
        } else {
            let guild = event::guild_id(id, SHARDS, 0);
            event.within(guild, guild + 1)
        });
    }

    /// A command that the bot answers after three seconds, when Discord has given up on it.
    fn ranking(&self) {
        let event = event::slash("ranking");
        let id = event.data()["id"].as_str().unwrap_or_default();
        let unknown = json!({ "message": "Unknown interaction", "code": 10062 });
        // Nor does it take the apology.
        let answers = [Answer::json(404, unknown.clone()), Answer::json(404, unknown)];
        self.fake.answer(&format!("POST /interactions/{id}/{{}}/callback"), answers);
        self.send(event);
    }

    /// The bot goes to a voice channel, or leaves it.
    fn voice(&mut self) {
        if self.fake.shard(0).is_connected() {
            self.in_voice = !self.in_voice;
            let channel = self.in_voice.then_some(VOICE);
            self.fake.shard(0).send(event::voice_state(BOT, channel));
        }
    }

    /// A command whose answer has to wait.
    fn rate_limit(&self) {
        let limited = Answer::rate_limited(Duration::from_millis(fastrand::u64(200..900)));
        let limited = if fastrand::bool() { limited } else { limited.shared() };
        self.fake.answer("POST /channels/{}/messages", [limited]);
        self.send(event::message(&format!("<@{BOT}> roll")));
    }

    /// A message that the bot may not react to.
    fn refuse(&self) {
        self.fake.answer("PUT /channels/**", [Answer::error(403)]);
        self.send(event::message("nobody plays tonight"));
    }

    /// The bot joins a guild, or is removed from it.
    fn guilds_come_and_go(&mut self) {
        let shard = self.fake.shard(0);
        if shard.is_connected() {
            shard.send(match self.joined.take() {
                Some(guild) => guild.delete(),
                None => self.joined.insert(guild(0, 100)).create(),
            });
        }
    }

    /// Discord moves a shard to another of its machines, and something comes that no library knows.
    fn reconnect(&self) {
        let (_, shard) = self.shard();
        if shard.is_connected() {
            shard.send(Event::new("DICE_ROLLED", json!({})));
            shard.reconnect();
        }
    }
}
