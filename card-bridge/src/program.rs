//! Programs: card commands that a server signed for one origin, one operation,
//! one chip and a short time. [`check()`] decides whether a program may run,
//! [`run()`] runs it.

mod allowed;
mod ledger;

use card_protocol::{
    CardError, ChipId, Command, Pin, PinPolicy, ProgramRefusal, StatusWord, hex,
    program::{MAX_STEPS, Program, ProgramOutcome, SignedProgram, Step, StepOutcome, VERSION},
};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

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
    /// What that PIN has to look like.
    policy: Option<PinPolicy>,
    accept: Vec<StatusWord>,
    /// The digest of the one answer after which the program goes on.
    answer: Option<[u8; 32]>,
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
    let (command, accept, takes_pin, policy, answer) = match step {
        Step::Apdu {
            command,
            accept,
            answer_sha256,
        } => (command, accept, false, None, answer_sha256.as_deref()),
        Step::NewPin {
            command,
            accept,
            policy,
        } => (command, accept, true, *policy, None),
    };
    if policy.is_some_and(|policy| !policy.is_sound()) {
        return Err(bad("PIN policy"));
    }
    let answer = answer
        .map(|digest| hex::decode_array(digest).ok_or_else(|| bad("digest")))
        .transpose()?;
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
        policy,
        answer,
        accept: accept.collect::<Result<_, _>>()?,
    })
}

impl CheckedProgram {
    /// Whether a step sets a PIN that only the terminal knows.
    #[must_use]
    pub fn takes_pin(&self) -> bool {
        self.steps.iter().any(|step| step.takes_pin)
    }

    /// Whether `pin` is one that every step takes which sets one.
    fn check_pin(&self, pin: &Pin) -> Result<(), CardError> {
        self.steps
            .iter()
            .filter_map(|step| step.policy)
            .try_for_each(|policy| policy.check(pin))
            .map_err(|weakness| CardError::WeakPin { weakness })
    }
}

/// Runs a program up to its end or the first status or answer that it does not accept.
/// The ledger sees to it that it runs once and in its turn.
///
/// # Errors
/// [`CardError::ProgramRefused`] on another chip or out of turn,
/// [`CardError::PinRequired`] if it needs a PIN that is not there,
/// [`CardError::WeakPin`] if it wants a better one,
/// [`CardError::Cancelled`] before its first command only; and those of the reader.
pub fn run(
    program: &CheckedProgram,
    card: &mut Piv<'_>,
    state: &mut CardState,
    ledger: &Ledger,
    new_pin: Option<&Pin>,
    now: Timestamp,
) -> Result<ProgramOutcome, CardError> {
    match new_pin {
        Some(pin) => program.check_pin(pin)?,
        None if program.takes_pin() => return Err(CardError::PinRequired),
        None => {}
    }
    // SELECT makes some cards forget that the server authenticated itself.
    let goes_on = state.operation.as_ref() == Some(&program.operation);
    let is_known = goes_on && state.chip.is_some() && state.chip == program.chip;
    let chip = if is_known {
        // Read earlier in this very connection, which ends with the card and
        // forgets with a reset: whatever else happened, it is this card. If
        // another program selected something else, the first step fails.
        state.chip
    } else {
        match goes_on.then(|| card.chip()) {
            Some(Ok(chip)) if chip == program.chip => chip,
            Some(Err(error @ (CardError::CardRemoved | CardError::NoReader))) => return Err(error),
            _ => {
                card.select()?;
                card.chip()?
            }
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
    state.chip = chip;
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
        let is_answer = step
            .answer
            .is_none_or(|digest| Sha256::digest(response.data()).as_slice() == digest);
        if !step.accept.contains(&response.status()) || !is_answer {
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
