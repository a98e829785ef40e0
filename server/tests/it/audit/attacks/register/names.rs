//! The names that stand in what is signed and certified, changed past the server.

use event_log::{CardFacts, card_facts::CardNames};

use super::{CARD, Tampering};

pub(super) fn tamperings() -> [Tampering; 3] {
    [
        Tampering {
            what: "another holder's name",
            sql: format!("UPDATE cards SET holder_name = '别人' WHERE id = {CARD}"),
            column: "holder's name",
            says: |facts| rename(facts, |names| names.holder = String::from("别人")),
        },
        Tampering {
            what: "another name of the enterprise",
            sql: String::from("UPDATE enterprises SET name = '别的企业'"),
            column: "enterprise's name",
            says: |facts| rename(facts, |names| names.enterprise.name.insert(0, '别')),
        },
        Tampering {
            what: "another code of the enterprise",
            sql: String::from("UPDATE enterprises SET code = 'X' || code"),
            column: "enterprise's code",
            says: |facts| rename(facts, |names| names.enterprise.code.insert(0, 'X')),
        },
    ]
}

/// Changes the names, which every event of the fixture's cards has.
fn rename(facts: &mut CardFacts, change: fn(&mut CardNames)) {
    if let Some(names) = &mut facts.names {
        change(names);
    }
}
