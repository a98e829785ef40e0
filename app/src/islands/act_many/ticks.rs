//! Cards that are ticked, from page to page of a list: their keys, which say nothing of
//! a person, in the tab's own storage, for the session that ticked them, until they are
//! signed for. A page that is loaded anew begins with none.

use card_domain::{Action, CardId};

/// What the names of all entries begin with.
const PREFIX: &str = "ticks ";

/// Where the ticks of a session are.
#[derive(Clone)]
pub(super) struct Ticks {
    key: String,
}

impl Ticks {
    /// Those for an act, in this session.
    pub(super) fn of(session: String, action: Action) -> Self {
        let mut key = session;
        key.insert_str(0, PREFIX);
        key.push(' ');
        key.push_str(action.name());
        Self { key }
    }

    /// What was ticked on the pages before; what was ticked for other acts, and what
    /// other sessions left, is removed.
    pub(super) fn begin(&self) -> Vec<CardId> {
        browser::forget(|key| key.starts_with(PREFIX) && *key != self.key);
        if browser::is_reload() {
            self.keep(&[]);
            return Vec::new();
        }
        let kept = browser::read(&self.key).unwrap_or_default();
        kept.split(' ').filter_map(|id| id.parse().ok()).collect()
    }

    /// Keeps them for the next page.
    pub(super) fn keep(&self, cards: &[CardId]) {
        let ids: Vec<_> = cards.iter().map(ToString::to_string).collect();
        browser::keep(&self.key, &ids.join(" "));
    }
}

/// Nothing of whoever ticked is left in this tab.
pub(crate) fn forget_all() {
    browser::forget(|key| key.starts_with(PREFIX));
}

#[cfg(feature = "hydrate")]
mod browser {
    use js_sys::Reflect;
    use leptos::prelude::window;
    use wasm_bindgen::JsValue;
    use web_sys::Storage;

    fn storage() -> Option<Storage> {
        window().session_storage().ok()?
    }

    pub(super) fn read(key: &str) -> Option<String> {
        storage()?.get_item(key).ok()?
    }

    pub(super) fn keep(key: &str, value: &str) {
        if let Some(storage) = storage() {
            // A browser that keeps nothing has the ticks of one page.
            let _not_kept = storage.set_item(key, value);
        }
    }

    pub(super) fn forget(which: impl Fn(&String) -> bool) {
        let Some(storage) = storage() else { return };
        let keys =
            (0..storage.length().unwrap_or(0)).filter_map(|number| storage.key(number).ok()?);
        let others: Vec<String> = keys.filter(which).collect();
        for key in others {
            let _gone = storage.remove_item(&key);
        }
    }

    /// Whether the page was loaded anew (`PerformanceNavigation`).
    pub(super) fn is_reload() -> bool {
        const RELOAD: f64 = 1.0;
        let get = |object: &JsValue, name: &str| Reflect::get(object, &JsValue::from(name)).ok();
        let kind = get(&window(), "performance")
            .and_then(|performance| get(&performance, "navigation"))
            .and_then(|navigation| get(&navigation, "type"));
        kind.and_then(|kind| kind.as_f64()) == Some(RELOAD)
    }
}

#[cfg(not(feature = "hydrate"))]
mod browser {
    pub(super) const fn read(_key: &str) -> Option<String> {
        None
    }

    pub(super) const fn keep(_key: &str, _value: &str) {}

    pub(super) fn forget(_which: impl Fn(&String) -> bool) {}

    pub(super) const fn is_reload() -> bool {
        false
    }
}
