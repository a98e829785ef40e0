//! Batches and operations as a screen is shown them.

use app::api::{
    model::{CertificateView, PinSeen},
    operation::{OperationView, Operations, Problem, StepTime},
};
use card_domain::{OperationState, OperatorNo};

use crate::{
    context::RequestContext,
    service::ServiceError,
    storage::{BatchRecord, CardRecord, OperationRecord},
};

impl RequestContext {
    pub(super) async fn operations_view(
        &self,
        batch: &BatchRecord,
    ) -> Result<Operations, ServiceError> {
        let operations = self.service.store.operations_of_batch(batch.id).await?;
        Ok(Operations {
            batch: batch.id,
            action: batch.action,
            prepared_at: batch.created_at,
            cards: operations
                .iter()
                .map(|operation| self.operation_view(operation))
                .collect::<Result<_, _>>()?,
            pin_policy: self.service.config.pin.policy(),
        })
    }

    pub(super) fn operation_view(
        &self,
        record: &OperationRecord,
    ) -> Result<OperationView, ServiceError> {
        let card = &record.card;
        let times = &record.times;
        let steps = [
            (OperationState::Prepared, Some(times.prepared)),
            (OperationState::Issued, times.issued),
            (OperationState::Written, times.written),
            (OperationState::ReadBack, times.read_back),
            (OperationState::Confirmed, times.confirmed),
            (OperationState::Abandoned, times.abandoned),
        ];
        Ok(OperationView {
            id: record.id,
            card: card.id,
            card_no: card
                .chip
                .as_ref()
                .map(|chip| chip.card_no.clone())
                .ok_or(ServiceError::Inconsistent("an operation on no card"))?,
            operator_no: operator_no(card),
            holder_name: card.holder_name.clone(),
            state: record.state,
            steps: steps
                .into_iter()
                .filter_map(|(state, at)| at.map(|at| StepTime { state, at }))
                .collect(),
            touched: record.touched_at.is_some(),
            problem: problem(record)?,
            pin: card.pin.map(|pin| PinSeen {
                tries_left: pin.tries_left,
                at: pin.at,
            }),
            puk_tries: record.puk_tries,
            certificate: self.good_certificate(card)?,
        })
    }

    /// The confirmed certificate of a card, for a screen.
    pub(crate) fn good_certificate(
        &self,
        card: &CardRecord,
    ) -> Result<Option<CertificateView>, ServiceError> {
        let window = self.service.config.certificate.expiring_window();
        let summary = card
            .certificate
            .as_ref()
            .map(|certificate| crate::pki::summary(&certificate.der))
            .transpose()?;
        Ok(summary.map(|(serial, validity)| CertificateView {
            serial,
            validity,
            status: validity.status(self.request.now, window),
        }))
    }
}

/// What stood in the way last.
pub(super) fn problem(record: &OperationRecord) -> Result<Option<Problem>, ServiceError> {
    Ok(record
        .problem
        .as_deref()
        .map(serde_json::from_str)
        .transpose()?)
}

/// The number of a card's holder; a legal person has none.
pub(super) fn operator_no(record: &CardRecord) -> OperatorNo {
    record
        .holder
        .operator_no()
        .cloned()
        .unwrap_or_else(|| OperatorNo(String::new()))
}
