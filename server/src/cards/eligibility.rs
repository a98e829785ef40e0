//! Whether 延期 or 解锁 can begin on a card, as far as its own record says.

use app::api::operation::CannotOperate;
use card_domain::{Action, CertificateStatus, transition};
use event_log::certificate;

use crate::{context::RequestContext, service::ServiceError, storage::CardRecord};

/// Why an operation on this card can't begin, if its own record says so.
pub(crate) fn cannot_operate(
    ctx: &RequestContext,
    record: &CardRecord,
    action: Action,
) -> Result<Option<CannotOperate>, ServiceError> {
    if let Err(refusal) = transition(record.state, action, ctx.request.now) {
        return Ok(Some(CannotOperate::State(refusal)));
    }
    if action == Action::Unlock {
        return Ok((!record.puk.known).then_some(CannotOperate::PukUnknown));
    }
    if let Err(error) = ctx.service.keys.authority.can_begin(ctx.request.now) {
        tracing::debug!(%error, "延期 can't begin");
        return Ok(Some(CannotOperate::IssuerEnds));
    }
    let Some(certificate) = &record.certificate else {
        return Err(ServiceError::Inconsistent(
            "a made card without a certificate",
        ));
    };
    let (_, validity) = certificate::summary(&certificate.der)?;
    let window = ctx.service.config.certificate.expiring_window();
    Ok(match validity.status(ctx.request.now, window) {
        CertificateStatus::Good if ctx.service.config.renewal.only_expiring => {
            Some(CannotOperate::NotDue {
                days_left: validity.days_left(ctx.request.now),
            })
        }
        _ => None,
    })
}
