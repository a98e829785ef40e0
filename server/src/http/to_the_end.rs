//! Work that is not left half done when whoever asked for it goes away.
//!
//! leptos looks through what a page waits for in a task of its own. Dropping the page
//! meanwhile takes the context from under that task, and a component that is right to
//! expect one panics there. So a page is rendered to its end, in a place
//! that its own connection does not free.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::timeout};

/// So long a place is kept from others. Each wait within has a shorter end of its own, and
/// nobody waits for the answer by then.
const LIMIT: Duration = Duration::from_mins(1);

/// Places for such work.
#[derive(Clone)]
pub(super) struct ToTheEnd {
    places: Arc<Semaphore>,
    limit: Duration,
}

/// The work ended without an answer: it panicked, or was given up.
#[derive(Debug, thiserror::Error)]
#[error("it ended without an answer")]
pub(super) struct NoAnswer(#[source] Option<tokio::task::JoinError>);

impl ToTheEnd {
    /// So many at once.
    pub(super) fn new(places: u32) -> Self {
        let places = usize::try_from(places).unwrap_or(usize::MAX);
        Self {
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            limit: LIMIT,
        }
    }

    /// What the work answers. Dropping this while it waits for a place begins nothing;
    /// afterwards it takes nothing away.
    ///
    /// # Errors
    ///
    /// When it panicked, or took more than a minute.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, NoAnswer> {
        // Closed by nobody.
        let place = self.places.clone().acquire_owned().await;
        let limit = self.limit;
        let task = tokio::spawn(async move {
            let _kept = place;
            timeout(limit, work).await.ok()
        });
        match task.await {
            Ok(answer) => answer.ok_or(NoAnswer(None)),
            Err(error) => Err(NoAnswer(Some(error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use axum::{body::Body, extract::Request};
    use leptos::prelude::*;

    use super::*;
    use crate::http::pages::Pages;

    const SOON: Duration = Duration::from_secs(10);

    #[derive(Clone)]
    struct Expected;

    /// A page that leptos looks through in a task of its own, and that stands still there
    /// until the client is gone.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_page_whose_client_goes_away_keeps_its_context() {
        // leptos finds its executor so.
        let _paths = Pages::paths();
        let (looking, is_looked_through) = mpsc::channel();
        let (gone, is_gone) = mpsc::channel();
        let (seen, what_it_saw) = mpsc::channel();
        let is_gone = Arc::new(Mutex::new(is_gone));
        let looks = Arc::new(AtomicUsize::new(0));
        let app = move || {
            let (looking, is_gone) = (looking.clone(), is_gone.clone());
            let (looks, seen) = (looks.clone(), seen.clone());
            view! {
                <Suspense>
                    {move || {
                        if looks.fetch_add(1, Ordering::SeqCst) == 1 {
                            looking.send(()).unwrap();
                            is_gone.lock().unwrap().recv_timeout(SOON).unwrap();
                            seen.send(use_context::<Expected>().is_some()).unwrap();
                        }
                        Suspend::new(async { "whole" })
                    }}
                </Suspense>
            }
        };
        let render = leptos_axum::render_app_async_with_context(|| provide_context(Expected), app);
        let work = ToTheEnd::new(1);
        let page = render(Request::new(Body::empty()));
        let client = tokio::spawn(async move { work.run(page).await.is_ok() });
        let looked_through =
            tokio::task::spawn_blocking(move || is_looked_through.recv_timeout(SOON));
        looked_through.await.unwrap().unwrap();
        client.abort();
        assert!(client.await.unwrap_err().is_cancelled());
        gone.send(()).unwrap();
        let had_context = tokio::task::spawn_blocking(move || what_it_saw.recv_timeout(SOON));
        assert!(had_context.await.unwrap().unwrap());
    }

    #[tokio::test]
    async fn what_hangs_gives_its_place_back() {
        let mut work = ToTheEnd::new(1);
        work.limit = Duration::from_millis(10);
        assert!(work.run(std::future::pending::<()>()).await.is_err());
        work.limit = SOON;
        assert_eq!(work.run(async { 7 }).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn who_goes_away_before_there_is_a_place_begins_nothing() {
        let work = ToTheEnd::new(1);
        let kept = work.places.clone().acquire_owned().await.unwrap();
        let (began, has_begun) = mpsc::channel();
        let waiting = work.run(async move { began.send(()) });
        assert!(timeout(Duration::from_millis(10), waiting).await.is_err());
        drop(kept);
        assert!(has_begun.recv().is_err());
    }
}
