//! Healing: a card with something unfinished is inserted, anywhere, by anybody.
//! The signed statement in the journal authorises its completion and nothing
//! else; the card has to prove itself before anything is believed or written.

use app::api::{
    ErrorCode,
    operation::{CardReport, Healed, Healing, PendingReason, Problem, SeenReply},
};
use card_domain::{OperationState, Role};
use card_protocol::bridge::Identity;
use uuid::Uuid;

use super::{Driven, found::found, judge::Authority, view};
use crate::{
    metrics::Limit,
    service::{Actor, RequestContext, ServiceError},
    storage::OperationRecord,
};

impl RequestContext {
    pub(crate) async fn insertion(&self, identity: Identity) -> Result<SeenReply, ServiceError> {
        if identity.chip.is_none() && identity.certificate.is_none() && identity.pin_tries.is_none()
        {
            // That is what no card says.
            return Err(ErrorCode::BadRequest.into());
        }
        let session = self.anybody().await?;
        if session.is_none() {
            self.limit(Limit::InsertionRate)?;
        }
        let card = self.card_in_reader(identity.chip).await?;
        if let (Some((actor, role)), Some(card)) = (&session, &card)
            && (*role == Role::LegalPerson || actor.card == card.id)
        {
            self.note_pin(actor, card, &identity).await?;
        }
        let healing = match &card {
            Some(card) => match self.service.store.unfinished_operation(card.id).await? {
                Some(record) => self.heal(&record).await?,
                None => Healing::None,
            },
            None => Healing::None,
        };
        let found = session
            .filter(|(_, role)| *role == Role::LegalPerson)
            .map(|(actor, _)| found(&actor, card.as_ref()));
        Ok(SeenReply { found, healing })
    }

    pub(crate) async fn go_on_healing(
        &self,
        operation: Uuid,
        report: CardReport,
    ) -> Result<SeenReply, ServiceError> {
        if self.anybody().await?.is_none() {
            self.limit(Limit::InsertionRate)?;
        }
        let record = self
            .service
            .store
            .operation(operation)
            .await?
            .ok_or(ErrorCode::NotFound)?;
        let healing = match report {
            CardReport::Ran { outcome } => {
                if outcome.operation != operation.to_string() {
                    return Err(ErrorCode::BadRequest.into());
                }
                // What nobody began to heal is the ticket's.
                if record.touched_at.is_none() {
                    return Err(ErrorCode::NotFound.into());
                }
                let driven = self.report(&record, Authority::Healing, &outcome).await?;
                self.healing(&record, driven).await?
            }
            CardReport::Inserted | CardReport::Identified { .. } => self.heal(&record).await?,
            CardReport::Failed { .. } => pending(&record, PendingReason::TryAgain),
        };
        Ok(SeenReply {
            found: None,
            healing,
        })
    }

    /// Who asks, if anybody is logged in; a session that is over is none.
    async fn anybody(&self) -> Result<Option<(Actor, Role)>, ServiceError> {
        match self.require_even_locked().await {
            Ok(known) => Ok(Some(known)),
            Err(ServiceError::Code(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Begins to heal, if there is something to heal.
    async fn heal(&self, record: &OperationRecord) -> Result<Healing, ServiceError> {
        let is_unsettled = record.state == OperationState::Abandoned && record.settled_at.is_none();
        if !record.state.is_open() && !is_unsettled {
            return Ok(Healing::None);
        }
        if record.touched_at.is_none() {
            // Nothing was done to the card: the legal person's page goes on, or
            // the housekeeping ends it.
            let batch = self.batch_of(record).await?;
            let is_alive = batch.session.is_some() && self.request.now <= batch.ticket_ends_at;
            return Ok(if is_alive {
                pending(record, PendingReason::WaitsForLegalPerson)
            } else {
                Healing::None
            });
        }
        let driven = self.start(record, Authority::Healing).await?;
        self.healing(record, driven).await
    }

    async fn healing(
        &self,
        record: &OperationRecord,
        driven: Driven,
    ) -> Result<Healing, ServiceError> {
        Ok(match driven {
            Driven::Run { program, doing, .. } => Healing::Run {
                operation: record.id,
                program,
                doing,
            },
            Driven::NotGenuine => pending(record, PendingReason::NotGenuine),
            Driven::Waiting => {
                let record = self.again_from_store(record).await?;
                let why = match view::problem(&record)? {
                    Some(Problem::State { .. }) => {
                        PendingReason::CardState(record.card.state.name())
                    }
                    _ => PendingReason::TryAgain,
                };
                pending(&record, why)
            }
            Driven::Over => {
                let record = self.again_from_store(record).await?;
                let certificate = self.good_certificate(&record.card)?;
                let action = record.action;
                let what = if record.state == OperationState::Confirmed {
                    Healed::Completed {
                        action,
                        certificate,
                        problem: view::problem(&record)?,
                    }
                } else {
                    Healed::RolledBack {
                        action,
                        certificate,
                    }
                };
                Healing::Healed { what }
            }
        })
    }

    async fn again_from_store(
        &self,
        record: &OperationRecord,
    ) -> Result<OperationRecord, ServiceError> {
        let record = self.service.store.operation(record.id).await?;
        Ok(record.ok_or(ErrorCode::NotFound)?)
    }
}

const fn pending(record: &OperationRecord, why: PendingReason) -> Healing {
    Healing::Pending {
        action: record.action,
        why,
    }
}
