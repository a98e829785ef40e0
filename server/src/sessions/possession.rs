//! Whether a card's key answered our challenge just now, and whether our CA
//! issued its certificate. Until both are proven, a token is nobody's: its
//! certificate can be copied from any event, and so it names no card, no person
//! and no enterprise, neither to whoever sent it nor in the record.

use card_domain::{EventAct, LoginRefusal};
use card_protocol::token::AuthToken;
use event_log::certificate::{CardCertificate, ChainError};

use super::{challenge::CHALLENGE_LIFE, token};
use crate::{
    clock::is_to_come,
    context::RequestContext,
    digest::sha256,
    service::ServiceError,
    storage::{CertificateDigest, NonceHash, NonceKind, UnprovenRefusal},
};

/// A certificate of our CA whose key answered a challenge of this request's
/// browser. There is no other way to one than [`prove`].
#[derive(Debug)]
pub(super) struct ProvenKey {
    certificate: CardCertificate,
    digest: CertificateDigest,
    /// What else is wrong with the certificate itself, now.
    flaw: Option<LoginRefusal>,
}

impl ProvenKey {
    /// The certificate that was presented.
    pub(super) const fn certificate(&self) -> &CardCertificate {
        &self.certificate
    }

    /// Its digest, by which the register knows it.
    pub(super) const fn digest(&self) -> CertificateDigest {
        self.digest
    }

    /// Why this certificate can't be used now although our CA issued it: its
    /// use, its validity, the CA's own.
    pub(super) const fn flaw(&self) -> Option<LoginRefusal> {
        self.flaw
    }
}

/// Proves a token. The checks in their order: the nonce, which is used up
/// whatever else is wrong; the signature; who issued the certificate.
///
/// A refusal is counted for its hour and names nobody.
pub(super) async fn prove(
    ctx: &RequestContext,
    token: &AuthToken,
    act: EventAct,
) -> Result<ProvenKey, ServiceError> {
    let refusal = match check(ctx, token).await? {
        Ok(proven) => return Ok(proven),
        Err(refusal) => refusal,
    };
    let (client, act_name) = (&ctx.request.client, act.name());
    tracing::info!(
        request_id = %client.request_id, address = %client.address, act = act_name, %refusal,
        "refused before anything was proven"
    );
    let counted = UnprovenRefusal {
        at: ctx.request.now,
        act,
        reason: refusal.into(),
    };
    ctx.service.store.count_unproven(counted, None).await?;
    Err(refusal.into())
}

async fn check(
    ctx: &RequestContext,
    token: &AuthToken,
) -> Result<Result<ProvenKey, LoginRefusal>, ServiceError> {
    let origin = token::origin(token, &ctx.service.config.origins);
    let parsed = token::parse(token);
    let answered = match (&origin, &parsed) {
        (Ok(origin), Ok(parsed)) => ctx
            .request
            .challenges
            .iter()
            .find(|nonce| parsed.answers(origin, nonce)),
        _ => None,
    };
    // The nonce goes first, whatever else is wrong: a token has one chance.
    if let Err(refusal) = take_challenge(ctx, answered).await? {
        return Ok(Err(refusal));
    }
    let parsed = match (origin, parsed) {
        (Err(refusal), _) | (_, Err(refusal)) => return Ok(Err(refusal)),
        (Ok(_), Ok(_)) if answered.is_none() => return Ok(Err(LoginRefusal::BadSignature)),
        (Ok(_), Ok(parsed)) => parsed,
    };
    let anchors = &ctx.service.keys.anchors;
    let flaw = match anchors.check(&parsed.certificate, ctx.request.now) {
        Ok(()) => None,
        Err(ChainError::Unusable) => return Ok(Err(LoginRefusal::UnusableCertificate)),
        Err(ChainError::UntrustedIssuer) => return Ok(Err(LoginRefusal::UntrustedIssuer)),
        Err(issued) => Some(refusal_of(issued)),
    };
    Ok(Ok(ProvenKey {
        digest: CertificateDigest(sha256(&parsed.der)),
        certificate: parsed.certificate,
        flaw,
    }))
}

/// Takes the nonce that was answered out of the store, or, if none was, all
/// that this browser has.
async fn take_challenge(
    ctx: &RequestContext,
    answered: Option<&String>,
) -> Result<Result<(), LoginRefusal>, ServiceError> {
    let (mut taken, mut in_time) = (false, false);
    let challenges = ctx.request.challenges.as_slice();
    for nonce in answered.map_or(challenges, std::slice::from_ref) {
        let hash = NonceHash(sha256(nonce.as_bytes()));
        let Some(nonce) = ctx.service.store.take_nonce(hash).await? else {
            continue;
        };
        if nonce.kind == NonceKind::Login {
            taken = true;
            let now = ctx.request.now;
            let made = nonce.expires_at - CHALLENGE_LIFE;
            in_time |= now <= nonce.expires_at && !is_to_come(made, now);
        }
    }
    Ok(match (taken, in_time) {
        (false, _) => Err(LoginRefusal::ChallengeUsed),
        (true, false) => Err(LoginRefusal::ChallengeLate),
        (true, true) => Ok(()),
    })
}

/// The refusal for what is wrong with a certificate.
pub(super) const fn refusal_of(error: ChainError) -> LoginRefusal {
    match error {
        ChainError::Unusable | ChainError::UnknownCriticalExtension => {
            LoginRefusal::UnusableCertificate
        }
        ChainError::UntrustedIssuer => LoginRefusal::UntrustedIssuer,
        ChainError::IssuerNotValid => LoginRefusal::IssuerNotValid,
        ChainError::IsCa | ChainError::WrongUsage => LoginRefusal::WrongKeyUsage,
        ChainError::NotYetValid => LoginRefusal::NotYetValid,
        ChainError::Expired => LoginRefusal::Expired,
    }
}
