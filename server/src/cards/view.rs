//! From the register's records to what a screen is shown: the ID number
//! masked, the validity read from the confirmed certificate itself.

use app::api::{
    model::{CardDetail, CardRow, CertificateView, PinSeen},
    operation::{CannotOperate, Eligibility},
};
use card_domain::{Action, CertificateStatus, OperatorNo, transition};
use event_log::certificate;

use super::eligibility::cannot_operate;
use crate::{context::RequestContext, service::ServiceError, storage::CardRecord};

/// The acts that a legal person can do.
pub(crate) const ACTS: [Action; 6] = [
    Action::Renew,
    Action::ReportLoss,
    Action::CancelLoss,
    Action::Freeze,
    Action::Unfreeze,
    Action::Unlock,
];

/// A card in a list. `open` is the act of the operation that is open on it.
pub(super) fn row(
    ctx: &RequestContext,
    record: CardRecord,
    open: Option<Action>,
) -> Result<CardRow, ServiceError> {
    let keys = &ctx.service.keys.id_numbers;
    let id_number = keys.decrypt(record.id, &record.id_number_cipher)?;
    let certificate = certificate_view(ctx, &record)?;
    let renew = eligible(ctx, &record, Action::Renew, open, certificate.as_ref())?;
    let unlock = eligible(ctx, &record, Action::Unlock, open, certificate.as_ref())?;
    Ok(CardRow {
        id: record.id,
        operator_no: record
            .holder
            .operator_no()
            .cloned()
            .unwrap_or_else(|| OperatorNo(String::new())),
        id_number_masked: id_number.masked(),
        card_no: record.chip.map(|chip| chip.card_no),
        state: record.state.at(ctx.request.now),
        certificate,
        pin: record.pin.map(|pin| PinSeen {
            tries_left: pin.tries_left,
            at: pin.at,
        }),
        last_login_at: record.last_login_at,
        renew,
        unlock,
        holder_name: record.holder_name,
    })
}

/// Whether an operation on the card is possible, and called for.
fn eligible(
    ctx: &RequestContext,
    record: &CardRecord,
    action: Action,
    open: Option<Action>,
    certificate: Option<&CertificateView>,
) -> Result<Eligibility, ServiceError> {
    if let Some(why) = cannot_operate(ctx, record, action)? {
        return Ok(Eligibility::No { why });
    }
    if let Some(open) = open {
        let why = CannotOperate::Unfinished(open);
        return Ok(Eligibility::No { why });
    }
    let due = match action {
        Action::Unlock => record.pin.is_some_and(|pin| pin.tries_left == 0),
        _ => certificate.is_some_and(|certificate| {
            matches!(
                certificate.status,
                CertificateStatus::Expired | CertificateStatus::Expiring { .. }
            )
        }),
    };
    Ok(Eligibility::Yes { due })
}

/// The confirmed certificate of a card, for a screen.
pub(crate) fn certificate_view<Chip>(
    ctx: &RequestContext,
    card: &CardRecord<Chip>,
) -> Result<Option<CertificateView>, ServiceError> {
    let window = ctx.service.config.certificate.expiring_window();
    let summary = card
        .certificate
        .as_ref()
        .map(|certificate| certificate::summary(&certificate.der))
        .transpose()?;
    Ok(summary.map(|(serial, validity)| CertificateView {
        serial,
        validity,
        status: validity.status(ctx.request.now, window),
        key: card.key_confirmed,
    }))
}

/// Everything about a card. `acts` are those that this session could do.
pub(super) fn detail(
    ctx: &RequestContext,
    record: CardRecord,
    enterprise_name: String,
    acts: &[Action],
    open: Option<Action>,
) -> Result<CardDetail, ServiceError> {
    let now = ctx.request.now;
    let possible = acts
        .iter()
        .copied()
        .filter(|action| transition(record.state, *action, now).is_ok())
        .collect();
    Ok(CardDetail {
        enterprise_name,
        role: record.holder.role(),
        issued_at: record.chip.as_ref().map(|chip| chip.issued_at),
        chip_id: record.chip.as_ref().map(|chip| chip.chip_id.to_string()),
        cause: None,
        possible,
        pin_policy: ctx.service.config.pin.policy(),
        now,
        row: row(ctx, record, open)?,
    })
}
