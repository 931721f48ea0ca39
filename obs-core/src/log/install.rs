//! The log of a process: its outputs opened, its layer made, and installed.

use std::io::{self, IsTerminal};
use std::sync::{Arc, OnceLock, Weak};

use tracing::Level;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

use super::appender::count_losses;
use super::control::Controls;
use super::file::reopen_on_hangup;
use super::layer::EcsLayer;
use super::level::TARGET;
use super::line::{Core, Line, Parts, Sink};
use super::meters::Meters;
use super::own::Own;
use super::readers::{Filtered, Readers};
use super::stdout::Stdout;
use super::writer::{Losses, Notice, Writer};
use super::{LogConfig, LogFormat, Output, bridge, sweep, text};
use crate::Service;
use crate::metrics::Metrics;

/// The log of a process. A cheap handle; clones share everything.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    layer: EcsLayer,
    /// One for each output.
    writers: Arc<[Writer]>,
    /// What reads beside it, once it is installed.
    readers: Arc<OnceLock<Readers>>,
}

impl Log {
    /// Opens what `config` asks for.
    ///
    /// # Errors
    ///
    /// A file cannot be opened, or the system has no thread to give. The text says which.
    pub(crate) fn open(
        config: &mut LogConfig,
        service: &Service,
        metrics: &Metrics,
    ) -> io::Result<Self> {
        let mut outputs: Vec<Box<dyn Output>> = Vec::new();
        let mut formats = Vec::new();
        if config.stdout {
            outputs.push(Box::new(Stdout::open()?));
            formats.push(of_stdout(config));
        }
        if let Some(file) = &config.file {
            outputs.push(Box::new(file.open(metrics)?));
        }
        outputs.append(&mut config.outputs);
        count_losses(&outputs, metrics);

        formats.resize(outputs.len(), Format::Json);
        let teller = Arc::new(OnceLock::new());
        let mut writers = Vec::new();
        for (output, format) in outputs.into_iter().zip(&formats) {
            writers.push(Writer::spawn(output, &config.queue, metrics, notice(&teller, *format))?);
        }
        let sinks = writers.iter().cloned().zip(formats).map(sink).collect();
        let LogConfig { options, redaction, rate_limit, sampling, fold, .. } = config;
        let controls = Controls::new(rate_limit.clone(), sampling.clone(), *fold, metrics);
        let parts = Parts::new(service, options, redaction, sinks, Meters::new(metrics), controls);
        let layer = EcsLayer::new(Core::new(parts));
        // Set once, here.
        let _ = teller.set(Arc::downgrade(layer.core()));
        sweep::start(layer.core())?;
        Ok(Self { layer, writers: writers.into(), readers: Arc::default() })
    }

    /// Makes this the subscriber of the process; `false` if there is one already.
    pub(crate) fn install(&self, config: &LogConfig) -> bool {
        let readers = Readers::default();
        let layer = Filtered {
            level: config.level.layer(),
            log: self.layer.clone(),
            readers: readers.clone(),
        };
        if tracing::subscriber::set_global_default(Registry::default().with(layer)).is_err() {
            return false;
        }
        // Set once, here.
        let _ = self.readers.set(readers);
        bridge::install();
        true
    }

    /// Adds a layer to the subscriber; `false` if this is not what is installed.
    pub(crate) fn add_layer(&self, layer: impl Layer<Registry> + Send + Sync) -> bool {
        self.readers.get().is_some_and(|readers| {
            readers.add(layer);
            true
        })
    }

    /// Has SIGHUP open files anew, where there are any.
    pub(crate) fn reopen_on_hangup(&self, config: &LogConfig) {
        if config.file.is_some() {
            let writers = Arc::clone(&self.writers);
            reopen_on_hangup(move || writers.iter().for_each(Writer::reopen));
        }
    }

    /// The layer that writes here.
    pub(crate) const fn layer(&self) -> &EcsLayer {
        &self.layer
    }

    /// Waits until what was logged so far is written or lost, as long as the settings say.
    pub(crate) fn flush(&self) {
        for writer in &*self.writers {
            writer.flush(writer.flush_timeout());
        }
    }

    /// Ends the log: tells of what was held back, and writes what waits.
    pub(crate) async fn finish(self) -> Losses {
        self.layer.core().sweep(true);
        let timeout = self.writers.iter().map(Writer::flush_timeout).max().unwrap_or_default();
        Writer::finish_all_async(self.writers.to_vec(), timeout).await
    }
}

/// How the lines of one output look.
#[derive(Clone, Copy)]
enum Format {
    Json,
    Text { colours: bool },
}

fn of_stdout(config: &LogConfig) -> Format {
    let is_terminal = io::stdout().is_terminal();
    match config.format {
        LogFormat::Json => Format::Json,
        LogFormat::Auto if !is_terminal => Format::Json,
        LogFormat::Auto | LogFormat::Text => {
            Format::Text { colours: config.colours.are_on(is_terminal) }
        }
    }
}

fn sink((writer, format): (Writer, Format)) -> Box<dyn Sink> {
    match format {
        Format::Json => Box::new(move |line: &Line<'_>| writer.write(line.level, line.json)),
        Format::Text { colours } => Box::new(move |line: &Line<'_>| {
            let mut out = Vec::with_capacity(256);
            text::write_event(&mut out, line, colours);
            writer.write(line.level, &out);
        }),
    }
}

/// Makes the line about lines that are missing, once there is a layer for it.
fn notice(teller: &Arc<OnceLock<Weak<Core>>>, format: Format) -> Notice {
    let teller = Arc::clone(teller);
    Box::new(move |losses| {
        let Some(core) = teller.get().and_then(Weak::upgrade) else { return Vec::new() };
        let own = Own {
            level: Level::WARN,
            target: TARGET,
            origin: None,
            message: &losses.to_string(),
            numbers: &[("log_lines_lost", losses.total())],
        };
        core.own(&own, core.now(), |line| match format {
            Format::Json => line.json.to_vec(),
            Format::Text { colours } => {
                let mut out = Vec::new();
                text::write_event(&mut out, line, colours);
                out
            }
        })
    })
}
