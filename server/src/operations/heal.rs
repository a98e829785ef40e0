//! Healing: a card with something unfinished is inserted, anywhere, by anybody.
//! Whoever says so gets a challenge and nothing else; once the card has proved
//! itself, the signed statement in the journal authorises its completion.

use app::api::{
    ErrorCode,
    operation::{CardReport, Healed, Healing, PendingReason, Problem, SeenReply},
};
use card_domain::{OperationState, Role};
use card_protocol::bridge::Identity;
use uuid::Uuid;

use super::{
    Advance,
    authority::Conversation,
    decision::Decision,
    healing_token::{Challenge, HealingStage, HealingToken},
    identify::found,
    progress::{OperationProgram, OperationProgress, ProvesBy},
    view,
};
use crate::{
    context::{Actor, RequestContext},
    metrics::Limit,
    random,
    service::ServiceError,
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
                Some(record) => self.challenge(&record).await?,
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
        token: &str,
        report: CardReport,
    ) -> Result<SeenReply, ServiceError> {
        if self.anybody().await?.is_none() {
            self.limit(Limit::InsertionRate)?;
        }
        let master = &self.service.keys.master;
        let token = HealingToken::verify(token, master, self.request.now)?;
        let token = token.ok_or(ErrorCode::NotFound)?;
        let record = self
            .service
            .store
            .operation(token.operation)
            .await?
            .ok_or(ErrorCode::NotFound)?;
        let healing = match report {
            CardReport::Ran { outcome } => {
                if outcome.operation != token.exchange.to_string() {
                    return Err(ErrorCode::BadRequest.into());
                }
                let conversation = Conversation::healing(token.exchange);
                match token.stage {
                    HealingStage::Challenged { version, at } => {
                        let stored = OperationProgress::of(&record, &self.service.keys.master)?;
                        let progress = at.resume(stored, token.exchange);
                        if outcome.sequence != progress.sequence {
                            return Err(ErrorCode::BadRequest.into());
                        }
                        if record.version != version || self.is_waiting(&record).await?.is_some() {
                            return Ok(SeenReply {
                                found: None,
                                healing: pending(&record, PendingReason::TryAgain),
                            });
                        }
                        let evaluator = self.evaluator(&record, progress, conversation);
                        let decision = evaluator.answered(&outcome)?;
                        self.challenged(&record, conversation, decision).await?
                    }
                    HealingStage::Proven { sequence } => {
                        if outcome.sequence != sequence {
                            return Err(ErrorCode::BadRequest.into());
                        }
                        let advance = match self.is_waiting(&record).await? {
                            // It is over: the answer of its last report once more.
                            Some(Healing::None) => Advance::Over,
                            // The legal person took it up meanwhile.
                            Some(waiting) => {
                                return Ok(SeenReply {
                                    found: None,
                                    healing: waiting,
                                });
                            }
                            None => self.report(&record, conversation, &outcome).await?,
                        };
                        self.healing(&record, conversation, advance).await?
                    }
                }
            }
            // Whoever has the card in a reader again is challenged again.
            CardReport::Inserted | CardReport::Identified { .. } => self.challenge(&record).await?,
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

    /// Why this operation is not healed now: there is nothing to heal, or it is
    /// for the holder of its ticket.
    async fn is_waiting(&self, record: &OperationRecord) -> Result<Option<Healing>, ServiceError> {
        if !record.state.is_open() && !record.is_unsettled() {
            return Ok(Some(Healing::None));
        }
        if record.state.is_open() {
            let store = &self.service.store;
            let now = self.request.now;
            if let Some(until) = store.ticket_lives_until(record.batch, now).await? {
                let seconds = until.duration_since(now).as_secs();
                return Ok(Some(pending(
                    record,
                    PendingReason::WaitsForLegalPerson {
                        seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
                    },
                )));
            }
        }
        // Nothing was done to the card: the housekeeping ends it.
        let is_untouched = record.state.is_open() && record.touched_at.is_none();
        Ok(is_untouched.then_some(Healing::None))
    }

    /// Challenges the card that is said to be there, if it has something to heal.
    /// Nothing is written down: who made the card up changes nothing by it.
    async fn challenge(&self, record: &OperationRecord) -> Result<Healing, ServiceError> {
        if let Some(healing) = self.is_waiting(record).await? {
            return Ok(healing);
        }
        let conversation = Conversation::challenge(random::uuid(self.request.now)?);
        let progress = OperationProgress::of(record, &self.service.keys.master)?;
        let evaluator = self.evaluator(record, progress, conversation);
        let decision = evaluator.begin()?;
        self.challenged(record, conversation, decision).await
    }

    /// What follows from a challenge, or its answer. Only what the card proved is
    /// written down.
    async fn challenged(
        &self,
        record: &OperationRecord,
        conversation: Conversation,
        decision: Decision,
    ) -> Result<Healing, ServiceError> {
        let change = decision.change();
        if change.is_proven() {
            let advance = self.carry_out(record, conversation, decision).await?;
            return self.healing(record, conversation, advance).await;
        }
        match decision {
            Decision::Run(change) => {
                let progress = change.progress;
                match &progress.program {
                    OperationProgram::Witness
                    | OperationProgram::Look {
                        by: ProvesBy::CardKey { .. },
                        ..
                    } => {}
                    // It has 16 bytes decrypted: so often for an address, whoever asks.
                    OperationProgram::Look {
                        by: ProvesBy::ManagementKey { .. },
                        ..
                    } => self.limit(Limit::InsertionRate)?,
                    _ => return Err(ServiceError::Inconsistent("more than a challenge")),
                }
                let exchange = exchange(conversation)?;
                let stage = HealingStage::Challenged {
                    version: record.version,
                    at: Challenge::of(&progress),
                };
                let conversation = Conversation::challenge(exchange);
                let advance = self.hand_out(record, conversation, &progress, None)?;
                self.running(record, exchange, stage, advance)
            }
            Decision::NotGenuine(_) => {
                self.count_not_genuine(record);
                Ok(pending(record, PendingReason::NotGenuine))
            }
            Decision::Wait(change) => {
                let why = waiting_for(change.problem.as_ref(), record);
                Ok(pending(record, why))
            }
            Decision::Confirm(..) | Decision::Abandon(_) | Decision::Settle(_) => {
                Err(ServiceError::Inconsistent("an effect without a proof"))
            }
        }
    }

    fn running(
        &self,
        record: &OperationRecord,
        exchange: Uuid,
        stage: HealingStage,
        advance: Advance,
    ) -> Result<Healing, ServiceError> {
        let Advance::Run { program, doing, .. } = advance else {
            return Ok(pending(record, PendingReason::TryAgain));
        };
        let token = HealingToken::new(record.id, exchange, stage, self.request.now);
        Ok(Healing::Run {
            token: token.sign(&self.service.keys.master)?,
            program,
            doing,
        })
    }

    /// What the terminal is told of a healing whose card proved itself.
    async fn healing(
        &self,
        record: &OperationRecord,
        conversation: Conversation,
        advance: Advance,
    ) -> Result<Healing, ServiceError> {
        Ok(match advance {
            Advance::Run { sequence, .. } => {
                let stage = HealingStage::Proven { sequence };
                self.running(record, exchange(conversation)?, stage, advance)?
            }
            Advance::NotGenuine => pending(record, PendingReason::NotGenuine),
            Advance::Waiting => {
                let record = self.again_from_store(record).await?;
                let why = waiting_for(view::problem(&record)?.as_ref(), &record);
                pending(&record, why)
            }
            Advance::Over => {
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

/// Why an operation waits, by what stands in its way.
const fn waiting_for(problem: Option<&Problem>, record: &OperationRecord) -> PendingReason {
    match problem {
        Some(Problem::State { .. }) => PendingReason::CardState(record.card.state.name()),
        _ => PendingReason::TryAgain,
    }
}

fn exchange(conversation: Conversation) -> Result<Uuid, ServiceError> {
    conversation
        .exchange
        .ok_or(ServiceError::Inconsistent("a healing without an exchange"))
}

const fn pending(record: &OperationRecord, why: PendingReason) -> Healing {
    Healing::Pending {
        action: record.action,
        why,
    }
}
