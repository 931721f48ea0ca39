//! `obs log verify`.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use clap::Args;
use obs_core::audit::{self, Broken, Check, Head, KeyError, Keys, ParseHeadError, Summary};

/// What `obs log verify` was asked for.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Files of the audit log, oldest first.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// File with the key, or with several, `ID:KEY` a line. Without a key only numbers and links are
    /// checked, and a changed record is not found.
    #[arg(long = "key-file", value_name = "FILE")]
    key_files: Vec<PathBuf>,

    /// File with the key that has this id in the records; once for each.
    #[arg(long = "key", value_name = "ID=FILE", value_parser = id_and_file)]
    keys: Vec<(String, PathBuf)>,

    /// A record that the log is known to have; once for each.
    #[arg(long = "head", value_name = "SEQUENCE:HASH", value_parser = head)]
    heads: Vec<Head>,

    /// Last record of files that are kept elsewhere: the log begins after it.
    #[arg(long, value_name = "SEQUENCE:HASH", value_parser = head)]
    from: Option<Head>,

    /// Log of the service, lines of JSON, that says from time to time which record the audit log is at;
    /// once for each file.
    #[arg(long = "anchors", value_name = "LOG")]
    anchors: Vec<PathBuf>,
}

fn id_and_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((id, file)) if !id.is_empty() && !file.is_empty() => Ok((id.to_owned(), file.into())),
        _ => Err("expected ID=FILE, such as 2026-11=keys/2026-11".to_owned()),
    }
}

fn head(text: &str) -> Result<Head, ParseHeadError> {
    text.parse()
}

/// Why an audit log is not said to be good.
#[derive(Debug)]
pub(crate) enum VerifyError {
    /// It is not.
    Broken(Broken),
    /// A key cannot be used.
    Key { file: PathBuf, source: KeyError },
    /// A file cannot be read.
    Read { file: PathBuf, source: io::Error },
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Broken(broken) => write!(f, "{broken}"),
            Self::Key { file, .. } => write!(f, "cannot use the key in {}", file.display()),
            Self::Read { file, .. } => write!(f, "cannot read {}", file.display()),
        }
    }
}

impl std::error::Error for VerifyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Broken(_) => None,
            Self::Key { source, .. } => Some(source),
            Self::Read { source, .. } => Some(source),
        }
    }
}

pub(super) fn run(options: &Verify) -> Result<(), VerifyError> {
    let mut check = Check::new(options.all_keys()?);
    if let Some(head) = options.from {
        check = check.from(head);
    }
    for log in &options.anchors {
        let anchors = audit::anchors(open(log)?)
            .map_err(|source| VerifyError::Read { file: log.clone(), source })?;
        check = anchors.into_iter().fold(check, Check::anchor);
    }
    check = options.heads.iter().fold(check, |check, head| check.anchor(*head));
    // All are opened first: one that is missing is no broken log.
    let files: Vec<_> = options
        .files
        .iter()
        .map(|file| Ok((file.display().to_string(), open(file)?)))
        .collect::<Result<_, VerifyError>>()?;
    let summary = audit::verify(files, &check).map_err(VerifyError::Broken)?;
    print(&summary);
    Ok(())
}

impl Verify {
    fn all_keys(&self) -> Result<Keys, VerifyError> {
        let with = |file: &Path, source| VerifyError::Key { file: file.to_owned(), source };
        let mut keys = Keys::new();
        for file in &self.key_files {
            for key in Keys::file(file).map_err(|error| with(file, error))?.iter() {
                keys = keys.key(key.clone());
            }
        }
        for (id, file) in &self.keys {
            let of_file = Keys::file(file).map_err(|error| with(file, error))?;
            // Of a file of several, the one of that name.
            let key = of_file.get(id).or_else(|| of_file.signing()).cloned();
            if let Some(key) = key {
                keys = keys.key(key.named(id).map_err(|error| with(file, error))?);
            }
        }
        Ok(keys)
    }
}

fn open(file: &Path) -> Result<BufReader<File>, VerifyError> {
    match File::open(file) {
        Ok(open) => Ok(BufReader::with_capacity(1 << 16, open)),
        Err(source) => Err(VerifyError::Read { file: file.to_owned(), source }),
    }
}

#[expect(clippy::print_stdout, reason = "a command reports what it found on standard output")]
fn print(summary: &Summary) {
    for file in &summary.files {
        match (file.first, file.last) {
            (Some(first), Some(last)) => println!("ok  {}  records {first} to {last}", file.name),
            _ => println!("ok  {}  no records", file.name),
        }
    }
    println!("{} records; the last is {}", summary.records, summary.head);
    if !summary.signed {
        println!("without a key: numbers and links are right, signatures were not checked");
    }
    if summary.anchors == 0 {
        println!("without an anchor: records cut off at the end would not be missed");
    }
    if summary.torn > 0 {
        println!("{} records were torn by the end of their writer and are explained", summary.torn);
    }
    if summary.lost > 0 {
        println!("{} events could not be recorded, and their callers went on", summary.lost);
    }
}
