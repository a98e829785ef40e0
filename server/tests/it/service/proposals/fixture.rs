//! Proposes, signs, commits, and looks at what a refusal left behind.

use card_domain::EventOutcome;
use card_protocol::statement::{Statement, StatementSignature};
use event_log::EventFacts;
use serde_json::json;
use server::storage::EventRecord;
use test_support::{
    database::TestDatabase,
    service::{Browser, Person, Reply, TestServer, statement},
};

/// What is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Act,
    Operation,
}

impl Kind {
    pub(super) const BOTH: [Self; 2] = [Self::Act, Self::Operation];

    pub(super) const fn other(self) -> Self {
        match self {
            Self::Act => Self::Operation,
            Self::Operation => Self::Act,
        }
    }

    /// The act of the event, when the proposal is known.
    pub(super) const fn act(self) -> &'static str {
        match self {
            Self::Act => "freeze",
            Self::Operation => "renew",
        }
    }

    /// The act of the event, when it is not.
    const fn unknown(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Operation => "operation",
        }
    }
}

/// A legal person who is logged in, and a card to act on.
pub(super) struct SigningFixture {
    pub(super) server: TestServer,
    pub(super) legal: Person,
    pub(super) browser: Browser,
    pub(super) operator: Person,
    pub(super) database: TestDatabase,
}

impl SigningFixture {
    pub(super) async fn new(database: TestDatabase) -> Self {
        let server = TestServer::new(&database).await;
        let legal = server.legal_person().await;
        Self {
            database,
            browser: legal.log_in(server.origin()).await,
            operator: server.operator("0001").await,
            legal,
            server,
        }
    }

    pub(super) async fn propose(&self, kind: Kind) -> Statement {
        let (path, body) = match kind {
            Kind::Act => (
                "/api/acts/propose",
                json!({ "card": self.operator.card, "action": kind.act() }),
            ),
            Kind::Operation => (
                "/api/operations/propose",
                json!({ "cards": [self.operator.card], "action": kind.act() }),
            ),
        };
        statement(&self.browser.call(path, body).await.good())
    }

    pub(super) fn sign(&self, statement: &Statement) -> StatementSignature {
        self.legal.signature(self.server.origin(), statement)
    }

    /// What has to be as it was after a refusal: both cards, what is open, and
    /// the record.
    pub(super) async fn everything(&self) -> (String, Vec<EventRecord>) {
        let store = &self.server.store;
        let mut seen = Vec::new();
        for card in [self.legal.card, self.operator.card] {
            let record = store.card(self.server.enterprise, card).await.unwrap();
            let open = store.unfinished_operation(card).await.unwrap();
            seen.push(format!("{record:?} {:?}", open.map(|open| open.id)));
        }
        let session = self.browser.call("/api/session", json!({})).await.good();
        seen.push(session.to_string());
        (seen.join(" "), self.server.events(1000).await)
    }

    /// Commits what has to be refused.
    pub(super) async fn refused(
        &self,
        what: &str,
        kind: Kind,
        request: &Request,
        expected: &Expected,
    ) {
        let (seen, events) = self.everything().await;
        let counted = self.database.unproven().await;
        let reply = commit(&self.browser, kind, &request.0, &request.1).await;
        assert_eq!(reply.code(), expected.code, "{kind:?}, {what}");
        let (now_seen, mut now_events) = self.everything().await;
        assert_eq!(now_seen, seen, "{kind:?}, {what}");
        let mut now_counted = self.database.unproven().await;
        if expected.is_signed {
            let event = now_events.remove(0);
            assert_eq!(event.outcome, EventOutcome::Refused, "{kind:?}, {what}");
            assert_eq!(event.actor, Some(self.legal.card));
            assert!(event.statement.is_none(), "{kind:?}, {what}");
            let facts = EventFacts::read(event.facts.as_deref());
            let reason = facts.reason.unwrap();
            assert_eq!(reason.code(), expected.code, "{kind:?}, {what}");
            let named = (event.act.as_str(), event.target);
            assert_eq!(named, (kind.act(), Some(self.operator.card)), "{what}");
        } else {
            // Nobody is named: one more of its hour, and no event.
            let act = if expected.is_known {
                kind.act()
            } else {
                kind.unknown()
            };
            let key = (act.to_owned(), expected.code.to_owned());
            let count = now_counted.get_mut(&key).unwrap();
            *count -= 1;
            now_counted.retain(|_, count| *count > 0);
        }
        assert_eq!(now_events, events, "{kind:?}, {what}");
        assert_eq!(now_counted, counted, "{kind:?}, {what}");
    }
}

/// What is sent to be committed.
pub(super) type Request = (Statement, StatementSignature);

/// How it is refused.
pub(super) struct Expected {
    code: &'static str,
    /// Whether it is a proposal of this session.
    is_known: bool,
    /// Whether the session's card signed what was sent.
    is_signed: bool,
}

pub(super) const UNKNOWN: Expected = Expected {
    code: "proposal_void",
    is_known: false,
    is_signed: false,
};
pub(super) const LATE: Expected = Expected {
    code: "proposal_void",
    is_known: true,
    is_signed: true,
};
pub(super) const NOT_SIGNED: Expected = Expected {
    code: "statement_signature",
    is_known: true,
    is_signed: false,
};
pub(super) const SIGNED_ANOTHER: Expected = Expected {
    is_signed: true,
    ..NOT_SIGNED
};

pub(super) async fn commit(
    browser: &Browser,
    kind: Kind,
    statement: &Statement,
    proof: &StatementSignature,
) -> Reply {
    let mut body = json!({ "statement": statement, "signature": proof });
    let path = match kind {
        Kind::Act => "/api/acts/commit",
        Kind::Operation => {
            body["second_reader"] = json!(true);
            "/api/operations/commit"
        }
    };
    browser.call(path, body).await
}
