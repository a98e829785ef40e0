//! Running a program on a card, once and in its turn.

use card_protocol::{
    CardError, ChipId, Command, Pin, ProgramRefusal, hex,
    piv::{self, Algorithm, Slot},
    program::{NONCE_LENGTH, ProgramKind, ProgramOutcome, StepOutcome, proof_message},
    sealing::ExchangeKey,
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{
    CheckedProgram,
    claims::Claim,
    is_alive,
    step::{CheckedStep, StepAction},
};
use crate::{card_state::CardState, moment::Moment, piv_card::Piv};

/// Sees to it that no program runs twice and that the programs of a conversation run in
/// their order.
pub trait ReplayGuard {
    /// Takes the program's turn. When this returns, the program is noted where
    /// no crash loses it.
    ///
    /// # Errors
    /// [`CardError::ProgramRefused`] as expired if it was begun before, or a
    /// later one of its conversation was; another error if that can't be known or
    /// noted, for then it must not run.
    fn claim(&self, claim: Claim, now: Moment) -> Result<(), CardError>;
}

/// Runs a program up to its end or the first status or answer that it does not
/// accept. `guard` sees to it that it runs once and in its turn, `state` keeps
/// the key of the exchange. `now` is by the server's time where that is known
/// ([`HeldGrant::by_server`](crate::grant::HeldGrant::by_server)).
///
/// # Errors
/// [`CardError::ProgramRefused`] on another chip, out of turn, too late, or
/// sealed to another exchange; [`CardError::BadRequest`] if what was sealed is
/// not the shape of its kind; [`CardError::PinRequired`] if it needs a PIN that
/// is not there, [`CardError::WeakPin`] if it wants a better one: all of these
/// before the card gets a command of it. [`CardError::Cancelled`] before its
/// first command only; and those of the reader.
pub async fn run(
    program: &CheckedProgram,
    card: &mut Piv<'_>,
    state: &mut CardState,
    guard: &impl ReplayGuard,
    new_pin: Option<&Pin>,
    now: Moment,
) -> Result<ProgramOutcome, CardError> {
    let refuse = |reason| Err(CardError::ProgramRefused { reason });
    let steps = program.steps(state.exchange.as_ref())?;
    match new_pin {
        Some(pin) => check_pin(&steps, pin)?,
        None if program.takes_pin() => return Err(CardError::PinRequired),
        None => {}
    }
    // Time went by since it was checked: somebody typed a PIN.
    if !is_alive(program.expires_at, now.wall) {
        return refuse(ProgramRefusal::Expired);
    }
    let fresh = match program.kind {
        ProgramKind::Look if program.is_clear() => Some(fresh_key()?),
        ProgramKind::Enrol if state.exchange.is_none() => Some(fresh_key()?),
        _ => None,
    };
    let goes_on = goes_on(program, state);
    if chip(program, card, state).await? != program.chip {
        return refuse(ProgramRefusal::Chip);
    }
    card.commit()?;
    let claim = Claim {
        origin: program.origin.clone(),
        operation: program.operation.clone(),
        sequence: program.sequence,
        expires_at: program.expires_at,
    };
    guard.claim(claim, now)?;
    state.operation = Some(program.operation.clone());
    state.chip = program.chip;
    if fresh.is_some() {
        state.exchange = fresh;
    }
    let mut sent = send(&steps, card, state.exchange.as_ref(), new_pin).await?;
    if goes_on && is_deselected(program, card, &sent).await? {
        if card.chip().await? != program.chip {
            return refuse(ProgramRefusal::Chip);
        }
        if !program.is_clear() {
            // The card forgot to whom it gave its witness: it is proven again.
            state.exchange = None;
            return refuse(ProgramRefusal::Exchange);
        }
        sent = send(&steps, card, state.exchange.as_ref(), new_pin).await?;
    }
    Ok(ProgramOutcome {
        operation: program.operation.clone(),
        sequence: program.sequence,
        exchange_key: state.exchange.as_ref().map(|key| hex::encode(key.public())),
        steps: sent.outcomes,
    })
}

/// What a card answered.
struct Sent {
    outcomes: Vec<StepOutcome>,
    /// Whether the last of them was accepted, too.
    is_accepted: bool,
}

/// Whether nothing was done because another program selected another application since
/// the program before: then PIV is selected again.
///
/// # Errors
/// [`CardError::UnsupportedCard`] if it can't be, and those of the reader.
async fn is_deselected(
    program: &CheckedProgram,
    card: &mut Piv<'_>,
    sent: &Sent,
) -> Result<bool, CardError> {
    if sent.is_accepted || sent.outcomes.len() != 1 {
        return Ok(false);
    }
    match card.chip().await {
        // It is selected, and the card means what it said.
        Ok(chip) if chip == program.chip => return Ok(false),
        Err(
            error @ (CardError::CardRemoved
            | CardError::NoReader
            | CardError::ReaderError
            | CardError::Cancelled),
        ) => return Err(error),
        Ok(_) | Err(_) => {}
    }
    tracing::info!("another program selected another application; PIV is selected again");
    card.select().await?;
    Ok(true)
}

/// Sends one step after the other; ends with the first that is not accepted.
async fn send(
    steps: &[CheckedStep],
    card: &mut Piv<'_>,
    exchange: Option<&ExchangeKey>,
    new_pin: Option<&Pin>,
) -> Result<Sent, CardError> {
    let mut is_accepted = true;
    let mut outcomes = Vec::with_capacity(steps.len());
    for step in steps {
        let command = match &step.action {
            StepAction::Send(command) => command.clone(),
            StepAction::SendWithPin(command, _policy) => {
                let pin = new_pin.ok_or(CardError::PinRequired)?;
                // Moved into the command, which wipes it.
                let data = [command.data(), pin.padded()].concat();
                command.clone().with_data(data)
            }
            StepAction::Prove(nonce) => proof(nonce, exchange)?,
        };
        let response = card.send(command).await?;
        outcomes.push(StepOutcome {
            data: hex::encode(response.data()),
            status: format!("{:04X}", response.status().0),
        });
        let is_answer = step
            .answer
            .is_none_or(|digest| Sha256::digest(response.data()).as_slice() == digest);
        is_accepted = step.accept.contains(&response.status()) && is_answer;
        if !is_accepted {
            tracing::info!(status = %response.status(), step = outcomes.len(), "program ended early");
            break;
        }
    }
    Ok(Sent {
        outcomes,
        is_accepted,
    })
}

/// Whether this very connection knows the chip from the operation's program before:
/// nothing is selected then, since that makes some cards forget that the server
/// authenticated itself.
fn goes_on(program: &CheckedProgram, state: &CardState) -> bool {
    state.operation.as_ref() == Some(&program.operation)
        && state.chip.is_some()
        && state.chip == program.chip
}

/// The chip in the reader, read anew unless this very connection knows it.
async fn chip(
    program: &CheckedProgram,
    card: &mut Piv<'_>,
    state: &CardState,
) -> Result<Option<ChipId>, CardError> {
    if goes_on(program, state) {
        // Read earlier in this very connection, which ends with the card and
        // forgets with a reset: whatever else happened, it is this card. If
        // another program selected something else, the first step fails.
        return Ok(state.chip);
    }
    // SELECT makes some cards forget that the server authenticated itself.
    let is_known = state.operation.as_ref() == Some(&program.operation);
    if is_known {
        match card.chip().await {
            Ok(chip) if chip == program.chip => return Ok(chip),
            Err(error @ (CardError::CardRemoved | CardError::NoReader)) => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    card.select().await?;
    card.chip().await
}

/// Whether `pin` is one that every step takes which sets one.
fn check_pin(steps: &[CheckedStep], pin: &Pin) -> Result<(), CardError> {
    let policies = steps.iter().filter_map(|step| match step.action {
        StepAction::SendWithPin(_, policy) => policy,
        StepAction::Send(_) | StepAction::Prove(_) => None,
    });
    for policy in policies {
        policy
            .check(pin)
            .map_err(|weakness| CardError::WeakPin { weakness })?;
    }
    Ok(())
}

/// The command that has the card sign for this nonce and the bridge's key.
fn proof(nonce: &[u8; NONCE_LENGTH], exchange: Option<&ExchangeKey>) -> Result<Command, CardError> {
    let exchange = exchange.ok_or(CardError::ProgramRefused {
        reason: ProgramRefusal::Exchange,
    })?;
    let digest = Sha256::digest(proof_message(nonce, exchange.public()));
    Ok(piv::sign(
        Slot::CardAuthentication,
        Algorithm::P256,
        &digest,
    )?)
}

/// A key pair for one exchange with one card.
fn fresh_key() -> Result<ExchangeKey, CardError> {
    let mut random = Zeroizing::new([0; 32]);
    getrandom::fill(random.as_mut_slice()).map_err(|error| {
        tracing::error!(%error, "the system's random generator failed");
        CardError::ReaderError
    })?;
    Ok(ExchangeKey::from_random(&random))
}
