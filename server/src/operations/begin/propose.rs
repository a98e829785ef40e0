//! Proposing: which of the chosen cards an operation can begin on, and what is
//! to be signed for those.

use app::api::{
    ErrorCode,
    operation::{CannotOperate, LeftOut, OperationProposal},
};
use card_domain::{Action, CardId, CertificateStatus, transition};

use super::ProposedOperations;
use crate::{
    context::RequestContext,
    operations::view::operator_no,
    pki,
    proposal::{Proposals, SeenCard},
    service::ServiceError,
    storage::CardRecord,
};

impl RequestContext {
    pub(crate) async fn propose_on_cards(
        &self,
        cards: Vec<CardId>,
        action: Action,
    ) -> Result<OperationProposal, ServiceError> {
        let actor = self.require_legal_person().await?;
        let most = match action {
            Action::Renew => self.service.config.operations.most_cards,
            Action::Unlock => 1,
            _ => return Err(ErrorCode::NotAllowed.into()),
        };
        let mut wanted = cards;
        let mut seen = std::collections::HashSet::new();
        wanted.retain(|card| seen.insert(*card));
        if wanted.is_empty() || wanted.len() > usize::try_from(most).unwrap_or(usize::MAX) {
            return Err(ErrorCode::BadRequest.into());
        }
        let (mut good, mut left_out) = (Vec::new(), Vec::new());
        for card in wanted {
            // A card whose row nobody can explain stops the whole batch.
            self.explained(card).await?;
            let record = self
                .service
                .store
                .operator_card(actor.enterprise, card)
                .await?;
            match self.cannot_begin(&record, action).await? {
                None => good.push(record),
                Some(why) => left_out.push(LeftOut {
                    card,
                    operator_no: operator_no(&record),
                    holder_name: record.holder_name,
                    why,
                }),
            }
        }
        if good.is_empty() {
            return Err(first_reason(&left_out));
        }
        let cards = good.iter().map(|record| record.id).collect();
        let payload = ProposedOperations {
            action,
            seen: good.iter().map(SeenCard::from).collect(),
        };
        let proposal = Proposals::new(self, &actor).make(&good, payload).await?;
        Ok(OperationProposal {
            statement: proposal.statement,
            expires_at: proposal.expires_at,
            cards,
            left_out,
        })
    }

    /// Why an operation on this card can't begin now.
    async fn cannot_begin(
        &self,
        record: &CardRecord,
        action: Action,
    ) -> Result<Option<CannotOperate>, ServiceError> {
        if let Some(why) = self.cannot(record, action)? {
            return Ok(Some(why));
        }
        let unfinished = self.service.store.unfinished_operation(record.id).await?;
        // One that touched nothing makes room once its ticket is void: the
        // store decides that when this one begins.
        Ok(unfinished
            .filter(|other| other.state.is_open() && other.touched_at.is_some())
            .map(|other| CannotOperate::Unfinished(other.action)))
    }

    /// The same as far as the card's own record says.
    pub(crate) fn cannot(
        &self,
        record: &CardRecord,
        action: Action,
    ) -> Result<Option<CannotOperate>, ServiceError> {
        if let Err(refusal) = transition(record.state, action, self.request.now) {
            return Ok(Some(CannotOperate::State(refusal)));
        }
        if action == Action::Unlock {
            return Ok((!record.puk.known).then_some(CannotOperate::PukUnknown));
        }
        let Some(certificate) = &record.certificate else {
            return Err(ServiceError::Inconsistent(
                "a made card without a certificate",
            ));
        };
        let (_, validity) = pki::summary(&certificate.der)?;
        let window = self.service.config.certificate.expiring_window();
        Ok(match validity.status(self.request.now, window) {
            CertificateStatus::Good if self.service.config.renewal.only_expiring => {
                Some(CannotOperate::NotDue {
                    days_left: validity.days_left(self.request.now),
                })
            }
            _ => None,
        })
    }
}

fn first_reason(left_out: &[LeftOut]) -> ServiceError {
    let code = left_out
        .first()
        .map_or(ErrorCode::BadRequest, |first| match first.why {
            CannotOperate::State(refusal) => ErrorCode::Refused(refusal),
            why => ErrorCode::CannotOperate(why),
        });
    code.into()
}
