//! 制卡: the server drives a blank card by programs until it is the card of
//! its holder. [`start`](mod@start) begins, [`go_on`](mod@go_on) goes on with what the card
//! answered, both for an administrator whom [`admin`] let in. What is sent stands in
//! [`program`], what is answered is judged in [`answer`], and [`step`] leads from one to
//! the next; how a program is put together, signed and read is the engine's
//! (`card_program`).
//!
//! Nothing is written before the card proved that it has the factory key, and
//! the card counts for nothing before it was read back, proved its new keys
//! and was confirmed in one transaction. A failure ends the enrolment and
//! revokes its certificate; the card is made again after its PIV application
//! was reset.

mod admin;
mod answer;
mod fault;
mod go_on;
mod made;
mod program;
mod progress;
mod start;
mod step;

use app::api::{ApiError, ErrorCode};
use card_domain::{CardState, EventAct, EventOutcome, Refusal};

use crate::{
    context::RequestContext,
    service::ServiceError,
    storage::{EnrolmentRecord, NewEvent},
};
use fault::Fault;

pub(crate) use self::{admin::require_admin, go_on::go_on, start::start};

/// Why an enrolment did not go on.
#[derive(Debug)]
pub(crate) enum EnrollError {
    /// As for any other request.
    Service(ServiceError),
    /// The card did not do what it should; the enrolment is over.
    Fault(Fault),
    /// It is not under way (any more): its time is over, or another one was begun for the
    /// same person.
    Over,
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
            Self::Over => {
                let mut error = ApiError::new(ErrorCode::NotFound, request_id.to_owned());
                let (message, next_step) = app::text::enroll::OVER;
                (error.message, error.next_step) = (message.into(), next_step.into());
                error
            }
            Self::Fault(fault) => {
                let mut error = ApiError::new(ErrorCode::BadRequest, request_id.to_owned());
                error.message = app::text::enroll::sentence(fault.cause(), &fault.to_string());
                error.next_step = String::from(app::text::enroll::next_step(fault.cause()));
                error
            }
        }
    }
}

/// The event of what became of an enrolment.
fn enrolment_event(
    ctx: &RequestContext,
    record: &EnrolmentRecord,
    outcome: EventOutcome,
) -> NewEvent {
    let mut event = ctx.event(EventAct::Issue, outcome);
    event.enterprise = Some(record.enterprise);
    event.target = Some(record.card);
    event
}

/// The card of this holder is made already.
fn already(state: CardState) -> ErrorCode {
    let state = state.name();
    ErrorCode::Refused(Refusal::AlreadyIssued { state })
}
