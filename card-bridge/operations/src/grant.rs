//! The grants of one connection: what its server lets the page do, and until
//! when. The page is told nothing and has no card do anything without one.
//!
//! A grant is over a nonce of this connection, which counts once. Its time is
//! the server's: the grant says when the server signed it, which was after the
//! nonce was given out, so what went by since then leads to the server's time
//! now, at most the page's round trip to its server ahead of it. The machine's
//! clock may show anything (ADR 35).

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{
    CardError,
    bridge::{Call, GrantRequest, Granted},
    error::GrantRefusal,
    grant::{Grant, MAX_LIFE_SECONDS, NONCE_LENGTH, NONCE_MARK, Purpose, SessionScope, VERSION},
};
use jiff::Timestamp;

use crate::{
    issuers::Issuers,
    key::{OpenError, Server},
    moment::Moment,
};

/// The grants of one connection.
#[derive(Debug, Default)]
pub struct Grants {
    /// The nonce that was given out last, while no grant over it was shown.
    nonce: Option<(String, Moment)>,
    current: Option<HeldGrant>,
}

/// A grant that was good when it was shown.
#[derive(Clone, Debug)]
pub struct HeldGrant {
    grant: Grant,
    /// Whose cards get a PIN under it.
    issuers: Arc<Issuers>,
    /// When its nonce was given out: not after the server signed.
    since: Moment,
}

impl Grants {
    /// Gives a nonce out for the next grant.
    ///
    /// # Errors
    /// [`CardError::ReaderError`] when the system has no random bytes.
    pub fn request(&mut self, now: Moment) -> Result<GrantRequest, CardError> {
        let mut bytes = [0; NONCE_LENGTH];
        let (mark, random) = bytes.split_at_mut(NONCE_MARK.len());
        mark.copy_from_slice(&NONCE_MARK);
        getrandom::fill(random).map_err(|error| {
            tracing::error!(%error, "no random bytes");
            CardError::ReaderError
        })?;
        let nonce = BASE64_STANDARD.encode(bytes);
        self.nonce = Some((nonce.clone(), now));
        Ok(GrantRequest { nonce })
    }

    /// Takes a grant that the server's key opened ([`ProgramKey::open`](crate::key::ProgramKey::open)), if it is good.
    /// Otherwise the one before goes on until its own end; the nonce is void in any case.
    ///
    /// # Errors
    /// [`CardError::NotGranted`], [`CardError::BadRequest`] for what no server
    /// should sign.
    pub fn present(
        &mut self,
        opened: Result<Grant, OpenError>,
        server: Server<'_>,
        now: Moment,
    ) -> Result<Granted, CardError> {
        let nonce = self.nonce.take();
        let grant = match opened {
            Ok(grant) => grant,
            Err(OpenError::Signature) => return Err(refused(GrantRefusal::Signature)),
            Err(error @ OpenError::Malformed(_)) => {
                tracing::warn!(%error, "a grant");
                return Err(CardError::BadRequest);
            }
        };
        if grant.version != VERSION {
            return Err(CardError::BadRequest);
        }
        if grant.origin != server.origin {
            return Err(refused(GrantRefusal::Origin));
        }
        let Some((_, since)) = nonce.filter(|(nonce, _)| *nonce == grant.nonce) else {
            return Err(refused(GrantRefusal::Nonce));
        };
        let life = grant.expires_at.saturating_sub(grant.issued_at);
        if !(1..=MAX_LIFE_SECONDS).contains(&life) {
            return Err(refused(GrantRefusal::Expired));
        }
        let is_other = |before: &HeldGrant| before.session_id() != session_id(&grant.purpose);
        if self.current.as_ref().is_some_and(is_other) {
            return Err(refused(GrantRefusal::Session));
        }
        let held = HeldGrant {
            issuers: Arc::new(Issuers::of(grant.issuers.as_deref())?),
            grant,
            since,
        };
        let seconds = held.seconds_left(now);
        let Some(seconds) = u32::try_from(seconds).ok().filter(|seconds| *seconds > 0) else {
            return Err(refused(GrantRefusal::Expired));
        };
        self.current = Some(held);
        Ok(Granted {
            seconds,
            acquaintance: None,
        })
    }

    /// The grant under which `call` may be answered.
    ///
    /// # Errors
    /// [`CardError::NotGranted`]
    pub fn for_call(&self, call: &Call, now: Moment) -> Result<HeldGrant, CardError> {
        let grant = self.current(now)?;
        if needs_session(call) && grant.session().is_none() {
            return Err(refused(GrantRefusal::Purpose));
        }
        Ok(grant.clone())
    }

    /// The grant as it is now.
    ///
    /// # Errors
    /// [`GrantRefusal::Missing`]
    pub fn current(&self, now: Moment) -> Result<&HeldGrant, CardError> {
        let current = self.current.as_ref().filter(|grant| !grant.is_over(now));
        current.ok_or_else(|| refused(GrantRefusal::Missing))
    }

    /// Whether there was one, and it ended.
    #[must_use]
    pub fn is_over(&self, now: Moment) -> bool {
        self.current
            .as_ref()
            .is_some_and(|grant| grant.is_over(now))
    }

    /// When the present one ends by the clock that nobody sets ([`Moment::steady`]); `None`
    /// before there is one.
    #[must_use]
    pub fn ends_at(&self) -> Option<Duration> {
        let HeldGrant { grant, since, .. } = self.current.as_ref()?;
        let life = u64::try_from(grant.expires_at - grant.issued_at).unwrap_or_default();
        Some(since.steady + Duration::from_secs(life))
    }
}

impl HeldGrant {
    /// The server's time now, in Unix seconds: never behind it.
    #[must_use]
    pub fn server_time(&self, now: Moment) -> i64 {
        let passed = self.since.seconds_until(now);
        self.grant.issued_at.saturating_add(passed)
    }

    /// This moment, with the server's time on the wall: for what the server signed, whatever
    /// the machine's own clock shows.
    #[must_use]
    pub fn by_server(&self, now: Moment) -> Moment {
        let server = Timestamp::from_second(self.server_time(now));
        Moment {
            wall: server.unwrap_or(now.wall),
            ..now
        }
    }

    /// The session that it is for, if it is for one.
    #[must_use]
    pub const fn session(&self) -> Option<&SessionScope> {
        match &self.grant.purpose {
            Purpose::Login => None,
            Purpose::Session(session) => Some(session),
        }
    }

    /// Whose cards get a PIN.
    #[must_use]
    pub fn issuers(&self) -> &Arc<Issuers> {
        &self.issuers
    }

    fn session_id(&self) -> Option<&str> {
        session_id(&self.grant.purpose)
    }

    fn seconds_left(&self, now: Moment) -> i64 {
        self.grant.expires_at.saturating_sub(self.server_time(now))
    }

    fn is_over(&self, now: Moment) -> bool {
        self.seconds_left(now) <= 0
    }
}

fn session_id(purpose: &Purpose) -> Option<&str> {
    match purpose {
        Purpose::Login => None,
        Purpose::Session(session) => Some(&session.session),
    }
}

/// What nobody has to do who only logs in.
const fn needs_session(call: &Call) -> bool {
    matches!(call, Call::SignStatement { .. } | Call::ChangePin { .. })
}

fn refused(reason: GrantRefusal) -> CardError {
    tracing::warn!(%reason, "not granted");
    CardError::NotGranted { reason }
}
