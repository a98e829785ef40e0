//! A software card that becomes somebody's in the real way: the bridge's own
//! enrolment, over the server's routes.

use std::sync::Arc;

use card_bridge::{
    config::Allowed,
    enroll::{self, EnrollError, Enrolled, HttpIssuer, Issuer, NewPin},
    reader::CardAccess,
    replay_guard::ReplayGuard,
};
use card_operations::key::ProgramKey;
use card_protocol::{Pin, enroll::Holder};
use jiff::{SignedDuration, Timestamp};
use server::{admin, clock::Clock as _};

use super::{CODE, TestServer};

/// The PIN of every card that is made here.
pub const PIN: &str = "314159";

/// The operator with this number, as the enrolment names them.
pub fn operator(number: &str) -> Holder {
    Holder::Operator {
        enterprise: CODE.to_owned(),
        operator: number.to_owned(),
    }
}

/// An administrator's token for the next hour.
pub async fn admin_token(server: &TestServer) -> String {
    let life = SignedDuration::from_hours(1);
    let (store, master) = (server.store.as_ref(), &server.keys.master);
    let token = admin::make_token(store, master, server.clock.now(), life, "test", None).await;
    token.unwrap().to_string()
}

/// The program key of a server, as the bridge keeps it.
pub fn program_key(server: &TestServer) -> ProgramKey {
    let key = server.keys.program.public_base64().unwrap();
    key.parse().unwrap()
}

/// A server as a bridge knows it that allowed its origin.
pub fn allowed(server: &TestServer) -> Allowed {
    Allowed {
        origin: server.origin().parse().unwrap(),
        program_key: program_key(server),
        enrol_key: None,
    }
}

/// The key of a server's programs that make cards, as the bridge keeps it.
pub fn enrol_key(server: &TestServer) -> ProgramKey {
    let key = server.keys.enrol.public_base64().unwrap();
    key.parse().unwrap()
}

/// Runs the bridge's enrolment on a card, on a thread that may block. Gives the
/// card back, and what came of it.
pub async fn enroll<C: CardAccess + Send + 'static>(
    server: &TestServer,
    token: &str,
    mut card: C,
    holder: Holder,
) -> (C, Result<Enrolled, EnrollError>) {
    let issuer = issuer(server, server.origin(), token);
    let now = server.clock.now();
    tokio::task::spawn_blocking(move || {
        let made = enroll_by(&issuer, &mut card, holder, PIN, now);
        (card, made)
    })
    .await
    .unwrap()
}

/// The server's side of making a card, at `origin`.
pub fn issuer(server: &TestServer, origin: &str, token: &str) -> HttpIssuer {
    let token = token.to_owned().into();
    HttpIssuer::new(origin.parse().unwrap(), enrol_key(server), token)
}

/// Runs the bridge's enrolment on a card. Blocks.
///
/// # Errors
/// As the bridge tells them.
pub fn enroll_by(
    issuer: &dyn Issuer,
    card: &mut dyn CardAccess,
    holder: Holder,
    pin: &str,
    now: Timestamp,
) -> Result<Enrolled, EnrollError> {
    let pin = NewPin::Given(Pin::new(pin).unwrap());
    let clock: card_bridge::clock::Clock = Arc::new(move || now);
    let guard = ReplayGuard::in_memory();
    enroll::run(card, issuer, holder, pin, &guard, &clock)
}
