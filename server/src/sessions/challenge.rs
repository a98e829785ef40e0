//! Login challenges: random, kept by the server, used once, five minutes.

use app::api::model::Challenge;
use base64::{Engine as _, engine::general_purpose::STANDARD};
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

/// Makes a challenge. The browser has to keep it: the token does not name its
/// nonce, and so a token that was made in one browser can't be brought in by
/// another.
pub(crate) async fn challenge(ctx: &RequestContext) -> Result<Challenge, ServiceError> {
    ctx.limit(Rated::Challenge)?;
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
    Ok(Challenge { nonce, expires_at })
}
