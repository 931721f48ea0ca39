//! Whether a shard is up: what the fake knows, and what a scrape at the same moment says.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::time::{Duration, Instant};

use obs_test::discord::FakeDiscord;
use tokio::sync::Notify;

use super::support::Bot;

const EVERY: Duration = Duration::from_millis(10);

/// A second's worth of samples. What a busy machine does to the bot it does to the sampler, which then
/// takes fewer: a limit in samples holds where one in seconds would not.
pub const SECOND: u64 = 100;

/// Looks at one shard again and again.
pub struct Truth<'a> {
    bot: &'a Bot,
    fake: &'a FakeDiscord,
    shard: u32,
    samples: Cell<u64>,
    sampled: Notify,
    /// Samples in a row that differ, and since when.
    differs: Cell<(u64, Option<Instant>)>,
    longest: Cell<(u64, Duration)>,
    /// What the scrapes said, each change of it.
    said: RefCell<Vec<bool>>,
}

impl<'a> Truth<'a> {
    pub fn of(bot: &'a Bot, fake: &'a FakeDiscord, shard: u32) -> Self {
        Self {
            bot,
            fake,
            shard,
            samples: Cell::new(0),
            sampled: Notify::new(),
            differs: Cell::default(),
            longest: Cell::default(),
            said: RefCell::default(),
        }
    }

    pub async fn watch(&self) -> Infallible {
        loop {
            self.sample();
            tokio::time::sleep(EVERY).await;
        }
    }

    fn sample(&self) {
        let says = self.bot.shard_is_up(self.shard);
        let (count, since) = self.differs.get();
        if says == self.fake.shard(self.shard).is_up() {
            self.differs.set((0, None));
        } else {
            let (count, since) = (count + 1, since.unwrap_or_else(Instant::now));
            self.differs.set((count, Some(since)));
            self.longest.set(self.longest.get().max((count, since.elapsed())));
        }
        if self.said.borrow().last() != Some(&says) {
            self.said.borrow_mut().push(says);
        }
        self.samples.set(self.samples.get() + 1);
        self.sampled.notify_waiters();
    }

    /// Waits for this many samples more.
    pub async fn passes(&self, samples: u64) {
        let wanted = self.samples.get() + samples;
        while self.samples.get() < wanted {
            self.sampled.notified().await;
        }
    }

    /// The samples in a row that differed, at most, and how long that was here.
    pub fn longest_difference(&self) -> (u64, Duration) {
        self.longest.get()
    }

    /// What the scrapes said one after the other.
    pub fn said(&self) -> Vec<bool> {
        self.said.borrow().clone()
    }
}
