//! The login: every check has its own refusal, and each refusal is an event.

use app::api::{ErrorCode, LoginSuccess, model::SessionView};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use card_domain::{EventAct, LoginRefusal, StateName};
use card_protocol::token::AuthToken;
use zeroize::Zeroizing;

use super::token::{self, ParsedToken};
use crate::{
    digest::sha256,
    http::cookie,
    metrics::{Limit, LoginOutcome},
    pki::{CertifiedHolder, ChainError},
    random,
    service::{RequestContext, ServiceError},
    storage::{
        CardRecord, CertificateDigest, NewSession, NonceHash, NonceKind, Outcome, SessionOpening,
        Standing, TokenHash,
    },
};

impl RequestContext {
    pub(crate) async fn do_login(&self, token: AuthToken) -> Result<LoginSuccess, ServiceError> {
        let result = self.recorded_login(token).await;
        self.service.metrics.login(outcome(&result));
        result
    }

    /// The login, whose refusal is an event.
    async fn recorded_login(&self, token: AuthToken) -> Result<LoginSuccess, ServiceError> {
        self.limit(Limit::LoginRate)?;
        let mut known = None;
        match self.check_login(&token, &mut known).await {
            Err(ServiceError::Code(ErrorCode::Login(refusal))) => {
                self.record_failed_login(refusal, known).await?;
                Err(refusal.into())
            }
            other => other,
        }
    }

    /// The legal-person card is back: its token ends the session's lock.
    pub(crate) async fn do_unlock_session(
        &self,
        token: AuthToken,
    ) -> Result<SessionView, ServiceError> {
        self.limit(Limit::LoginRate)?;
        let (actor, _) = self.require_even_locked().await?;
        let mut known = None;
        let checked = self.check_card(&token, &mut known).await;
        let refused = match &checked {
            Ok((card, _)) if card.id != actor.card => Some(String::from("another card")),
            Err(ServiceError::Code(ErrorCode::Login(refusal))) => Some(refusal.to_string()),
            _ => None,
        };
        let mut event = self.event(EventAct::UnlockSession, Outcome::Done);
        event.enterprise = Some(actor.enterprise);
        event.actor = Some(actor.card);
        event.target = Some(actor.card);
        if let Some(reason) = refused {
            event.outcome = Outcome::Refused;
            event.detail = Some(reason);
            self.service.store.record_event(event).await?;
            checked?;
            return Err(ErrorCode::StatementSignature.into());
        }
        checked?;
        let now = self.request.now;
        let store = &self.service.store;
        let was_locked = store.unlock_session(actor.token, now, event).await?;
        if !was_locked {
            tracing::debug!("a session that was not locked was unlocked");
        }
        self.session_view()
            .await?
            .ok_or_else(|| ErrorCode::NotLoggedIn.into())
    }

    /// The checks in their order. `known` is the card, as soon as one is.
    async fn check_login(
        &self,
        token: &AuthToken,
        known: &mut Option<CardRecord>,
    ) -> Result<LoginSuccess, ServiceError> {
        let (card, digest) = self.check_card(token, known).await?;
        self.open_session(card, digest).await
    }

    /// Whether a token was made by a card that may log in, just now and here.
    async fn check_card(
        &self,
        token: &AuthToken,
        known: &mut Option<CardRecord>,
    ) -> Result<(CardRecord, CertificateDigest), ServiceError> {
        let origin = token::origin(token, &self.service.config.origins);
        let parsed = token::parse(token);
        let answered = match (&origin, &parsed) {
            (Ok(origin), Ok(parsed)) => self
                .request
                .challenges
                .iter()
                .find(|nonce| parsed.answers(origin, nonce)),
            _ => None,
        };
        let digest = parsed
            .as_ref()
            .ok()
            .map(|parsed| CertificateDigest(sha256(&parsed.der)));
        let hit = match digest {
            Some(digest) => self.service.store.certificate(digest).await?,
            None => None,
        };
        *known = hit.as_ref().map(|hit| hit.card.clone());
        // The nonce goes first, whatever else is wrong: a token has one chance.
        self.take_challenge(answered).await?;
        origin?;
        let parsed = parsed?;
        if answered.is_none() {
            return Err(LoginRefusal::BadSignature.into());
        }
        self.check_chain(&parsed)?;
        let (hit, digest) = hit.zip(digest).ok_or(LoginRefusal::UnknownCard)?;
        // What the row says of the card is asked only once the log says the same.
        self.explained(hit.card.id).await?;
        check_state(hit.card.state.name())?;
        if hit.standing != Standing::Good {
            return Err(LoginRefusal::NotConfirmed.into());
        }
        check_holder(&hit.card, parsed.certificate.holder.as_ref())?;
        Ok((hit.card, digest))
    }

