//! What happened, in the order in which it happened: cards were made, people
//! logged in, cards were frozen, lost and blocked.

use card_domain::Action;
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};
use server::storage::PinRecord;

use crate::{
    acts,
    cast::{Cast, Fate, Person},
    error::{Error, Result},
    http::Counter,
    office::{Office, days_before},
    say, workshop,
};

/// What became of a person's card.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    /// IC卡号, of a card that was made.
    pub(crate) card_no: Option<String>,
    /// Whether the software card is on disk.
    pub(crate) on_disk: bool,
    /// What was seen of a PIN that was blocked.
    pub(crate) pin_seen: Option<PinRecord>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    Make,
    LogIn,
    Freeze,
    ReportLoss,
    Block,
}

/// Plays the whole story. Gives what became of each card, in the order of the cast.
pub(crate) fn play(office: &Office, cast: &Cast, keep_all: bool) -> Result<Vec<Made>> {
    let mut events: Vec<(Timestamp, usize, Deed)> = Vec::new();
    for (index, person) in cast.people.iter().enumerate() {
        for (time, deed) in deeds(person, office.today)? {
            events.push((time, index, deed));
        }
    }
    events.sort_unstable();
    let boss = cast
        .people
        .first()
        .ok_or(Error::Missing("nobody is there"))?;
    let counter = Counter::new(office)?;
    let mut made = vec![Made::default(); cast.people.len()];
    for (time, index, deed) in events {
        office.clock.set(time);
        let (Some(person), Some(made)) = (cast.people.get(index), made.get_mut(index)) else {
            continue;
        };
        match deed {
            Deed::Make => {
                let card_no = workshop::make(office, &counter, person)?;
                say(&format!("    {} {card_no}", person.label()));
                made.card_no = Some(card_no);
                made.on_disk = true;
            }
            Deed::LogIn => drop(acts::log_in(office, person)?),
            Deed::Freeze => acts::act(office, boss, person, Action::Freeze)?,
            Deed::ReportLoss => acts::act(office, boss, person, Action::ReportLoss)?,
            Deed::Block => {
                let tries_left = workshop::block(office, person)?;
                made.pin_seen = Some(PinRecord {
                    tries_left,
                    at: time,
                });
            }
        }
    }
    for (person, made) in cast.people.iter().zip(&mut made) {
        if made.on_disk && !person.kept && !keep_all {
            workshop::discard(office, person)?;
            made.on_disk = false;
        }
    }
    Ok(made)
}

/// What a person did, and when. Logins come some hours later in the day, so
/// that a card that was blocked or stopped on that day was in use before.
fn deeds(person: &Person, today: Timestamp) -> Result<Vec<(Timestamp, Deed)>> {
    let day = |days| days_before(today, days);
    let mut deeds = Vec::new();
    match person.fate {
        Fate::NoCard => {}
        Fate::Normal(age) => deeds.push((day(age), Deed::Make)),
        // Ten calendar years before its end, as the server counts.
        Fate::Expiring(left) => deeds.push((ten_years_before(day(-left))?, Deed::Make)),
        Fate::Expired(ago) => deeds.push((ten_years_before(day(ago))?, Deed::Make)),
        Fate::Lost(ago) => deeds.extend([(day(700), Deed::Make), (day(ago), Deed::ReportLoss)]),
        Fate::Frozen(ago) => deeds.extend([(day(800), Deed::Make), (day(ago), Deed::Freeze)]),
        Fate::Blocked(ago) => deeds.extend([(day(900), Deed::Make), (day(ago), Deed::Block)]),
    }
    if let Some(ago) = person.seen {
        // Not all at the same time of the day.
        let shift = person.key().bytes().map(i64::from).sum::<i64>() * 7 % 600;
        let time = day(ago).saturating_sub(SignedDuration::from_mins(shift));
        deeds.push((time.unwrap_or(today), Deed::LogIn));
    }
    Ok(deeds)
}

fn ten_years_before(time: Timestamp) -> Result<Timestamp> {
    let time = time.to_zoned(TimeZone::UTC).checked_sub(10.years())?;
    Ok(time.timestamp())
}
