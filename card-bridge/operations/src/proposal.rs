//! What a page wants a card to sign, held against the server's own word for it.
//! There is no other way to a [`CheckedStatement`] than [`check`], and a card
//! signs nothing else.

use card_protocol::{
    CardError,
    error::ProposalRefusal,
    proposal::{ProposedStatement, SignedProposal, VERSION},
    signed::{ServerSigned, Signed},
    statement::Statement,
    token::{CHALLENGE_VERSION, SignedChallenge},
};
use sha2::{Digest as _, Sha256};

use crate::{
    authenticate::is_nonce,
    grant::HeldGrant,
    key::{OpenError, Server},
    moment::Moment,
};

/// A statement that the server proposed to the card of the grant's session.
#[derive(Clone, Debug)]
pub struct CheckedStatement {
    statement: Statement,
    proposed: ProposedStatement,
    /// SHA-256 of the signed proposal.
    id: [u8; 32],
}

impl CheckedStatement {
    /// What the card signs, and its holder reads.
    #[must_use]
    pub const fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Tells this proposal from every other one.
    #[must_use]
    pub const fn id(&self) -> &[u8; 32] {
        &self.id
    }

    /// Whether a card with this certificate (DER) is the one that is to sign.
    ///
    /// # Errors
    /// [`ProposalRefusal::Card`]
    pub fn is_for_card(&self, certificate: &[u8]) -> Result<(), CardError> {
        let digest = card_protocol::hex::encode(&Sha256::digest(certificate));
        if digest == self.proposed.certificate_sha256 {
            Ok(())
        } else {
            Err(refused(ProposalRefusal::Card))
        }
    }

    /// Whether it may still be signed: somebody read it meanwhile.
    ///
    /// # Errors
    /// [`ProposalRefusal::Expired`]
    pub fn is_in_time(&self, grant: &HeldGrant, now: Moment) -> Result<(), CardError> {
        if grant.server_time(now) > self.proposed.expires_at {
            return Err(refused(ProposalRefusal::Expired));
        }
        Ok(())
    }
}

/// Checks that the pinned server proposed exactly this statement, for pages of
/// this origin and for the card of the grant's session.
///
/// # Errors
/// [`CardError::NotProposed`]; [`CardError::BadRequest`] for what no server
/// should sign.
pub async fn check(
    statement: Statement,
    signed: &SignedProposal,
    server: Server<'_>,
    grant: &HeldGrant,
    now: Moment,
) -> Result<CheckedStatement, CardError> {
    let proposed = open(signed, server).await?;
    if proposed.version != VERSION {
        return Err(CardError::BadRequest);
    }
    if proposed.origin != server.origin {
        return Err(refused(ProposalRefusal::Origin));
    }
    if !proposed.is_of(&statement) {
        return Err(refused(ProposalRefusal::Content));
    }
    let is_of_session = grant
        .session()
        .is_some_and(|session| session.certificate_sha256 == proposed.certificate_sha256);
    if !is_of_session {
        return Err(refused(ProposalRefusal::Certificate));
    }
    let checked = CheckedStatement {
        statement,
        proposed,
        id: Sha256::digest(signed.message()).into(),
    };
    checked.is_in_time(grant, now)?;
    Ok(checked)
}

/// The nonce of a challenge that the pinned server gave out for this origin.
///
/// # Errors
/// [`CardError::NotProposed`]; [`CardError::BadRequest`] for what no server
/// should sign.
pub async fn check_challenge(
    signed: &SignedChallenge,
    server: Server<'_>,
) -> Result<String, CardError> {
    let challenge = open(signed, server).await?;
    if challenge.version != CHALLENGE_VERSION || !is_nonce(&challenge.nonce) {
        return Err(CardError::BadRequest);
    }
    if challenge.origin != server.origin {
        return Err(refused(ProposalRefusal::Origin));
    }
    Ok(challenge.nonce)
}

async fn open<T: ServerSigned>(signed: &Signed<T>, server: Server<'_>) -> Result<T, CardError> {
    server.key.open(signed).await.map_err(|error| match error {
        OpenError::Signature => refused(ProposalRefusal::Signature),
        OpenError::Malformed(_) => {
            tracing::warn!(%error, "what is to be signed");
            CardError::BadRequest
        }
    })
}

fn refused(reason: ProposalRefusal) -> CardError {
    tracing::warn!(%reason, "not signed");
    CardError::NotProposed { reason }
}
