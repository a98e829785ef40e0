//! 制卡: the server drives a blank card by programs until it is the card of
//! its holder. What is sent stands in [`program`], what is answered is judged
//! in [`answer`], and [`step`] leads from one to the next; how a program is put
//! together, signed and read is the engine's (`card_program`).
//!
//! Nothing is written before the card proved that it has the factory key, and
//! the card counts for nothing before it was read back, proved its new keys
//! and was confirmed in one transaction. A failure ends the enrolment and
//! revokes its certificate; the card is made again after its PIV application
//! was reset.

mod admin;
mod answer;
mod fault;
mod program;
mod progress;
mod step;

use app::api::{ApiError, ErrorCode};
use card_domain::{CardState, EventAct, EventOutcome, OperatorNo, Refusal};
use card_protocol::{
    ChipId,
    enroll::{EnrollContinue, EnrollReply, EnrollStart, Holder as NamedHolder},
};
use jiff::SignedDuration;

use crate::{
    audit::EventFacts,
    context::RequestContext,
    digest::sha256,
    input::validate_text,
    random,
    service::ServiceError,
    storage::{
        AdminToken, CardRecord, EnrolmentRecord, EnrolmentStart, EnterpriseRecord, Holder,
        NewEnrolment, NewEvent, TokenHash,
    },
};
use fault::Fault;
use progress::EnrolmentProgress;
use step::Next;

/// A whole enrolment takes seconds; a person may have to enter a PIN.
const ENROLMENT_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// Why an enrolment did not go on.
#[derive(Debug)]
pub(crate) enum EnrollError {
    /// As for any other request.
    Service(ServiceError),
    /// The card did not do what it should; the enrolment is over.
    Fault(Fault),
}

impl<E: Into<ServiceError>> From<E> for EnrollError {
    fn from(error: E) -> Self {
        Self::Service(error.into())
    }
}

impl From<Fault> for EnrollError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl EnrollError {
    /// What the bridge is told.
    pub(crate) fn into_api(self, request_id: &str) -> ApiError {
        match self {
            Self::Service(error) => error.into_api(request_id),
            Self::Fault(fault) => {
                let mut error = ApiError::new(ErrorCode::BadRequest, request_id.to_owned());
                error.message = app::text::enroll::sentence(fault.cause(), &fault.to_string());
                error.next_step = String::from(app::text::enroll::next_step(fault.cause()));
                error
            }
        }
    }
}

impl RequestContext {
    /// Begins to make a card.
    pub(crate) async fn begin_enrolment(
        &self,
        start: EnrollStart,
        admin: &AdminToken,
    ) -> Result<EnrollReply, EnrollError> {
        let (enterprise, card) = self.subject(&start.holder).await?;
        if card.state != CardState::NotIssued {
            return Err(already(card.state).into());
        }
        let now = self.request.now;
        let id = random::uuid(now)?;
        let operation = id.to_string();
        let progress = EnrolmentProgress::new(start.chip, ChipId(random::bytes()?), &enterprise);
        let mut event = self.event(EventAct::Enrol, EventOutcome::Done);
        event.enterprise = Some(enterprise.id);
        event.target = Some(card.id);
        event.detail = Some(admin.note.clone());
        let begun = self
            .service
            .store
            .begin_enrolment(
                NewEnrolment {
                    id,
                    enterprise: enterprise.id,
                    card: card.id,
                    token: TokenHash(sha256(operation.as_bytes())),
                    step: progress.step_name(),
                    payload: progress.seal(&self.service.keys.master, id, card.id)?,
                    created_at: now,
                    expires_at: now + ENROLMENT_LIFE,
                },
                event,
            )
            .await?;
        match begun {
            EnrolmentStart::Begun => self.run(&operation, &progress),
            EnrolmentStart::CardIs(state) => Err(already(state).into()),
        }
    }

    /// Goes on with what the card answered.
    pub(crate) async fn go_on_enrolment(
        &self,
        answer: EnrollContinue,
        admin: &AdminToken,
    ) -> Result<EnrollReply, EnrollError> {
        let outcome = answer.outcome;
        let token = TokenHash(sha256(outcome.operation.as_bytes()));
        let record = self.service.store.enrolment(token).await?;
        let record = record
            .filter(|record| self.request.now <= record.expires_at)
            .ok_or(ErrorCode::NotFound)?;
        let progress = EnrolmentProgress::of(&record, &self.service.keys.master)?;
        // One that a row says, and no server wrote, or one of the version before.
        let progress = progress.ok_or(ErrorCode::NotFound)?;
        if outcome.sequence != progress.sequence {
            return Err(ErrorCode::BadRequest.into());
        }
        let next = self.advance(&record, progress, &outcome).await;
        match next {
            Ok(Next::Run(progress)) => self.run(&outcome.operation, &progress),
            Ok(Next::Done(done)) => Ok(done),
            Err(EnrollError::Fault(fault)) => {
                let mut event = self.enrolment_event(&record, EventOutcome::Failed);
                event.detail = Some(format!("{fault} ({})", admin.note));
                event.facts = Some(EventFacts::because(fault.reason()).to_json()?);
                self.service
                    .store
                    .abandon_enrolment(record.id, event)
                    .await?;
                tracing::warn!(%fault, "an enrolment failed");
                Err(fault.into())
            }
            Err(error) => Err(error),
        }
    }

    fn enrolment_event(&self, record: &EnrolmentRecord, outcome: EventOutcome) -> NewEvent {
        let mut event = self.event(EventAct::Issue, outcome);
        event.enterprise = Some(record.enterprise);
        event.target = Some(record.card);
        event
    }

    /// The reply that has the bridge run the program of this step.
    fn run(
        &self,
        operation: &str,
        progress: &EnrolmentProgress,
    ) -> Result<EnrollReply, EnrollError> {
        let program = program::program(&self.service.keys.master, progress)?;
        let chip = progress.chip_on_card();
        Ok(EnrollReply::Run {
            program: self.sign_program(program, operation.to_owned(), progress.sequence, chip)?,
        })
    }

    async fn subject(
        &self,
        holder: &NamedHolder,
    ) -> Result<(EnterpriseRecord, CardRecord), EnrollError> {
        let (code, holder) = match holder {
            NamedHolder::LegalPerson { enterprise } => (enterprise, Holder::LegalPerson),
            NamedHolder::Operator {
                enterprise,
                operator,
            } => {
                validate_text(operator, 32)?;
                (enterprise, Holder::Operator(OperatorNo(operator.clone())))
            }
        };
        validate_text(code, 32)?;
        let store = &self.service.store;
        let enterprise = store
            .enterprise_by_code(code)
            .await?
            .ok_or(ErrorCode::NotFound)?;
        let card = store
            .card_of_holder(enterprise.id, &holder)
            .await?
            .ok_or(ErrorCode::NotFound)?;
        Ok((enterprise, card))
    }
}

fn already(state: CardState) -> ErrorCode {
    let state = state.name();
    ErrorCode::Refused(Refusal::AlreadyIssued { state })
}
