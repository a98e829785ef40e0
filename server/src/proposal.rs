//! Propose, sign, commit: the one way to everything that the legal-person card
//! has to sign. The server makes a statement and keeps it under a nonce
//! ([`Proposals::make`]), and signs it itself, for the bridge has a card sign nothing
//! else; the card signs it; [`Proposals::redeem_even_locked`] compares what
//! came back with what was kept and has the signature checked (`signed_statement`); that
//! makes the [`SignedStatement`] which the store wants before it changes anything.
//!
//! A nonce has one chance. What was signed right uses it up in the transaction of
//! what was signed; a refusal, of whatever kind, uses it up in the transaction
//! that records the refusal: as an event where the session's card signed, as one
//! more of its hour where nobody did. A failure (the store is gone) does neither, so that
//! the same request may be sent again. One whose answer was lost gets that answer again
//! (`again`), as long as nothing was signed for the card since.

mod again;
mod refusal;
mod statement;
mod stored;

use app::api::{ErrorCode, model::Proposal};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::Role;
use card_protocol::{
    proposal::ProposedStatement,
    statement::{Statement, StatementSignature},
};
use event_log::signer::PROPOSAL_LIFE;

pub(crate) use self::{refusal::RefusedAct, stored::Payload};
use self::{
    statement::{Content, Proposer},
    stored::StoredProposal,
};
use crate::{
    context::{Actor, RequestContext},
    digest::sha256,
    random,
    service::ServiceError,
    signed_statement::{Proposed, SignedStatement, Signer},
    storage::{EventRecord, MadeCard, Nonce, NonceHash},
};

/// The proposals of one session, in one request.
#[derive(Clone, Copy)]
pub(crate) struct Proposals<'a> {
    ctx: &'a RequestContext,
    actor: &'a Actor,
}

/// What a statement and a signature are good for.
pub(crate) enum Redeemed<P> {
    /// To do this now.
    Now(P, Box<SignedStatement>),
    /// To be told what was done with them.
    Before(Box<EventRecord>),
}

/// A proposal of this session, as it was kept.
struct Found<P> {
    proposal: StoredProposal<P>,
    nonce: Nonce,
}

impl<'a> Proposals<'a> {
    pub(crate) const fn new(ctx: &'a RequestContext, actor: &'a Actor) -> Self {
        Self { ctx, actor }
    }

    /// Proposes to do `payload` to `records` once it is signed.
    pub(crate) async fn make<P: Payload>(
        self,
        records: &[MadeCard],
        payload: P,
    ) -> Result<Proposal, ServiceError> {
        let card = payload.card();
        let nonce = STANDARD.encode(random::bytes::<32>()?);
        let now = self.ctx.request.now;
        let service = &self.ctx.service;
        let (actor, store) = (self.actor, &service.store);
        let origin = self.ctx.request.origin.as_deref();
        let origin = origin.ok_or(ErrorCode::NotAllowed)?;
        let own = store.card(actor.enterprise, actor.card).await?;
        let own = own.made().ok_or(ErrorCode::NotFound)?;
        for read in records.iter().chain([&own]) {
            self.ctx.explained_as(read, actor).await?;
        }
        let content = Proposer {
            actor,
            own: &own,
            instance: service.keys.authority.instance()?,
            origin,
            nonce: &nonce,
            action: payload.action(),
            cause: payload.cause(),
            until: payload.until(),
            now,
        }
        .content(records)?;
        let stored = StoredProposal { content, payload };
        let expires_at = now + PROPOSAL_LIFE;
        store
            .put_nonce(Nonce {
                hash: NonceHash(sha256(nonce.as_bytes())),
                kind: P::KIND,
                session: Some(self.actor.token),
                card,
                payload: Some(stored.to_json()?),
                expires_at,
            })
            .await?;
        let Content { text, structured } = stored.content;
        let statement = Statement {
            nonce,
            text,
            structured,
        };
        let certificate = own
            .certificate
            .ok_or(ServiceError::Inconsistent("a session without certificate"))?;
        let digest = sha256(&certificate.der);
        let until = expires_at.as_second();
        let proposed = ProposedStatement::of(&statement, origin, &digest, until);
        Ok(Proposal {
            signed: service.keys.program.sign(&proposed)?,
            statement,
            expires_at,
        })
    }

