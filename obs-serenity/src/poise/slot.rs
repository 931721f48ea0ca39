//! Where the bot's own hooks are kept.
//!
//! poise's hooks take no captures, and a generic function has no `static` of its own. So a hook of
//! ours has a number among its type parameters, and what it calls is kept under that and its types.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, PoisonError, RwLock};

/// Places for each type: as many as there are hooks of ours.
pub(super) const PLACES: usize = 32;

type Kept = HashMap<TypeId, Vec<&'static (dyn Any + Send + Sync)>>;

static KEPT: LazyLock<RwLock<Kept>> = LazyLock::new(RwLock::default);
static INSTRUMENTED: AtomicBool = AtomicBool::new(false);

/// Whether a framework of this process is instrumented.
pub(crate) fn is_instrumented() -> bool {
    INSTRUMENTED.load(Ordering::Relaxed)
}

/// What may be the same as another, and needs no place of its own.
pub(super) trait Same {
    fn same(&self, other: &Self) -> bool;
}

/// The place of `value`, which is kept for ever; `None` if all are taken.
pub(super) fn keep<T: Same + Send + Sync + 'static>(value: T) -> Option<usize> {
    INSTRUMENTED.store(true, Ordering::Relaxed);
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    let places = kept.entry(TypeId::of::<T>()).or_default();
    let same = |place: &&'static (dyn Any + Send + Sync)| {
        place.downcast_ref::<T>().is_some_and(|one| one.same(&value))
    };
    if let Some(place) = places.iter().position(same) {
        return Some(place);
    }
    if places.len() >= PLACES {
        return None;
    }
    places.push(Box::leak(Box::new(value)));
    Some(places.len() - 1)
}

/// What is kept in a place.
pub(super) fn get<T: 'static>(place: usize) -> Option<&'static T> {
    let kept = KEPT.read().unwrap_or_else(PoisonError::into_inner);
    kept.get(&TypeId::of::<T>())?.get(place)?.downcast_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Number(usize);

    impl Same for Number {
        fn same(&self, other: &Self) -> bool {
            self == other
        }
    }

    #[test]
    fn the_same_takes_one_place_and_the_places_come_to_an_end() {
        for _ in 0..2 {
            for i in 0..PLACES {
                assert_eq!(keep(Number(i)), Some(i));
            }
        }
        assert_eq!(keep(Number(PLACES)), None);
        assert_eq!(get(3), Some(&Number(3)));
        assert_eq!(get::<Number>(PLACES), None);
        assert_eq!(get::<String>(0), None);
    }
}
