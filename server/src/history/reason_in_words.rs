//! Why something was refused, of events from before reasons were codes: from the
//! words that the event keeps, which are for administrators.
//!
//! Frozen. It reads what was written then, and what is written now has its code
//! in the facts: no word is added here, and no order changed.

use card_domain::{LoginRefusal, Reason};

use crate::storage::EventRecord;

/// Words of events, by what they contain; the first that fits counts.
const WORDS: [(&str, Reason); 23] = [
    ("another card was in the reader", Reason::WrongCard),
    ("another card", Reason::WrongCard),
    ("the card could not prove itself", Reason::NotGenuine),
    ("rolled back", Reason::RolledBack),
    ("abandoned, cancelled", Reason::Cancelled),
    ("abandoned", Reason::Abandoned),
    ("ProposalVoid", Reason::ProposalVoid),
    ("the proposal ", Reason::ProposalVoid),
    ("the card changed after the proposal", Reason::Conflict),
    ("somebody else changed the card", Reason::Conflict),
    ("Conflict(", Reason::Conflict),
    ("the session ended", Reason::SessionEnded),
    ("SessionEnded", Reason::SessionEnded),
    ("Refused(", Reason::RuleSaysNo),
    ("CannotOperate(", Reason::RuleSaysNo),
    ("StatementSignature", Reason::StatementSignature),
    ("the statement is not the one", Reason::StatementSignature),
    ("the signature ", Reason::StatementSignature),
    ("certificate", Reason::StatementSignature),
    ("the database is not available", Reason::Unavailable),
    ("the store is closed", Reason::Unavailable),
    ("not begun", Reason::NotBegun),
    ("not done", Reason::NotDone),
];

/// The words of refused logins.
const LOGINS: [(&str, LoginRefusal); 14] = [
    (
        "the challenge is unknown or was used already",
        LoginRefusal::ChallengeUsed,
    ),
    ("the challenge is too old", LoginRefusal::ChallengeLate),
    (
        "the token was made for another origin",
        LoginRefusal::ForeignOrigin,
    ),
    ("the signature does not verify", LoginRefusal::BadSignature),
    (
        "the certificate can't be used",
        LoginRefusal::UnusableCertificate,
    ),
    (
        "the certificate comes from another CA",
        LoginRefusal::UntrustedIssuer,
    ),
    (
        "the certificate is not meant for client authentication",
        LoginRefusal::WrongKeyUsage,
    ),
    (
        "the certificate is not valid yet",
        LoginRefusal::NotYetValid,
    ),
    ("the certificate is expired", LoginRefusal::Expired),
    ("the card is not in the register", LoginRefusal::UnknownCard),
    (
        "the certificate is not the card's confirmed one",
        LoginRefusal::NotConfirmed,
    ),
    ("the card was reported lost", LoginRefusal::Lost),
    ("the card is frozen", LoginRefusal::Frozen),
    ("the card was cancelled", LoginRefusal::Cancelled),
];

/// Why an event that was refused or not finished was so.
pub(super) fn read(event: &EventRecord) -> Reason {
    let Some(words) = event.detail.as_deref() else {
        return Reason::Other;
    };
    if matches!(event.act.as_str(), "login" | "unlock_session") {
        let mut logins = LOGINS.into_iter();
        if let Some((_, refusal)) = logins.find(|(login, _)| *login == words) {
            return Reason::Login(refusal);
        }
    }
    let mut known = WORDS.into_iter();
    let known = known.find(|(part, _)| words.contains(part));
    known.map_or(Reason::Other, |(_, reason)| reason)
}

#[cfg(test)]
mod tests {
    use card_domain::{ClientInfo, EventOutcome};
    use jiff::Timestamp;

    use super::*;

    fn event(act: &str, detail: Option<&str>) -> EventRecord {
        EventRecord {
            seq: 1,
            at: Timestamp::UNIX_EPOCH,
            enterprise: None,
            actor: None,
            act: act.to_owned(),
            target: None,
            outcome: EventOutcome::Refused,
            statement: None,
            client: ClientInfo::default(),
            detail: detail.map(str::to_owned),
            facts: None,
        }
    }

    /// One event of each kind that was ever written, and what was read of it when
    /// it was: a log of that time still reads the same.
    #[test]
    fn an_old_log_reads_as_it_did() {
        let fixture = include_str!("past_events.tsv");
        let mut read_as = std::collections::BTreeSet::new();
        for line in fixture.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let (Some(act), Some(code), Some(detail)) =
                (columns.next(), columns.next(), columns.next())
            else {
                panic!("{line}");
            };
            let detail = (detail != "NULL").then_some(detail);
            assert_eq!(read(&event(act, detail)).code(), code, "{line}");
            read_as.insert(code);
        }
        assert_eq!(read_as.len(), 28, "{read_as:?}");
    }
}
