//! How many pages an origin may have at the bridge at a time, so that the pages
//! of one don't shut out those of another, nor whoever only says that it is one those
//! that are: one without a grant makes room after a moment.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::origin::Origin;

/// Most pages of one origin.
const MAX_PAGES: usize = 16;

/// A page that has no grant after this makes room for another, if it has to.
const UNGRANTED: Duration = Duration::from_secs(2);

/// The pages that are here, by origin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots(Arc<Mutex<HashMap<Origin, Vec<Place>>>>);

#[derive(Debug)]
struct Place {
    since: Instant,
    is_granted: bool,
    /// Told when it has to make room; the place is known by its address.
    displaced: Arc<Notify>,
}

/// A page's place. Dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Slots,
    origin: Origin,
    displaced: Arc<Notify>,
}

impl Slots {
    /// A place for a page of this origin; `None` if all of its are taken by pages that
    /// have a grant, or came just now.
    pub(crate) fn take(&self, origin: &Origin, now: Instant) -> Option<Slot> {
        let displaced = Arc::new(Notify::new());
        let mut all = self.lock();
        let places = all.entry(origin.clone()).or_default();
        if places.len() >= MAX_PAGES {
            let is_late = |place: &Place| {
                !place.is_granted && now.saturating_duration_since(place.since) >= UNGRANTED
            };
            let late = places.iter().position(is_late)?;
            places.remove(late).displaced.notify_one();
        }
        places.push(Place {
            since: now,
            is_granted: false,
            displaced: Arc::clone(&displaced),
        });
        drop(all);
        Some(Slot {
            slots: self.clone(),
            origin: origin.clone(),
            displaced,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Origin, Vec<Place>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// The page has a grant: it keeps its place.
    pub(crate) fn granted(&self) {
        if let Some(places) = self.slots.lock().get_mut(&self.origin) {
            let is_it = |place: &&mut Place| Arc::ptr_eq(&place.displaced, &self.displaced);
            if let Some(place) = places.iter_mut().find(is_it) {
                place.is_granted = true;
            }
        }
    }

    /// Waits until another page needs the place.
    pub(crate) async fn displaced(&self) {
        self.displaced.notified().await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut all = self.slots.lock();
        if let Some(places) = all.get_mut(&self.origin) {
            places.retain(|place| !Arc::ptr_eq(&place.displaced, &self.displaced));
            if places.is_empty() {
                all.remove(&self.origin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future as _, pin::pin, task::Context};

    use super::*;

    fn is_displaced(slot: &Slot) -> bool {
        let mut waker = Context::from_waker(std::task::Waker::noop());
        pin!(slot.displaced()).poll(&mut waker).is_ready()
    }

    #[test]
    fn who_has_no_grant_makes_room_after_a_moment() {
        let slots = Slots::default();
        let origin: Origin = "https://cards.example".parse().unwrap();
        let other: Origin = "https://other.example".parse().unwrap();
        let begin = Instant::now();
        let mut all: Vec<_> = (0..MAX_PAGES)
            .map(|_| slots.take(&origin, begin).unwrap())
            .collect();
        assert!(slots.take(&origin, begin).is_none());
        assert!(slots.take(&other, begin).is_some());
        for slot in all.iter().skip(2) {
            slot.granted();
        }
        let early = begin + UNGRANTED - Duration::from_millis(1);
        assert!(slots.take(&origin, early).is_none());
        let late = begin + UNGRANTED;
        for displaced in 0..2 {
            let one_more = slots.take(&origin, late).unwrap();
            one_more.granted();
            assert!(is_displaced(&all[displaced]));
            all.push(one_more);
        }
        assert!(!all.iter().skip(2).any(is_displaced));
        let later = begin + UNGRANTED * 100;
        assert!(slots.take(&origin, later).is_none());
        // Those that made room give back no place when they go.
        drop(all.drain(..2));
        assert!(slots.take(&origin, later).is_none());
        drop(all.pop());
        assert!(slots.take(&origin, later).is_some());
        drop(all);
        assert!(slots.lock().is_empty());
    }
}
