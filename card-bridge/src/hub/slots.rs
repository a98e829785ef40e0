//! How many pages an origin may have at the bridge at a time, so that the pages
//! of one don't shut out those of another.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::origin::Origin;

/// Most pages of one origin.
const MAX_PAGES: usize = 16;

/// The pages that are here, by origin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots(Arc<Mutex<HashMap<Origin, usize>>>);

/// A page's place. Dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Slots,
    origin: Origin,
}

impl Slots {
    /// A place for a page of this origin; `None` if all of its are taken.
    pub(crate) fn take(&self, origin: &Origin) -> Option<Slot> {
        let mut all = self.lock();
        let count = all.entry(origin.clone()).or_default();
        if *count >= MAX_PAGES {
            return None;
        }
        *count += 1;
        Some(Slot {
            slots: self.clone(),
            origin: origin.clone(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Origin, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut all = self.slots.lock();
        if let Some(count) = all.get_mut(&self.origin) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.origin);
            }
        }
    }
}
