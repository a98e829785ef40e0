//! Programs: card commands that a server signed for one origin, one
//! conversation, one chip and a short time. [`check()`] decides whether a
//! program may run, as far as that is plain without a card; [`run()`] opens
//! what is sealed and runs it.

mod card_command;
pub mod claims;
mod run;
mod shape;
mod step;

use card_protocol::{
    CardError, ChipId, ProgramRefusal,
    program::{
        MAX_LIFE_SECONDS, Program, ProgramKind, Sealed, SignedProgram, Steps, VERSION,
        sealed_context,
    },
    sealing::ExchangeKey,
};
use jiff::Timestamp;

pub use self::run::{ReplayGuard, run};
use self::step::{CheckedStep, RawSteps};
use crate::key::{OpenError, ProgramKey};

/// Who hands a program in, and so which kinds it may be of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// A page: every kind but [`ProgramKind::Enrol`].
    Page,
    /// 制卡: [`ProgramKind::Enrol`] alone.
    Enroll,
}

/// A program that may run, on the right card.
#[derive(Debug)]
pub struct CheckedProgram {
    kind: ProgramKind,
    origin: String,
    operation: String,
    sequence: u32,
    chip: Option<ChipId>,
    expires_at: i64,
    steps: CheckedSteps,
}

#[derive(Debug)]
enum CheckedSteps {
    /// Checked already.
    Clear(Vec<CheckedStep>),
    /// Checked as soon as it is opened.
    Sealed(Sealed),
}

/// Checks everything that can be checked without a card. `now` is by the server's time
/// where that is known.
///
/// # Errors
/// [`CardError::ProgramRefused`] for another key, origin or time;
/// [`CardError::BadRequest`] for what no server should sign.
pub async fn check(
    signed: &SignedProgram,
    origin: &str,
    key: &ProgramKey,
    now: Timestamp,
    purpose: Purpose,
) -> Result<CheckedProgram, CardError> {
    let refuse = |reason| Err(CardError::ProgramRefused { reason });
    let program: Program = match key.open(signed).await {
        Ok(program) => program,
        Err(OpenError::Signature) => return refuse(ProgramRefusal::Signature),
        Err(error @ OpenError::Malformed(_)) => return Err(bad(&error.to_string())),
    };
    if program.version != VERSION {
        return Err(bad("version"));
    }
    if program.origin != origin {
        return refuse(ProgramRefusal::Origin);
    }
    if !is_alive(program.expires_at, now) {
        return refuse(ProgramRefusal::Expired);
    }
    let kind = program.kind;
    if (kind == ProgramKind::Enrol) != (purpose == Purpose::Enroll) {
        tracing::warn!(?kind, ?purpose, "a program of the wrong kind");
        return Err(CardError::BadRequest);
    }
    let steps = match program.steps {
        Steps::Clear(steps) if kind.may_be_clear() => {
            CheckedSteps::Clear(step::check(kind, false, &RawSteps(steps).0)?)
        }
        Steps::Sealed(sealed) if kind != ProgramKind::Enrol => CheckedSteps::Sealed(sealed),
        Steps::Clear(_) => return Err(bad("its kind is never in the clear")),
        Steps::Sealed(_) => return Err(bad("its kind is never sealed")),
    };
    Ok(CheckedProgram {
        kind,
        origin: program.origin,
        operation: program.operation,
        sequence: program.sequence,
        chip: program.chip,
        expires_at: program.expires_at,
        steps,
    })
}

/// Whether a program may begin `now`: not after its last second, and not with
/// more of a life than any server gives.
fn is_alive(expires_at: i64, now: Timestamp) -> bool {
    let now = now.as_second();
    (now..=now.saturating_add(MAX_LIFE_SECONDS)).contains(&expires_at)
}

impl CheckedProgram {
    /// Whether its kind sets a PIN that only the terminal knows. Known before
    /// the seal is opened, so that the PIN can be asked for first.
    #[must_use]
    pub const fn takes_pin(&self) -> bool {
        self.kind.takes_pin()
    }

    /// Whether a step that stands in the clear sets a PIN.
    #[must_use]
    pub fn sets_pin(&self) -> bool {
        let CheckedSteps::Clear(steps) = &self.steps else {
            return false;
        };
        let mut actions = steps.iter().map(|step| &step.action);
        actions.any(|action| matches!(action, step::StepAction::SendWithPin(..)))
    }

    /// Whether its steps stand in the clear.
    const fn is_clear(&self) -> bool {
        matches!(self.steps, CheckedSteps::Clear(_))
    }

    /// Its steps; what is sealed is opened with `key` and checked.
    ///
    /// # Errors
    /// [`ProgramRefusal::Exchange`] if `key` is not there or not the right one;
    /// [`CardError::BadRequest`] for what no server should seal.
    fn steps(&self, key: Option<&ExchangeKey>) -> Result<Vec<CheckedStep>, CardError> {
        let sealed = match &self.steps {
            CheckedSteps::Clear(steps) => return Ok(steps.clone()),
            CheckedSteps::Sealed(sealed) => sealed,
        };
        let context = sealed_context(self.kind, &self.operation, self.sequence);
        let Some(Ok(text)) = key.map(|key| key.open(sealed, &context)) else {
            tracing::warn!("a program that is sealed to another exchange");
            return Err(CardError::ProgramRefused {
                reason: ProgramRefusal::Exchange,
            });
        };
        step::check(self.kind, true, &RawSteps::parse(&text)?.0)
    }
}

fn bad(reason: &str) -> CardError {
    tracing::warn!(reason, "a signed program makes no sense");
    CardError::BadRequest
}
