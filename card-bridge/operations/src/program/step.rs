//! The steps of a program, read and checked: each is a command that the bridge
//! knows, and all together are the shape of the program's kind.

use card_protocol::{
    CardError, Command, PinPolicy, StatusWord, hex,
    program::{MAX_STEPS, NONCE_LENGTH, ProgramKind, Step},
};
use zeroize::{Zeroize as _, Zeroizing};

use super::{bad, card_command::CardCommand, shape};

/// A step that may be carried out. Its command is wiped on drop.
#[derive(Clone, Debug)]
pub(super) struct CheckedStep {
    pub(super) action: StepAction,
    /// The status words after which the program goes on.
    pub(super) accept: Vec<StatusWord>,
    /// The SHA-256 of the one answer after which it goes on.
    pub(super) answer: Option<[u8; 32]>,
}

/// What a step does.
#[derive(Clone, Debug)]
pub(super) enum StepAction {
    /// Sends the command.
    Send(Command),
    /// Appends the terminal's PIN, which has to be as the policy says, and sends it.
    SendWithPin(Command, Option<PinPolicy>),
    /// Has the card sign for this nonce and the bridge's key of the exchange.
    Prove([u8; NONCE_LENGTH]),
}

/// Steps as they came out of a program. A sealed one holds PUKs, so their text
/// is wiped on drop.
pub(super) struct RawSteps(pub(super) Vec<Step>);

impl Drop for RawSteps {
    fn drop(&mut self) {
        for step in &mut self.0 {
            match step {
                Step::Apdu { command, .. } | Step::NewPin { command, .. } => command.zeroize(),
                Step::ProveCard { .. } => {}
            }
        }
    }
}

impl RawSteps {
    /// Reads the JSON text that was sealed.
    ///
    /// # Errors
    /// [`CardError::BadRequest`]; neither it nor the log repeats what stood there.
    pub(super) fn parse(text: &[u8]) -> Result<Self, CardError> {
        // A command is hex, which JSON does not escape: serde borrows it from
        // `text` and copies it once, into the string that is wiped.
        serde_json::from_slice(text)
            .map(Self)
            .map_err(|_repeats_it| bad("sealed steps"))
    }
}

/// Checks the steps of a program of this kind.
///
/// # Errors
/// [`CardError::BadRequest`] for what no server should sign.
pub(super) fn check(
    kind: ProgramKind,
    is_sealed: bool,
    steps: &[Step],
) -> Result<Vec<CheckedStep>, CardError> {
    if steps.len() > MAX_STEPS {
        return Err(bad("too many steps"));
    }
    let mut commands = Vec::with_capacity(steps.len());
    let mut checked = Vec::with_capacity(steps.len());
    for step in steps {
        let (command, step) = check_step(step)?;
        commands.push(command);
        checked.push(step);
    }
    if !shape::fits(kind, is_sealed, &commands) {
        tracing::warn!(?kind, is_sealed, ?commands, "not the shape of its kind");
        return Err(CardError::BadRequest);
    }
    Ok(checked)
}

fn check_step(step: &Step) -> Result<(CardCommand, CheckedStep), CardError> {
    match step {
        Step::Apdu {
            command,
            accept,
            answer_sha256,
        } => {
            let command =
                Command::parse(&bytes(command)?).map_err(|error| bad(&error.to_string()))?;
            let named = CardCommand::recognise(&command).ok_or_else(|| unknown(&command))?;
            let accept = statuses(accept)?;
            let answer = answer_sha256
                .as_deref()
                .map(|digest| hex::decode_array(digest).ok_or_else(|| bad("digest")))
                .transpose()?;
            // What comes after it is for a card that has the key, and no other.
            let proves = answer.is_some() && accept == [StatusWord::SUCCESS];
            if named == CardCommand::Answer && !proves {
                return Err(bad("an answer to the witness that proves nothing"));
            }
            let action = StepAction::Send(command);
            let step = CheckedStep {
                action,
                accept,
                answer,
            };
            Ok((named, step))
        }
        Step::NewPin {
            command,
            accept,
            policy,
        } => {
            if policy.is_some_and(|policy| !policy.is_sound()) {
                return Err(bad("PIN policy"));
            }
            let bytes = bytes(command)?;
            let Some((&[class, instruction, p1, p2], data)) = bytes.split_first_chunk::<4>() else {
                return Err(bad("header"));
            };
            let command = Command::new(class, instruction, p1, p2).with_data(data);
            let named =
                CardCommand::recognise_before_pin(&command).ok_or_else(|| unknown(&command))?;
            let step = CheckedStep {
                action: StepAction::SendWithPin(command, *policy),
                accept: statuses(accept)?,
                answer: None,
            };
            Ok((named, step))
        }
        Step::ProveCard { nonce } => {
            let nonce = hex::decode_array(nonce).ok_or_else(|| bad("nonce"))?;
            let step = CheckedStep {
                action: StepAction::Prove(nonce),
                accept: vec![StatusWord::SUCCESS],
                answer: None,
            };
            Ok((CardCommand::ProveCard, step))
        }
    }
}

fn bytes(text: &str) -> Result<Zeroizing<Vec<u8>>, CardError> {
    hex::decode(text)
        .map(Zeroizing::new)
        .ok_or_else(|| bad("hex"))
}

fn statuses(texts: &[String]) -> Result<Vec<StatusWord>, CardError> {
    let read = |text: &String| {
        hex::decode_array(text)
            .map(StatusWord::from_bytes)
            .ok_or_else(|| bad("status word"))
    };
    texts.iter().map(read).collect()
}

/// By its header only: its data may hold a secret.
fn unknown(command: &Command) -> CardError {
    tracing::warn!(?command, "no program may hold this command");
    CardError::BadRequest
}