    /// [`Self::redeem`] for whoever calls, the opening of every commit. A session that is
    /// locked, because its card was taken out before the answer came, is told again what
    /// was done, and does nothing.
    pub(crate) async fn redeem_even_locked<P: Payload>(
        ctx: &RequestContext,
        statement: &Statement,
        signature: &StatementSignature,
    ) -> Result<(Actor, Redeemed<P>), ServiceError> {
        let (actor, role) = ctx.require_even_locked().await?;
        let proposals = Proposals::new(ctx, &actor);
        let redeemed = match ctx.require_legal_person().await {
            Ok(_at_work) => proposals.redeem(statement, signature).await?,
            Err(refused) if role == Role::LegalPerson => {
                let before = proposals.done_before(statement, signature).await?;
                Redeemed::Before(Box::new(before.ok_or(refused)?))
            }
            Err(refused) => return Err(refused),
        };
        Ok((actor, redeemed))
    }

    /// What was proposed, once the session's card is proven to have signed
    /// exactly that. Otherwise the refusal is recorded.
    ///
    /// Who is refused later, when the signed thing can't be done, passes that
    /// through [`Self::refuse_or_again`].
    async fn redeem<P: Payload>(
        self,
        statement: &Statement,
        signature: &StatementSignature,
    ) -> Result<Redeemed<P>, ServiceError> {
        let nonce = NonceHash(sha256(statement.nonce.as_bytes()));
        let found = match self.find::<P>(nonce).await {
            Ok(found) => found,
            Err(refused) => {
                return match self.done_before(statement, signature).await? {
                    Some(done) => Ok(Redeemed::Before(Box::new(done))),
                    None => Err(self.refuse_unknown::<P>(refused).await),
                };
            }
        };
        match self.prove(&found, statement, signature).await {
            Ok(signed) => Ok(Redeemed::Now(found.proposal.payload, Box::new(signed))),
            Err(refused) => {
                let payload = &found.proposal.payload;
                Err(self.refuse(payload, nonce, refused).await)
            }
        }
    }

    /// Looks a proposal up. Another session's, or one of another kind, is as
    /// good as none: it is neither told of nor used up, and its card is not
    /// named in this enterprise's event.
    async fn find<P: Payload>(self, hash: NonceHash) -> Result<Found<P>, RefusedAct> {
        let nonce = self.ctx.service.store.nonce(hash).await?;
        let own =
            nonce.filter(|nonce| nonce.kind == P::KIND && nonce.session == Some(self.actor.token));
        let nonce = own.ok_or_else(RefusedAct::unknown)?;
        let json = nonce.payload.as_deref();
        let json = json.ok_or_else(RefusedAct::unknown)?;
        // One that another version kept is as good as none: it lives for minutes.
        let proposal = StoredProposal::from_json(json).map_err(|_form| RefusedAct::unknown())?;
        Ok(Found { proposal, nonce })
    }

    /// Whether the session's card signed exactly what was proposed, in time.
    ///
    /// What is compared here is no secret to whoever sends it (the statement was
    /// shown, the certificate is on the card), so the time that it takes tells
    /// nothing; the nonce is looked up by its hash.
    async fn prove<P: Payload>(
        self,
        found: &Found<P>,
        statement: &Statement,
        signature: &StatementSignature,
    ) -> Result<SignedStatement, RefusedAct> {
        let service = &self.ctx.service;
        let now = self.ctx.request.now;
        let own = service
            .store
            .card(self.actor.enterprise, self.actor.card)
            .await
            .map_err(RefusedAct::before_proof)?;
        let confirmed = own
            .certificate
            .ok_or(ServiceError::Inconsistent("a session without certificate"))
            .map_err(RefusedAct::before_proof)?;
        let signer = Signer {
            anchors: &service.keys.anchors,
            origins: &service.config.origins,
            enterprise: self.actor.enterprise,
            card: self.actor.card,
            confirmed: &confirmed.der,
        };
        let StoredProposal { content, payload } = &found.proposal;
        let proposed = Proposed {
            action: payload.action(),
            cause: payload.cause(),
            until: payload.until(),
            seen: payload.seen(),
            text: &content.text,
            structured: &content.structured,
            expires_at: found.nonce.expires_at,
        };
        Ok(signer.check(now, proposed, statement, signature)?)
    }
}
