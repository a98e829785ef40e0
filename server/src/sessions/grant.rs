//! Grants for the bridge: with one, a page may use the bridge of its machine. For
//! the session if there is one, else for a login; over the nonce that this bridge
//! gave out, so that a copy opens no other bridge (ADR 35).

use app::api::ErrorCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_protocol::{
    grant::{
        Grant, NONCE_LENGTH, NONCE_MARK, Purpose, SessionScope, SignedGrant, VERSION, session_id,
    },
    hex,
};
use jiff::SignedDuration;

use crate::{
    context::RequestContext, digest::sha256, metrics::Rated, service::ServiceError,
    storage::SessionRecord,
};

/// How long a grant is good. The page asks for another one before; what a bridge
/// does after 退出登录 or a freeze, it does for no longer than this.
const GRANT_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// Grants the use of the bridge that gave `nonce` out.
pub(crate) async fn bridge_grant(
    ctx: &RequestContext,
    nonce: String,
) -> Result<SignedGrant, ServiceError> {
    let bytes = STANDARD.decode(&nonce).ok();
    let Some(bytes) = bytes.filter(|bytes| bytes.len() == NONCE_LENGTH) else {
        return Err(ErrorCode::BadRequest.into());
    };
    let origin = ctx.request.origin.clone().ok_or(ErrorCode::NotAllowed)?;
    // A session that ended is none: its page may log in.
    let session = match ctx.session_as_it_is().await {
        Ok(session) => session,
        Err(ServiceError::Code(_)) => None,
        Err(error) => return Err(error),
    };
    let now = ctx.request.now;
    let mut expires_at = now + GRANT_LIFE;
    let purpose = if let Some(session) = session {
        expires_at = expires_at.min(session.ends_at);
        Purpose::Session(scope(ctx, &session).await?)
    } else {
        ctx.limit(Rated::Grant)?;
        Purpose::Login
    };
    Ok(ctx.service.keys.program.sign(&Grant {
        version: VERSION,
        origin,
        nonce,
        purpose,
        // A bridge of version 3 takes no field that it does not know. Which it is, the nonce
        // says, and not who carries it.
        issuers: bytes.starts_with(&NONCE_MARK).then(|| issuers(ctx)),
        issued_at: now.as_second(),
        expires_at: expires_at.as_second(),
    })?)
}

/// The keys of the CAs whose cards get a PIN.
fn issuers(ctx: &RequestContext) -> Vec<String> {
    let points = ctx.service.keys.anchors.key_points();
    points.iter().map(|point| STANDARD.encode(point)).collect()
}

/// What the bridge is told of a session: its card's certificate.
async fn scope(
    ctx: &RequestContext,
    session: &SessionRecord,
) -> Result<SessionScope, ServiceError> {
    let store = &ctx.service.store;
    let card = store.card(session.enterprise, session.card).await?;
    let certificate = card
        .certificate
        .ok_or(ServiceError::Inconsistent("a session without certificate"))?;
    Ok(SessionScope {
        session: session_id(&session.token.0),
        certificate_sha256: hex::encode(&sha256(&certificate.der)),
    })
}
