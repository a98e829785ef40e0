//! Software cards: made, enrolled, used to sign, and blocked by wrong PINs.

use std::{fs, path::PathBuf, sync::Arc};

use card_bridge::{
    enroll::{self, NewPin},
    reader::demo::SoftwareCard,
    replay_guard::ReplayGuard,
};
use card_operations::{
    card_state::CardState,
    piv_card::{PinSource, Piv},
};
use card_protocol::{CardError, Pin, enroll::Holder};
use jiff::Timestamp;
use server::clock::Clock as _;
use test_support::bridge::with_piv;
use virtual_card::VirtualCard;

use crate::{
    cast::{CODE, Person},
    error::{Error, Result},
    http::Counter,
    office::Office,
};

/// The folder of the cards.
pub(crate) fn folder(office: &Office) -> PathBuf {
    office.folder.join("cards")
}

/// The file of a person's card.
pub(crate) fn file(office: &Office, person: &Person) -> PathBuf {
    folder(office).join(format!("{}.card", person.key()))
}

/// Makes a blank card and has the server make it the person's. Gives IC卡号.
pub(crate) fn make(office: &Office, counter: &Counter<'_>, person: &Person) -> Result<String> {
    let mut card = SoftwareCard::new(VirtualCard::create(file(office, person))?)?;
    let enterprise = CODE.to_owned();
    let holder = match person.operator_no {
        None => Holder::LegalPerson { enterprise },
        Some(number) => Holder::Operator {
            enterprise,
            operator: number.to_owned(),
        },
    };
    let clock = office.clock.clone();
    let clock: card_bridge::clock::Clock = Arc::new(move || -> Timestamp { clock.now() });
    let pin = NewPin::Given(Pin::new(person.pin)?);
    let guard = ReplayGuard::in_memory();
    let made = enroll::run(&mut card, counter, holder, pin, &guard, &clock).map_err(|source| {
        Error::Enroll {
            who: person.name,
            source,
        }
    })?;
    Ok(made.card_no)
}

/// Puts the person's card to work with the PIN.
pub(crate) fn with_card<T>(
    office: &Office,
    person: &Person,
    work: impl AsyncFnOnce(
        &mut Piv<'_>,
        &mut CardState,
        &PinSource,
    ) -> std::result::Result<T, CardError>,
) -> Result<T> {
    let mut card = SoftwareCard::new(VirtualCard::open(file(office, person))?)?;
    let pin = PinSource::Typed(Pin::new(person.pin)?);
    let mut state = CardState::default();
    Ok(with_piv(&mut card, async |card| {
        work(card, &mut state, &pin).await
    })?)
}

/// Types wrong PINs until the card is blocked. Gives the tries that are left.
pub(crate) fn block(office: &Office, person: &Person) -> Result<u8> {
    const WRONG: &str = "000000";
    with_card(office, person, async |card, _state, _right_pin| {
        card.select().await?;
        let wrong = PinSource::Typed(Pin::new(WRONG).map_err(|_digits| CardError::ReaderError)?);
        loop {
            match card.verify(&wrong).await {
                Err(CardError::WrongPin { .. }) => {}
                Err(CardError::PinBlocked) => return Ok(0),
                Err(other) => return Err(other),
                Ok(()) => return Err(CardError::ReaderError),
            }
        }
    })
}

/// Throws a person's card away.
pub(crate) fn discard(office: &Office, person: &Person) -> Result<()> {
    let path = file(office, person);
    fs::remove_file(&path).map_err(Error::file(path))
}
