//! All series of one name.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::sync::atomic::{AtomicBool, AtomicU64, fence};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::bounds::Bounds;
use super::desc::Kind;
use super::series::{Cell, Series};

/// The series of one name, and what they have in common.
#[derive(Debug)]
pub(super) struct Family<C> {
    pub(super) name: Box<str>,
    pub(super) kind: Kind,
    pub(super) help: RwLock<Box<str>>,
    pub(super) unit: RwLock<&'static str>,
    /// Bounds of series that bring none of their own; empty unless these are histograms.
    pub(super) bounds: Arc<Bounds>,
    /// Most series this family holds, the overflow series aside.
    limit: usize,
    hasher: DefaultHashBuilder,
    table: RwLock<Table<C>>,
    /// Where everything goes that finds no place below the limit.
    overflow: OnceLock<Arc<Series<C>>>,
}

/// A family's series, in the order in which they are shown.
pub(super) type Snapshot<C> = Arc<[Arc<Series<C>>]>;

/// Each series is held twice here: by `index`, and by `sorted` or `fresh`.
#[derive(Debug)]
struct Table<C> {
    /// By label text.
    index: HashTable<Arc<Series<C>>>,
    sorted: Snapshot<C>,
    /// Made since `sorted` was.
    fresh: Vec<Arc<Series<C>>>,
    /// What was last seen of each series, where series expire.
    seen: HashMap<u64, Seen>,
}

impl<C> Table<C> {
    fn find(&self, hash: u64, labels: &str) -> Option<&Arc<Series<C>>> {
        // Empty texts are told by their length: to compare no bytes at no address takes 70 ns where
        // `memcmp` loads through an AVX-512 mask.
        let series = self.index.find(hash, |series| {
            series.labels.len() == labels.len() && (labels.is_empty() || *series.labels == *labels)
        })?;
        // A store would make the threads that ask collide.
        if !series.asked.load(Relaxed) {
            series.asked.store(true, Relaxed);
        }
        Some(series)
    }
}

/// References that a [`Table`] holds to a series nobody else holds.
const OWN_REFERENCES: usize = 2;

#[derive(Debug)]
struct Seen {
    fingerprint: u64,
    at: Instant,
}

/// A series that was looked up.
pub(super) enum Found<C> {
    /// It was there, or there was room for it.
    Series(Arc<Series<C>>),
    /// The family is full; `first` for the first refusal.
    Overflow { series: Arc<Series<C>>, first: bool },
}

impl<C: Cell> Family<C> {
    pub(super) fn new(name: &str, kind: Kind, bounds: Arc<Bounds>, limit: usize) -> Self {
        Self {
            name: name.into(),
            kind,
            help: RwLock::default(),
            unit: RwLock::new(super::desc::unit_of(name, kind).unwrap_or_default()),
            bounds,
            limit,
            hasher: DefaultHashBuilder::default(),
            table: RwLock::new(Table {
                index: HashTable::new(),
                sorted: Arc::new([]),
                fresh: Vec::new(),
                seen: HashMap::new(),
            }),
            overflow: OnceLock::new(),
        }
    }

    /// The series with this label text, made if need be.
    ///
    /// `bounds` are those of a new histogram. `overflow_labels` is the text of the overflow series.
    pub(super) fn series(&self, labels: &str, bounds: &Arc<Bounds>, make: &Make<'_>) -> Found<C> {
        // Two series of the same labels would be invalid.
        if labels == make.overflow_labels && !labels.is_empty() {
            let (Found::Series(series) | Found::Overflow { series, .. }) = self.overflow(make);
            return Found::Series(series);
        }
        let hash = self.hasher.hash_one(labels);
        {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(series) = table.find(hash, labels) {
                return Found::Series(Arc::clone(series));
            }
            if table.index.len() >= self.limit {
                drop(table);
                return self.overflow(make);
            }
        }
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = table.find(hash, labels) {
            return Found::Series(Arc::clone(series));
        }
        if table.index.len() >= self.limit {
            drop(table);
            return self.overflow(make);
        }
        let series = make.series(labels, C::empty(bounds));
        let rehash = |series: &Arc<Series<C>>| self.hasher.hash_one(&*series.labels);
        table.index.insert_unique(hash, Arc::clone(&series), rehash);
        table.fresh.push(Arc::clone(&series));
        Found::Series(series)
    }

    fn overflow(&self, make: &Make<'_>) -> Found<C> {
        let mut first = false;
        let series = self.overflow.get_or_init(|| {
            first = true;
            make.series(make.overflow_labels, C::empty(&self.bounds))
        });
        Found::Overflow { series: Arc::clone(series), first }
    }

    /// The series in stable order: by label text, the overflow series apart.
    pub(super) fn snapshot(&self) -> Snapshot<C> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        if table.fresh.is_empty() {
            return Arc::clone(&table.sorted);
        }
        drop(table);
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let fresh = std::mem::take(&mut table.fresh);
        let mut all: Vec<_> = table.sorted.iter().cloned().chain(fresh).collect();
        // Adaptive: nearly free where only a few series are new.
        all.sort_by(|a, b| a.labels.cmp(&b.labels));
        table.sorted = all.into();
        Arc::clone(&table.sorted)
    }

    /// The overflow series, once something overflowed.
    pub(super) fn overflow_series(&self) -> Option<&Arc<Series<C>>> {
        self.overflow.get()
    }

    /// How many series there are.
    pub(super) fn len(&self) -> usize {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.index.len() + usize::from(self.overflow.get().is_some())
    }

    /// Removes the series that nobody holds a handle to, and that were neither asked for nor
    /// recorded into for `idle`.
    pub(super) fn expire(&self, idle: Duration, now: Instant) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let table = &mut *table;
        let mut expired = HashSet::new();
        for series in &table.index {
            // A handle can only come from a handle or from this table, which is locked: a series
            // held nowhere else cannot be recorded into while it goes. Who held it before has
            // recorded by then, and that is seen only in this order.
            let held = Arc::strong_count(series) > OWN_REFERENCES;
            fence(Acquire);
            let fingerprint = series.cell.fingerprint();
            let asked = series.asked.swap(false, Relaxed);
            let Some(seen) = table.seen.get_mut(&series.id) else {
                table.seen.insert(series.id, Seen { fingerprint, at: now });
                continue;
            };
            if held || asked || seen.fingerprint != fingerprint {
                *seen = Seen { fingerprint, at: now };
            } else if now.saturating_duration_since(seen.at) >= idle {
                expired.insert(series.id);
            }
        }
        if expired.is_empty() {
            return;
        }
        let stays = |series: &Arc<Series<C>>| !expired.contains(&series.id);
        table.index.retain(|series| stays(series));
        table.fresh.retain(stays);
        table.sorted = table.sorted.iter().filter(|series| stays(series)).cloned().collect();
        table.seen.retain(|id, _| !expired.contains(id));
    }
}

/// What a new series gets from its registry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Make<'a> {
    pub(super) next_id: &'a AtomicU64,
    pub(super) created: fn() -> u64,
    pub(super) overflow_labels: &'a str,
}

impl Make<'_> {
    fn series<C>(&self, labels: &str, cell: C) -> Arc<Series<C>> {
        let id = self.next_id.fetch_add(1, Relaxed);
        let (labels, created, asked) = (labels.into(), (self.created)(), AtomicBool::new(true));
        Arc::new(Series { id, labels, created, asked, cell })
    }
}
