//! A software card that becomes somebody's in the real way: the bridge's own
//! enrolment, over the server's routes.

use std::sync::Arc;

use card_bridge::{
    enroll::{self, EnrollError, Enrolled, HttpIssuer, NewPin},
    key::ProgramKey,
    program::ReplayGuard,
    reader::CardAccess,
};
use card_protocol::{Pin, enroll::Holder};
use jiff::SignedDuration;
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
    let token = admin::make_token(store, master, server.clock.now(), life, "test").await;
    token.unwrap().to_string()
}

/// The program key of a server, as the bridge keeps it.
pub fn program_key(server: &TestServer) -> ProgramKey {
    let key = server.keys.program.public_base64().unwrap();
    key.parse().unwrap()
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
    let origin = server.origin().parse().unwrap();
    let issuer = HttpIssuer::new(origin, enrol_key(server), token.to_owned().into());
    let now = server.clock.now();
    tokio::task::spawn_blocking(move || {
        let pin = NewPin::Given(Pin::new(PIN).unwrap());
        let clock: card_bridge::clock::Clock = Arc::new(move || now);
        let guard = ReplayGuard::in_memory();
        let enrolled = enroll::run(&mut card, &issuer, holder, pin, &guard, &clock);
        (card, enrolled)
    })
    .await
    .unwrap()
}
