//! 制卡: making a card. The server writes programs, the card runs them one
//! after the other within one transaction, and the new PIN is chosen here and
//! known to nobody else. In process the same is done with a software card.

mod issuer;
mod pin;

use std::fmt;

use card_operations::{
    card_state::CardState,
    piv_card::Piv,
    program::{self, Purpose},
    ready::ready,
};
use card_protocol::{
    CardError, ChipId, Pin,
    enroll::{EnrollContinue, EnrollReply, EnrollStart, Holder},
};

pub use self::{
    issuer::{HttpIssuer, Issuer},
    pin::{RandomError, random_pin},
};
use crate::{
    clock::{self, Clock},
    http::HttpError,
    operation::{Blocking, cancel::CancelToken},
    reader::CardAccess,
    replay_guard::ReplayGuard,
};

/// Most programs that one card may take.
const MAX_PROGRAMS: u32 = 32;
/// So often a report is sent until an answer to it comes.
const ATTEMPTS: u32 = 4;

/// The PIN of the new card.
#[derive(Debug)]
pub enum NewPin {
    /// Six random digits.
    Random,
    /// This one: for a demo whose PINs are printed.
    Given(Pin),
}

/// A card that was made.
#[derive(Clone, Eq, PartialEq)]
pub struct Enrolled {
    /// IC卡号.
    pub card_no: String,
    /// Who holds it.
    pub holder_name: String,
    /// The chip id it was given.
    pub chip: ChipId,
    /// Its PIN. To be handed to the holder once; it is kept nowhere.
    pub pin: Pin,
}

impl fmt::Debug for Enrolled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrolled")
            .field("card_no", &self.card_no)
            .field("chip", &self.chip)
            .finish_non_exhaustive()
    }
}

/// Why a card was not made.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// The card, its reader, or a program that this bridge does not run.
    #[error("card: {0}")]
    Card(#[from] CardError),
    /// The server.
    #[error(transparent)]
    Server(#[from] HttpError),
    /// The server did not answer a report, and the card has no PIN of its own yet: the
    /// server can't have made the card, and its management key is the factory's.
    #[error("the card is not made; once the server is there, do it again with the same card: {0}")]
    Interrupted(#[source] HttpError),
    /// The server did not answer a report when it was sent first, and the card
    /// has its PIN already: the server may have made the card.
    #[error("whether the card was made is unknown: {source}")]
    Unanswered {
        /// The PIN that the card has. Whoever holds the card needs it if the
        /// register says that it was made.
        pin: Pin,
        /// What became of the last attempt.
        source: HttpError,
    },
    /// The system has no random numbers for a PIN.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The server does not come to an end.
    #[error("more than {MAX_PROGRAMS} programs for one card")]
    TooManyPrograms,
}

/// Makes `card` the card of `holder`. The caller sees to it that nobody else
/// talks to the card meanwhile; `guard` knows which programs ran. Blocks.
///
/// # Errors
/// [`EnrollError`]. The card may be half made then; making it again is right, but
/// after [`EnrollError::Unanswered`] the register has to be asked first.
pub fn run(
    card: &mut dyn CardAccess,
    issuer: &dyn Issuer,
    holder: Holder,
    pin: NewPin,
    guard: &ReplayGuard,
    clock: &Clock,
) -> Result<Enrolled, EnrollError> {
    let pin = match pin {
        NewPin::Random => random_pin()?,
        NewPin::Given(pin) => pin,
    };
    let stop = CancelToken::default();
    stop.begin()?;
    let mut card = Blocking(card);
    let mut card = Piv::new(&mut card, &stop);
    ready(card.select())?;
    let chip = ready(card.chip())?;
    let mut state = CardState::default();
    let mut reply = issuer.start(&EnrollStart { holder, chip })?;
    let mut has_pin = false;
    for _ in 0..MAX_PROGRAMS {
        let signed = match reply {
            EnrollReply::Run { program } => program,
            EnrollReply::Done {
                card_no,
                holder_name,
                chip,
            } => {
                return Ok(Enrolled {
                    card_no,
                    holder_name,
                    chip,
                    pin,
                });
            }
        };
        let now = clock::moment(clock);
        let (origin, key) = (issuer.origin(), issuer.enrol_key());
        let program = ready(program::check(
            &signed,
            origin,
            key,
            now.wall,
            Purpose::Enroll,
        ))?;
        let ran = program::run(&program, &mut card, &mut state, guard, Some(&pin), now);
        let outcome = ready(ran)?;
        has_pin |= program.sets_pin();
        reply = match proceed(issuer, &EnrollContinue { outcome }) {
            Ok(reply) => reply,
            Err(Failed::Refused(source)) => return Err(EnrollError::Server(source)),
            Err(Failed::Unheard(source)) if has_pin => {
                return Err(EnrollError::Unanswered { pin, source });
            }
            Err(Failed::Unheard(source)) => return Err(EnrollError::Interrupted(source)),
        };
    }
    Err(EnrollError::TooManyPrograms)
}

/// Why a report has no answer.
enum Failed {
    /// It was refused, and nothing else became of it.
    Refused(HttpError),
    /// What the server did when it came first nobody heard. It may have made the card,
    /// whatever is answered later: that the enrolment's time is over, for instance, to a
    /// machine that slept meanwhile.
    Unheard(HttpError),
}

/// Sends a report until an answer comes: the server gives a repeated one the answer
/// that it gave the first.
fn proceed(issuer: &dyn Issuer, report: &EnrollContinue) -> Result<EnrollReply, Failed> {
    let mut attempts = 1;
    loop {
        match issuer.proceed(report) {
            Ok(reply) => return Ok(reply),
            Err(error) if error.is_unanswered() && attempts < ATTEMPTS => {
                tracing::warn!(%error, attempts, "no answer to a report; once more");
                issuer.pause(attempts);
                attempts += 1;
            }
            Err(error) if attempts > 1 || error.is_unanswered() => {
                return Err(Failed::Unheard(error));
            }
            Err(error) => return Err(Failed::Refused(error)),
        }
    }
}
