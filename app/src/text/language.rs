//! In which language somebody reads: Chinese, in the manual's words, unless English was
//! chosen in the page. It is the browser's, and stands in a cookie. The server sets it
//! around everything that it does for a request; in a browser it is that of the document.

#[cfg(not(feature = "hydrate"))]
use std::{
    cell::Cell,
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll},
};

/// A language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];
    /// The cookie.
    pub const COOKIE: &str = "language";
    /// Where the form is sent with which one is chosen.
    pub const ADDRESS: &str = "/language";
    /// Its one field.
    pub const FIELD: &str = "language";

    /// Its tag (BCP 47), in `lang`, in the cookie and in the form.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The one with this tag.
    #[must_use]
    pub fn read(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The one that a page offers instead of its own.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Chinese => Self::English,
            Self::English => Self::Chinese,
        }
    }
}

#[cfg(feature = "hydrate")]
impl Language {
    /// The document's. It never changes while the document lives.
    #[must_use]
    pub fn current() -> Self {
        thread_local! {
            static CURRENT: Language = Language::of_document();
        }
        CURRENT.with(|current| *current)
    }

    fn of_document() -> Self {
        let html = leptos::prelude::document().document_element();
        let tag = html.and_then(|html| html.get_attribute("lang"));
        tag.and_then(|tag| Self::read(&tag)).unwrap_or_default()
    }
}

#[cfg(not(feature = "hydrate"))]
thread_local! {
    /// That of what this thread is doing just now.
    static CURRENT: Cell<Language> = const { Cell::new(Language::Chinese) };
}

#[cfg(not(feature = "hydrate"))]
impl Language {
    /// That of whom this is done for, as [`Self::scope`] set it. What a page loads, it loads
    /// within its own request.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.get()
    }

    /// Does it in this language, wherever and in how many turns it is polled.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        let mut work = pin!(work);
        poll_fn(|context| self.poll(work.as_mut(), context)).await
    }

    fn poll<F: Future>(self, work: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.within(|| work.poll(context))
    }

    /// Does it in this language.
    pub fn within<T>(self, work: impl FnOnce() -> T) -> T {
        let _until_then = Within(CURRENT.replace(self));
        work()
    }
}

/// Puts back the language of before, also when the work panics.
#[cfg(not(feature = "hydrate"))]
struct Within(Language);

#[cfg(not(feature = "hydrate"))]
impl Drop for Within {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

#[cfg(all(test, not(feature = "hydrate")))]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_from_its_own_tags_only() {
        for language in Language::ALL {
            assert_eq!(Language::read(language.tag()), Some(language));
            assert_eq!(language.other().other(), language);
        }
        for tag in ["", "EN", "en-GB", "zh", "zh-cn", "de", "\u{0}"] {
            assert_eq!(Language::read(tag), None, "{tag:?}");
        }
    }

    #[test]
    fn it_ends_with_the_work_even_if_that_panics() {
        let inner = || Language::Chinese.within(Language::current);
        assert_eq!(Language::English.within(inner), Language::Chinese);
        let outer = Language::English.within(|| (inner(), Language::current()));
        assert_eq!(outer, (Language::Chinese, Language::English));
        let panics = || Language::English.within(|| panic!("as it does"));
        std::panic::catch_unwind(panics).unwrap_err();
        assert_eq!(Language::current(), Language::Chinese);
    }

    #[test]
    fn two_that_take_turns_keep_their_own() {
        let work = |language: Language| async move {
            language
                .scope(async {
                    let before = Language::current();
                    let mut waited = false;
                    poll_fn(|context| {
                        if std::mem::replace(&mut waited, true) {
                            return Poll::Ready(());
                        }
                        context.waker().wake_by_ref();
                        Poll::Pending
                    })
                    .await;
                    (before, Language::current())
                })
                .await
        };
        let mut english = pin!(work(Language::English));
        let mut chinese = pin!(work(Language::Chinese));
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(english.as_mut().poll(&mut context).is_pending());
        assert!(chinese.as_mut().poll(&mut context).is_pending());
        assert_eq!(Language::current(), Language::Chinese);
        let both = |language| Poll::Ready((language, language));
        assert_eq!(english.poll(&mut context), both(Language::English));
        assert_eq!(chinese.poll(&mut context), both(Language::Chinese));
    }
}
