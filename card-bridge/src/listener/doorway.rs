//! Who is at the door: connections of this user that have not shaken hands. They have
//! a bounded number of places of their own. When those are full, the one that has
//! been there longest makes room: a page is through in milliseconds, and whatever
//! opens connections and says nothing shuts nobody out but its like.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// Most connections that shake hands at a time.
pub(super) const MAX_ENTERING: usize = 64;

/// The places at the door, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Doorway(Arc<Mutex<VecDeque<Arc<Notify>>>>);

/// A place at the door. Dropping it frees the place.
#[derive(Debug)]
pub(super) struct Threshold {
    doorway: Doorway,
    /// Told when it has to make room; it is known by its address.
    displaced: Arc<Notify>,
}

impl Doorway {
    /// A place for one more.
    pub(super) fn enter(&self) -> Threshold {
        let displaced = Arc::new(Notify::new());
        let mut all = self.lock();
        if all.len() >= MAX_ENTERING
            && let Some(oldest) = all.pop_front()
        {
            oldest.notify_one();
        }
        all.push_back(Arc::clone(&displaced));
        drop(all);
        Threshold {
            doorway: self.clone(),
            displaced,
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Threshold {
    /// Waits until somebody else needs the place.
    pub(super) async fn displaced(&self) {
        self.displaced.notified().await;
    }
}

impl Drop for Threshold {
    fn drop(&mut self) {
        self.doorway
            .lock()
            .retain(|other| !Arc::ptr_eq(other, &self.displaced));
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future as _, pin::pin, task::Context};

    use super::*;

    fn is_displaced(place: &Threshold) -> bool {
        let mut waker = Context::from_waker(std::task::Waker::noop());
        pin!(place.displaced()).poll(&mut waker).is_ready()
    }

    #[test]
    fn who_was_there_longest_makes_room() {
        let doorway = Doorway::default();
        let mut all: VecDeque<_> = (0..MAX_ENTERING).map(|_| doorway.enter()).collect();
        assert!(!all.iter().any(is_displaced));
        for _ in 0..3 {
            all.push_back(doorway.enter());
            assert!(is_displaced(&all.pop_front().unwrap()));
            assert!(!all.iter().any(is_displaced));
        }
        // Who went made room already.
        drop(all.pop_back());
        all.push_back(doorway.enter());
        assert!(!all.iter().any(is_displaced));
        drop(all);
        assert!(doorway.lock().is_empty());
    }
}
