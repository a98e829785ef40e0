//! Programs: card commands that a server signed for one origin, one operation,
//! one chip and a short time. [`check()`] decides whether a program may run,
//! [`run()`] runs it.

mod allowed;
mod ledger;

use card_protocol::{
    CardError, ChipId, Command, Pin, ProgramRefusal, StatusWord, hex,
    program::{MAX_STEPS, Program, ProgramOutcome, SignedProgram, Step, StepOutcome, VERSION},
};
use jiff::Timestamp;

pub use self::{allowed::Purpose, ledger::Ledger};
use crate::{
    key::ProgramKey,
    operation::{Piv, held::CardState},
};

/// A program that may run, on the right card.
#[derive(Debug)]
pub struct CheckedProgram {
    origin: String,
    operation: String,
    sequence: u32,
    chip: Option<ChipId>,
    expires_at: i64,
    steps: Vec<CheckedStep>,
}

#[derive(Debug)]
struct CheckedStep {
    command: Command,
    /// The new PIN is to be added to the command's data.
    takes_pin: bool,
    accept: Vec<StatusWord>,
}

/// Checks everything that can be checked without a card.
///
/// # Errors
/// [`CardError::ProgramRefused`] for another key, origin or time;
/// [`CardError::BadRequest`] for what no server should sign.
pub fn check(
    signed: &SignedProgram,
    origin: &str,
    key: &ProgramKey,
    now: Timestamp,
    purpose: Purpose,
) -> Result<CheckedProgram, CardError> {
    let refuse = |reason| Err(CardError::ProgramRefused { reason });
    if !key.has_signed(signed) {
        return refuse(ProgramRefusal::Signature);
    }
    let program: Program =
        serde_json::from_str(&signed.body).map_err(|error| bad(&error.to_string()))?;
    if program.version != VERSION {
        return Err(bad("version"));
    }
    if program.origin != origin {
        return refuse(ProgramRefusal::Origin);
    }
    if now.as_second() > program.expires_at {
        return refuse(ProgramRefusal::Expired);
    }
    if program.steps.len() > MAX_STEPS {
        return Err(bad("too many steps"));
    }
    let steps = program.steps.iter().map(|step| check_step(step, purpose));
    Ok(CheckedProgram {
        steps: steps.collect::<Result<_, _>>()?,
        origin: program.origin,
        operation: program.operation,
        sequence: program.sequence,
        chip: program.chip,
        expires_at: program.expires_at,
    })
}

fn check_step(step: &Step, purpose: Purpose) -> Result<CheckedStep, CardError> {
    let (command, accept, takes_pin) = match step {
        Step::Apdu { command, accept } => (command, accept, false),
        Step::NewPin { command, accept } => (command, accept, true),
    };
    let bytes = zeroize::Zeroizing::new(hex::decode(command).ok_or_else(|| bad("hex"))?);
    let command = if takes_pin {
        let Some((&[class, instruction, p1, p2], data)) = bytes.split_first_chunk::<4>() else {
            return Err(bad("header"));
        };
        Command::new(class, instruction, p1, p2).with_data(data)
    } else {
        Command::parse(&bytes).map_err(|error| bad(&error.to_string()))?
    };
    if !allowed::is_allowed(&command, takes_pin, purpose) {
        return Err(bad("forbidden command"));
    }
    let accept = accept.iter().map(|status| {
        hex::decode_array(status)
            .map(StatusWord::from_bytes)
            .ok_or_else(|| bad("status word"))
    });
    Ok(CheckedStep {
        command,
        takes_pin,
        accept: accept.collect::<Result<_, _>>()?,
    })
}

impl CheckedProgram {
    /// Whether a step sets a PIN that only the terminal knows.
    #[must_use]
    pub fn takes_pin(&self) -> bool {
        self.steps.iter().any(|step| step.takes_pin)
    }
}

/// Runs a program up to its end or the first status that it does not accept.
/// The ledger sees to it that it runs once and in its turn.
///
/// # Errors
/// [`CardError::ProgramRefused`] on another chip or out of turn,
/// [`CardError::PinRequired`] if it needs a PIN that is not there,
/// [`CardError::Cancelled`] before its first command only; and those of the reader.
pub fn run(
    program: &CheckedProgram,
    card: &mut Piv<'_>,
    state: &mut CardState,
    ledger: &Ledger,
    new_pin: Option<&Pin>,
    now: Timestamp,
) -> Result<ProgramOutcome, CardError> {
    if program.takes_pin() && new_pin.is_none() {
        return Err(CardError::PinRequired);
    }
    // SELECT makes some cards forget that the server authenticated itself.
    let goes_on = state.operation.as_ref() == Some(&program.operation);
    let chip = match goes_on.then(|| card.chip()) {
        Some(Ok(chip)) if chip == program.chip => chip,
        Some(Err(error @ (CardError::CardRemoved | CardError::NoReader))) => return Err(error),
        _ => {
            card.select()?;
            card.chip()?
        }
    };
    if chip != program.chip {
        return Err(CardError::ProgramRefused {
            reason: ProgramRefusal::Chip,
        });
    }
    card.commit()?;
    ledger.claim(
        &program.origin,
        &program.operation,
        program.sequence,
        program.expires_at,
        now,
    )?;
    state.operation = Some(program.operation.clone());
    let mut outcomes = Vec::with_capacity(program.steps.len());
    for step in &program.steps {
        let mut command = step.command.clone();
        if let (true, Some(pin)) = (step.takes_pin, new_pin) {
            let data = [command.data(), pin.padded()].concat();
            command = command.with_data(data);
        }
        let response = card.send(command)?;
        outcomes.push(StepOutcome {
            data: hex::encode(response.data()),
            status: format!("{:04X}", response.status().0),
        });
        if !step.accept.contains(&response.status()) {
            tracing::info!(status = %response.status(), step = outcomes.len(), "program ended early");
            break;
        }
    }
    Ok(ProgramOutcome {
        operation: program.operation.clone(),
        sequence: program.sequence,
        steps: outcomes,
    })
}

fn bad(reason: &str) -> CardError {
    tracing::warn!(reason, "a signed program makes no sense");
    CardError::BadRequest
}