    /// Takes the nonce that was answered out of the store, or, if none was,
    /// all that this browser has.
    async fn take_challenge(&self, answered: Option<&String>) -> Result<(), ServiceError> {
        let (mut taken, mut in_time) = (false, false);
        let nonces = answered.map_or(self.request.challenges.as_slice(), std::slice::from_ref);
        for nonce in nonces {
            let hash = NonceHash(sha256(nonce.as_bytes()));
            let Some(nonce) = self.service.store.take_nonce(hash).await? else {
                continue;
            };
            if nonce.kind == NonceKind::Login {
                taken = true;
                in_time |= self.request.now <= nonce.expires_at;
            }
        }
        match (taken, in_time) {
            (false, _) => Err(LoginRefusal::ChallengeUsed.into()),
            (true, false) => Err(LoginRefusal::ChallengeLate.into()),
            (true, true) => Ok(()),
        }
    }

    fn check_chain(&self, token: &ParsedToken) -> Result<(), LoginRefusal> {
        self.service
            .keys
            .anchors
            .check(&token.certificate, self.request.now)
            .map_err(|error| match error {
                ChainError::Unusable | ChainError::UnknownCriticalExtension => {
                    LoginRefusal::UnusableCertificate
                }
                ChainError::UntrustedIssuer => LoginRefusal::UntrustedIssuer,
                ChainError::IsCa | ChainError::WrongUsage => LoginRefusal::WrongKeyUsage,
                ChainError::NotYetValid => LoginRefusal::NotYetValid,
                ChainError::Expired => LoginRefusal::Expired,
            })
    }

    async fn open_session(
        &self,
        card: CardRecord,
        certificate: CertificateDigest,
    ) -> Result<LoginSuccess, ServiceError> {
        let secret = Zeroizing::new(random::bytes::<32>()?);
        let value = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.as_slice()));
        let token = TokenHash(sha256(value.as_bytes()));
        let now = self.request.now;
        let ends_at = now + self.service.config.session.absolute();
        let session = NewSession {
            token,
            card: card.id,
            certificate,
            created_at: now,
            ends_at,
        };
        let mut event = self.event(EventAct::Login, Outcome::Done);
        event.enterprise = Some(card.enterprise);
        event.actor = Some(card.id);
        event.target = Some(card.id);
        match self.service.store.open_session(session, event).await? {
            SessionOpening::Opened { .. } => {}
            // What was read a moment ago is not so any more.
            SessionOpening::CardIs(state) => check_state(state.name())?,
            SessionOpening::NotConfirmed(_) => return Err(LoginRefusal::NotConfirmed.into()),
            SessionOpening::Unknown => return Err(LoginRefusal::UnknownCard.into()),
        }
        let opened = self
            .service
            .store
            .session(token)
            .await?
            .ok_or(ServiceError::Inconsistent("an opened session is not there"))?;
        Ok(LoginSuccess {
            session: SessionView {
                role: opened.role,
                enterprise_name: opened.enterprise_name,
                holder_name: opened.holder_name,
                card_no: opened.card_no,
                ends_at,
                locked_until: None,
            },
            set_cookie: cookie::set_session(&value, self.service.is_https()),
        })
    }

    async fn record_failed_login(
        &self,
        refusal: LoginRefusal,
        card: Option<CardRecord>,
    ) -> Result<(), ServiceError> {
        let mut event = self.event(EventAct::Login, Outcome::Refused);
        event.enterprise = card.as_ref().map(|card| card.enterprise);
        event.target = card.map(|card| card.id);
        event.detail = Some(refusal.to_string());
        self.service.store.record_event(event).await?;
        Ok(())
    }
}

/// How a login is counted.
const fn outcome(result: &Result<LoginSuccess, ServiceError>) -> LoginOutcome {
    match result {
        Ok(_) => LoginOutcome::Done,
        Err(ServiceError::Code(ErrorCode::Login(refusal))) => LoginOutcome::Refused(*refusal),
        Err(ServiceError::Code(ErrorCode::TooMany)) => LoginOutcome::TooMany,
        Err(_) => LoginOutcome::Failed,
    }
}

/// What the CA certified of the holder and what the register says have to be the
/// same: a row that was changed makes no card another one, and no operator a legal
/// person. Certificates of before say nothing.
fn check_holder(
    card: &CardRecord,
    certified: Option<&CertifiedHolder>,
) -> Result<(), LoginRefusal> {
    let Some(certified) = certified else {
        return Ok(());
    };
    let card_no = card.chip.as_ref().map(|chip| &chip.card_no.0);
    let is_same = certified.card == card.id
        && certified.enterprise == card.enterprise
        && certified.role == card.holder.role()
        && Some(&certified.card_no) == card_no;
    if is_same {
        Ok(())
    } else {
        Err(LoginRefusal::UnknownCard)
    }
}

/// Only a card that is 正常 logs in; a card that was never made has no
/// certificate that could have brought it here.
fn check_state(state: StateName) -> Result<(), LoginRefusal> {
    match state {
        StateName::Normal => Ok(()),
        StateName::Lost => Err(LoginRefusal::Lost),
        StateName::Frozen => Err(LoginRefusal::Frozen),
        StateName::Cancelled => Err(LoginRefusal::Cancelled),
        StateName::NotIssued => Err(LoginRefusal::NotConfirmed),
    }
}
