//! What is said about the demo: `cards/cards.json` for the bridge's virtual
//! readers, `demo.json` for people and for the tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{
    cast::{CODE, Cast, Fate, NAME, Person},
    error::{Error, Result},
    story::Made,
};

/// An entry of the bridge's list.
#[derive(Serialize)]
struct Entry {
    key: String,
    label: String,
    file: String,
}

#[derive(Serialize)]
struct Demo<'a> {
    address: &'a str,
    enterprise: &'static str,
    enterprise_code: &'static str,
    data: &'a Path,
    config: PathBuf,
    cards_folder: PathBuf,
    cards: Vec<Card>,
    operators: Vec<Operator>,
}

/// A software card on disk.
#[derive(Serialize)]
struct Card {
    key: String,
    label: String,
    role: &'static str,
    file: PathBuf,
    operator_no: Option<&'static str>,
    holder_name: &'static str,
    #[serde(rename = "card_no")]
    number: String,
    pin: &'static str,
    state: &'static str,
    /// Whether it is one of the demo's, or kept for the tests.
    in_demo: bool,
}

/// Somebody in the register.
#[derive(Serialize)]
struct Operator {
    #[serde(rename = "operator_no")]
    number: &'static str,
    holder_name: &'static str,
    id_number: &'static str,
    card_no: Option<String>,
    state: &'static str,
}

/// Writes both files; `demo.json` last, so that it says that all is there.
pub(crate) fn write(folder: &Path, origin: &str, cast: &Cast, made: &[Made]) -> Result<()> {
    let cards_folder = folder.join("cards");
    let on_disk = || {
        cast.people
            .iter()
            .zip(made)
            .filter(|(_, made)| made.on_disk)
    };
    let shelf: Vec<Entry> = on_disk()
        .map(|(person, _)| Entry {
            key: person.key(),
            label: person.label(),
            file: format!("{}.card", person.key()),
        })
        .collect();
    save(&cards_folder.join("cards.json"), &shelf)?;
    let cards = on_disk().map(|(person, made)| Card {
        key: person.key(),
        label: person.label(),
        role: if person.operator_no.is_none() {
            "legal_person"
        } else {
            "operator"
        },
        file: cards_folder.join(format!("{}.card", person.key())),
        operator_no: person.operator_no,
        holder_name: person.name,
        number: made.card_no.clone().unwrap_or_default(),
        pin: person.pin,
        state: state(person),
        in_demo: person.kept,
    });
    let operators = cast.people.iter().zip(made).filter_map(|(person, made)| {
        Some(Operator {
            number: person.operator_no?,
            holder_name: person.name,
            id_number: person.id_number,
            card_no: made.card_no.clone(),
            state: state(person),
        })
    });
    save(
        &folder.join("demo.json"),
        &Demo {
            address: origin,
            enterprise: NAME,
            enterprise_code: CODE,
            data: folder,
            config: folder.join("config.toml"),
            cards: cards.collect(),
            operators: operators.collect(),
            cards_folder,
        },
    )
}

/// A name for programs.
const fn state(person: &Person) -> &'static str {
    match person.fate {
        Fate::Normal(_) => "normal",
        Fate::Expiring(_) => "expiring",
        Fate::Expired(_) => "expired",
        Fate::Lost(_) => "lost",
        Fate::Frozen(_) => "frozen",
        Fate::Blocked(_) => "blocked",
        Fate::NoCard => "not_issued",
    }
}

fn save(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    fs::write(path, text + "\n").map_err(Error::file(path))
}
