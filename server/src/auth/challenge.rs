//! Login challenges: random, kept by the server, used once, five minutes.

use app::api::{ErrorCode, model::Challenge};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::SignedDuration;

use crate::{
    digest::sha256,
    http::cookie,
    metrics::Limit,
    random,
    service::{RequestContext, ServiceError},
    storage::{Nonce, NonceHash, NonceKind},
};

/// How long a challenge may wait for its token.
const CHALLENGE_LIFE: SignedDuration = SignedDuration::from_mins(5);

impl RequestContext {
    /// Makes a challenge. Which ones a browser was given stands in a cookie:
    /// the token does not name its nonce, and so a token that was made in one
    /// browser can't be brought in by another.
    pub(crate) async fn make_challenge(&self) -> Result<Challenge, ServiceError> {
        self.limit(Limit::ChallengeRate)?;
        let nonce = STANDARD.encode(random::bytes::<32>()?);
        let expires_at = self.request.now + CHALLENGE_LIFE;
        self.service
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
        self.add_cookie(cookie::set_challenges(
            &nonce,
            &self.request.challenges,
            self.service.is_https(),
        ));
        Ok(Challenge { nonce, expires_at })
    }

    /// One more of what `limit` limits from this address, if it has one left.
    pub(crate) fn limit(&self, limit: Limit) -> Result<(), ServiceError> {
        let key = format!("{} {}", limit.name(), self.request.client.address);
        if self.service.logins.allow(&key, self.request.now) {
            Ok(())
        } else {
            self.service.metrics.limited(limit);
            Err(ErrorCode::TooMany.into())
        }
    }
}
