//! Small things that are as good as any other: a time, 32 bytes, an event, a
//! query.

use card_domain::{ClientInfo, EnterpriseId, EventAct, EventOutcome};
use jiff::Timestamp;
use server::{
    signed_statement::{SignedParts, SignedStatement},
    storage::{ListQuery, NewEvent, NonceHash, Order},
};
use uuid::Uuid;

/// The time of a test, in seconds after an invented beginning.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// 32 bytes that nothing else has.
pub fn unique() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// An event without much in it.
pub fn event(enterprise: Option<EnterpriseId>, act: EventAct) -> NewEvent {
    NewEvent {
        at: at(0),
        enterprise,
        actor: None,
        act,
        target: None,
        outcome: EventOutcome::Done,
        statement: None,
        client: ClientInfo {
            address: String::from("192.0.2.7"),
            terminal: None,
            user_agent: String::from("test"),
            request_id: Uuid::now_v7().to_string(),
        },
        detail: None,
        facts: None,
    }
}

/// A first page with nothing asked for.
pub const fn everything(order: Order) -> ListQuery {
    ListQuery {
        states: Vec::new(),
        card_no_prefix: None,
        name_contains: None,
        id_number: None,
        needs: None,
        order,
        cursor: None,
        page_size: 20,
        count_limit: 1000,
    }
}

/// A statement that nobody signed, under the nonce of a proposal.
pub fn signed(nonce: NonceHash) -> SignedStatement {
    let parts = SignedParts {
        text: String::from("同意冻结"),
        structured: String::from("{}"),
        signature: vec![7; 64],
        certificate: [3; 32],
        nonce: String::from("nonce"),
        origin: String::from("https://ic.example.cn"),
    };
    SignedStatement::unproven(parts, nonce.0)
}
