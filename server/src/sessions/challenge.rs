//! Login challenges: random, kept by the server, used once, five minutes.

use app::api::{ErrorCode, model::Challenge};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_protocol::token::{CHALLENGE_VERSION, LoginChallenge};
use jiff::SignedDuration;

use crate::{
    context::RequestContext,
    digest::sha256,
    metrics::Rated,
    random,
    service::ServiceError,
    storage::{Nonce, NonceHash, NonceKind},
};

/// How long a challenge may wait for its token.
pub(super) const CHALLENGE_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// A challenge that was made.
#[derive(Debug)]
pub(crate) struct NewChallenge {
    /// For this browser's cookie.
    pub(crate) nonce: String,
    /// For the page.
    pub(crate) shown: Challenge,
}

/// Makes a challenge. The browser has to keep it: the token does not name its
/// nonce, and so a token that was made in one browser can't be brought in by
/// another. It is signed for the bridge, which has a card sign no other nonce.
pub(crate) async fn challenge(ctx: &RequestContext) -> Result<NewChallenge, ServiceError> {
    ctx.limit(Rated::Challenge)?;
    let origin = ctx.request.origin.clone().ok_or(ErrorCode::NotAllowed)?;
    let nonce = STANDARD.encode(random::bytes::<32>()?);
    let expires_at = ctx.request.now + CHALLENGE_LIFE;
    ctx.service
        .store
        .put_nonce(Nonce {
            hash: NonceHash(sha256(nonce.as_bytes())),
            kind: NonceKind::Login,
            session: None,
            card: None,
            payload: None,
            expires_at,
        })
        .await?;
    let challenge = ctx.service.keys.program.sign(&LoginChallenge {
        version: CHALLENGE_VERSION,
        origin,
        nonce: nonce.clone(),
    })?;
    Ok(NewChallenge {
        nonce,
        shown: Challenge {
            challenge,
            expires_at,
        },
    })
}
