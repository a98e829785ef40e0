//! Why something was refused: from the words that the event keeps, which are
//! for administrators, to the reasons that the contract knows.

use card_domain::{LoginRefusal, Reason};

use crate::storage::{EventRecord, Outcome};

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

/// All refusals of a login.
const LOGINS: [LoginRefusal; 14] = [
    LoginRefusal::ChallengeUsed,
    LoginRefusal::ChallengeLate,
    LoginRefusal::ForeignOrigin,
    LoginRefusal::BadSignature,
    LoginRefusal::UnusableCertificate,
    LoginRefusal::UntrustedIssuer,
    LoginRefusal::WrongKeyUsage,
    LoginRefusal::NotYetValid,
    LoginRefusal::Expired,
    LoginRefusal::UnknownCard,
    LoginRefusal::NotConfirmed,
    LoginRefusal::Lost,
    LoginRefusal::Frozen,
    LoginRefusal::Cancelled,
];

/// Why an event was refused or not finished; none for what was done.
pub(crate) fn reason(event: &EventRecord) -> Option<Reason> {
    if event.outcome == Outcome::Done {
        return None;
    }
    let Some(words) = event.detail.as_deref() else {
        return Some(Reason::Other);
    };
    if matches!(event.act.as_str(), "login" | "unlock_session") {
        let mut logins = LOGINS.into_iter();
        if let Some(refusal) = logins.find(|refusal| refusal.to_string() == words) {
            return Some(Reason::Login(refusal));
        }
    }
    let mut known = WORDS.into_iter();
    let known = known.find(|(part, _)| words.contains(part));
    Some(known.map_or(Reason::Other, |(_, reason)| reason))
}

#[cfg(test)]
mod tests {
    use card_domain::Refusal;
    use jiff::Timestamp;

    use super::*;
    use crate::{service::ServiceError, storage::ClientInfo};

    fn event(act: &str, outcome: Outcome, detail: &str) -> EventRecord {
        EventRecord {
            seq: 1,
            at: Timestamp::UNIX_EPOCH,
            enterprise: None,
            actor: None,
            act: act.to_owned(),
            target: None,
            outcome,
            statement: None,
            client: ClientInfo::default(),
            detail: Some(detail.to_owned()),
            facts: None,
        }
    }

    #[test]
    fn the_words_of_events_are_known() {
        let refused = |act, detail: &str| reason(&event(act, Outcome::Refused, detail));
        for refusal in LOGINS {
            assert_eq!(
                refused("login", &refusal.to_string()),
                Some(Reason::Login(refusal))
            );
        }
        let rule = ServiceError::from(Refusal::Cancelled).to_string();
        assert_eq!(refused("freeze", &rule), Some(Reason::RuleSaysNo), "{rule}");
        for (words, expected) in [
            ("the proposal is too old", Reason::ProposalVoid),
            (
                "the signature does not fit the statement",
                Reason::StatementSignature,
            ),
            (
                "operation 1: abandoned, nobody finished it in time",
                Reason::Abandoned,
            ),
            ("not begun: TicketVoid", Reason::NotBegun),
            ("not begun: ProposalVoid", Reason::ProposalVoid),
            ("something new", Reason::Other),
        ] {
            assert_eq!(refused("freeze", words), Some(expected), "{words}");
        }
        assert_eq!(reason(&event("renew", Outcome::Done, "abandoned")), None);
    }
}
