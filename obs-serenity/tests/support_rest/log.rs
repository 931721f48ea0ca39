//! Two logs of one test: obs-core's lines, and those of tracing-subscriber's own JSON.

use std::io;
use std::sync::{Arc, Mutex};

use obs_core::log::EcsLayer;
use serde_json::Value;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::registry::LookupSpan;

/// What the documentation recommends, and everything of ours and of the bot's own.
const FILTER: &str = "info,serenity=warn,obs_core=trace,obs_serenity=trace,bot=trace";

/// What was logged, in both forms.
#[derive(Clone, Default)]
pub struct Log {
    ecs: Lines,
    stock: Lines,
}

impl Log {
    /// One that is not kept: of obs-core's lines only, as the others take more time than a bot.
    pub fn forgetful() -> Self {
        let lines = Lines { forgets: true, ..Lines::default() };
        Self { ecs: lines.clone(), stock: lines }
    }

    /// The layers that write it.
    pub fn layers<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let ecs = self.ecs.clone();
        let ecs = EcsLayer::builder("bot").build(move |_, line| ecs.push(line));
        let stock = tracing_subscriber::fmt::layer().json().with_writer(self.stock.clone());
        let stock = (!self.stock.forgets).then_some(stock);
        let filter = || EnvFilter::new(FILTER);
        ecs.with_filter(filter()).and_then(stock.with_filter(filter()))
    }

    /// obs-core's lines.
    pub fn ecs(&self) -> Vec<Value> {
        self.ecs.parsed()
    }

    /// tracing-subscriber's lines.
    pub fn stock(&self) -> Vec<Value> {
        self.stock.parsed()
    }

    /// All lines of both, as they were written.
    pub fn text(&self) -> String {
        [&self.ecs, &self.stock].map(|lines| lines.text.lock().unwrap().clone()).concat()
    }

    /// What obs-core's lines of commands that have ended tell: `command kind outcome level`.
    pub fn ended(&self) -> Vec<String> {
        let ended = self.ecs();
        let ended = ended.iter().filter(|line| line["log.logger"] == "obs_serenity::command");
        let field = |line: &Value, name: &str| line[name].as_str().unwrap_or("-").to_owned();
        let names = ["labels.command", "labels.kind", "labels.outcome", "log.level"];
        ended.map(|line| names.map(|name| field(line, name)).join(" | ")).collect()
    }
}

/// Bytes that were written, a line each.
#[derive(Clone, Default)]
struct Lines {
    text: Arc<Mutex<String>>,
    forgets: bool,
}

impl Lines {
    fn push(&self, bytes: &[u8]) {
        if !self.forgets {
            self.text.lock().unwrap().push_str(&String::from_utf8_lossy(bytes));
        }
    }

    fn parsed(&self) -> Vec<Value> {
        let text = self.text.lock().unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
