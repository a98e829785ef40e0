//! The grants of this page: fetched from its server when a card is wanted, and again
//! before they end. What the bridge asks of a page, the page asks of itself here: a server
//! that ended the session has no card do anything more.

use std::{
    cell::{Cell, RefCell},
    pin::pin,
    rc::Rc,
    time::Duration,
};

use card_operations::{
    grant::{Grants, HeldGrant},
    key::Server,
};
use card_protocol::{CardError, bridge::Call, error::GrantRefusal};
use futures_util::{
    future::{Either, select},
    lock::Mutex,
};

use crate::platform::{Clock, GrantSource};

/// So long before its end a grant is renewed.
const RENEW: Duration = Duration::from_mins(1);
/// How long the server may take to sign one: all calls wait for it.
const FETCH: Duration = Duration::from_secs(15);

/// The grants, and where they come from.
pub(crate) struct PageGrants {
    source: Box<dyn GrantSource>,
    clock: Rc<dyn Clock>,
    held: RefCell<Grants>,
    /// One is fetched at a time: each nonce makes the one before void.
    turn: Mutex<()>,
    /// The server named another session, and no call has heard of it yet: what was opened
    /// for the one before ends before anything is done for the new one.
    owes_release: Cell<bool>,
}

/// A grant, and whether it is of another session than what was done so far.
pub(crate) struct Granted {
    pub(crate) grant: HeldGrant,
    pub(crate) is_other_session: bool,
}

impl PageGrants {
    pub(crate) fn new(source: Box<dyn GrantSource>, clock: Rc<dyn Clock>) -> Self {
        Self {
            source,
            clock,
            held: RefCell::default(),
            turn: Mutex::new(()),
            owes_release: Cell::new(false),
        }
    }

    /// Whether there was one, and it ended, or another session's is to come.
    pub(crate) fn is_over(&self) -> bool {
        self.owes_release.get() || self.held.borrow().is_over(self.clock.now())
    }

    /// The grant under which `call` may be answered; fetched where there is none, where it
    /// ends soon, and where the one that there is does not cover the call: somebody may
    /// have logged in meanwhile.
    ///
    /// # Errors
    /// [`CardError::NotGranted`], and those of the server.
    pub(crate) async fn for_call(
        &self,
        call: &Call,
        server: Server<'_>,
    ) -> Result<Granted, CardError> {
        let _turn = self.turn.lock().await;
        let now = self.clock.now();
        let found = self.held.borrow().for_call(call, now);
        let ends_at = self.held.borrow().ends_at();
        let lasts = ends_at.is_some_and(|end| end > now.steady + RENEW);
        if let (Ok(grant), true) = (&found, lasts) {
            return Ok(self.granted(grant.clone()));
        }
        let grant = match self.fetch(server).await {
            Ok(()) => self.held.borrow().for_call(call, self.clock.now())?,
            // The one that there is goes on until its own end, unless its session is not
            // the page's any more.
            Err(error) if self.owes_release.get() => return Err(error),
            Err(error) => found.map_err(|_no_grant| error)?,
        };
        Ok(self.granted(grant))
    }

    /// For the call that is next with a grant: it hears of the other session, if there is
    /// one.
    fn granted(&self, grant: HeldGrant) -> Granted {
        Granted {
            grant,
            is_other_session: self.owes_release.take(),
        }
    }

    /// Fetches one; if it is of another session than the one before, once more, since its
    /// nonce is void.
    async fn fetch(&self, server: Server<'_>) -> Result<(), CardError> {
        let had_one = self.held.borrow().ends_at().is_some();
        match self.fetch_once(server).await {
            Err(CardError::NotGranted {
                reason: GrantRefusal::Session,
            }) if had_one => {
                // What was opened was so for the session before.
                *self.held.borrow_mut() = Grants::default();
                self.owes_release.set(true);
                self.fetch_once(server).await
            }
            fetched => fetched,
        }
    }

    async fn fetch_once(&self, server: Server<'_>) -> Result<(), CardError> {
        let request = self.held.borrow_mut().request(self.clock.now())?;
        let fetching = self.source.fetch_grant(request.nonce);
        let signed = match select(fetching, pin!(self.clock.sleep(FETCH))).await {
            Either::Left((signed, _)) => signed?,
            Either::Right(_) => {
                tracing::warn!("the server takes its time for a grant");
                return Err(CardError::NotGranted {
                    reason: GrantRefusal::Missing,
                });
            }
        };
        let opened = server.key.open(&signed).await;
        let now = self.clock.now();
        let granted = self.held.borrow_mut().present(opened, server, now)?;
        tracing::debug!(seconds = granted.seconds, "granted");
        Ok(())
    }
}
