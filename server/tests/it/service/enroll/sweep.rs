//! The sweep of 制卡: it is cut at every APDU and at every request, in every way;
//! then somebody goes on with the card, or with another, and register and card
//! agree.
//!
//! A sample runs with the other tests; `cargo xtask test sweep` runs all of it.
//! Both print how many cases there were.

mod agreement;
mod case;
mod killed;
mod lossy;

use std::sync::{Arc, Mutex};

use card_bridge::{
    enroll::{EnrollError, Enrolled, HttpIssuer},
    http::HttpError,
};
use card_domain::{CardId, CardState, OperatorNo};
use server::{clock::Clock as _, config::Origin, storage::Holder};
use test_support::{
    bridge::blank_card,
    database::{TestDatabase, on_both},
    service::{
        CODE, CardReader, FaultyLink, Instance, PIN, TestServer,
        card_making::{admin_token, enroll_by, issuer, operator},
    },
};

use self::{
    agreement::{counts_for_nothing, is_made, is_not_made, record},
    case::{Case, Loss, Then, Trouble},
    lossy::LossyIssuer,
};
use crate::service::operations::chosen;

on_both!(
    a_card_making_cut_anywhere_agrees,
    a_card_making_in_short_apdus_cut_anywhere_agrees,
);

/// Of so many cases a sample takes one, at the card and on the way: no divisors of
/// what may happen at one place.
const SAMPLE: (usize, usize) = (37, 11);
/// The PIN that is typed when a card is made after all.
const SECOND_PIN: &str = "271828";
/// The answer to a card that is not blank, and to one that counts.
const RESET_IT: &str = "请将卡片的PIV应用恢复出厂设置后重新制卡";
const KEEP_IT: &str = "请不要将它恢复出厂设置";

/// A server, the people who get cards, and what they went through.
struct SweepFixture {
    server: TestServer,
    /// The same server, after it was started again elsewhere.
    other: Instance,
    token: String,
    is_short: bool,
    people: u32,
    cards: u32,
    /// Cards that count although the terminal did not hear of it.
    unheard: u32,
    made: u32,
    /// Half-made cards that were made after all, as they were or after a reset.
    taken_again: u32,
    reset: u32,
    /// Half-made cards that signed for a login.
    refused: u32,
}

/// Somebody who gets a card.
struct Person {
    number: String,
    card: CardId,
}

/// An enrolment that went as it went.
struct Attempt {
    card: FaultyLink,
    result: Result<Enrolled, EnrollError>,
    requests: u32,
    /// The card that another terminal made meanwhile.
    overtaking: Option<FaultyLink>,
}

impl SweepFixture {
    async fn new(database: &TestDatabase, is_short: bool) -> Self {
        let server = TestServer::new(database).await;
        let origin = Origin::parse(server.origin()).unwrap();
        let other = server.another_with(|config| config.origins = vec![origin]);
        Self {
            other: other.await,
            token: admin_token(&server).await,
            server,
            is_short,
            people: 0,
            cards: 0,
            unheard: 0,
            made: 0,
            taken_again: 0,
            reset: 0,
            refused: 0,
        }
    }

    async fn person(&mut self) -> Person {
        self.people += 1;
        let number = format!("{:04}", self.people);
        let holder = Holder::Operator(OperatorNo(number.clone()));
        let card = self.server.register(CODE, holder, "张三").await;
        Person { number, card }
    }

    fn blank(&mut self) -> FaultyLink {
        self.cards += 1;
        let file = self.server.folder.path().join(format!("{}", self.cards));
        FaultyLink::new(blank_card(&file), self.is_short)
    }

    fn issuer(&self, origin: &str) -> HttpIssuer {
        issuer(&self.server, origin, &self.token)
    }

    /// Makes a card, with what goes wrong.
    async fn attempt(
        &mut self,
        person: &Person,
        mut card: FaultyLink,
        trouble: Option<Trouble>,
        pin: &'static str,
    ) -> Attempt {
        let now = self.server.clock.now();
        let holder = operator(&person.number);
        let nowhere = self.issuer("http://127.0.0.1:1");
        let mut way = LossyIssuer::new(self.issuer(self.server.origin()), nowhere);
        let overtaking = Arc::new(Mutex::new(None));
        match trouble {
            Some(Trouble::Card(cut)) => card.cut = Some(cut),
            Some(Trouble::Request(at, loss)) => {
                way = way
                    .losing(at, loss)
                    .then_at(self.issuer(&self.other.origin));
            }
            None => {}
        }
        if matches!(trouble, Some(Trouble::Request(_, Loss::Overtaken))) {
            let (mut fresh, holder) = (self.blank(), holder.clone());
            let (other, slot) = (self.issuer(self.server.origin()), overtaking.clone());
            way = way.meanwhile(move || {
                enroll_by(&other, &mut fresh, holder, SECOND_PIN, now).unwrap();
                *slot.lock().unwrap() = Some(fresh);
            });
        }
        let work = move || {
            let result = enroll_by(&way, &mut card, holder, pin, now);
            (card, result, way.requests())
        };
        let (card, result, requests) = tokio::task::spawn_blocking(work).await.unwrap();
        let overtaking = overtaking.lock().unwrap().take();
        Attempt {
            card,
            result,
            requests,
            overtaking,
        }
    }

    /// The card in a reader that has no faults, as `person`'s.
    fn insert(&self, person: &Person, card: FaultyLink) -> CardReader {
        CardReader::with_card(&self.server, person.card, card.into_card())
    }

    /// Makes a card without a fault, and compares.
    async fn make(&mut self, person: &Person, card: FaultyLink, case: Case) -> CardReader {
        let attempt = self.attempt(person, card, None, SECOND_PIN).await;
        let result = attempt.result;
        assert!(result.is_ok(), "{case:?}: {result:?}");
        let mut reader = self.insert(person, attempt.card);
        is_made(&self.server, &mut reader, SECOND_PIN, case).await;
        reader
    }

    async fn go_through(&mut self, case: Case) {
        let person = self.person().await;
        let blank = self.blank();
        let trouble = Some(case.trouble);
        let attempt = self.attempt(&person, blank, trouble, PIN).await;
        let mut reader = self.insert(&person, attempt.card);
        if let Some(overtaking) = attempt.overtaking {
            // The other terminal's card counts, and this one does not.
            assert!(attempt.result.is_err(), "{case:?}");
            let mut other = self.insert(&person, overtaking);
            self.counts_for_nothing(&mut reader, case).await;
            is_made(&self.server, &mut other, SECOND_PIN, case).await;
            return;
        }
        let state = record(&self.server, person.card).await.state;
        let is_overcome = case.trouble.is_overcome();
        assert!(
            !is_overcome || attempt.result.is_ok(),
            "{case:?}: {:?}",
            attempt.result
        );
        if state == CardState::Normal {
            is_made(&self.server, &mut reader, PIN, case).await;
            self.has_heard(attempt.result, case);
            self.is_kept(&person, reader, case).await;
            return;
        }
        assert!(attempt.result.is_err(), "{case:?}: {:?}", attempt.result);
        is_not_made(&self.server, person.card, case).await;
        let is_blank = self.counts_for_nothing(&mut reader, case).await;
        match case.then {
            Then::SamePerson => {
                self.take_again(&person, reader, is_blank, case).await;
            }
            Then::AnotherPerson => {
                let another = self.person().await;
                let mut first = self.take_again(&another, reader, is_blank, case).await;
                is_not_made(&self.server, person.card, case).await;
                let fresh = self.blank();
                self.make(&person, fresh, case).await;
                first.insert_again();
                is_made(&self.server, &mut first, SECOND_PIN, case).await;
            }
            Then::ThrownAway => {
                let fresh = self.blank();
                self.make(&person, fresh, case).await;
                reader.insert_again();
                self.counts_for_nothing(&mut reader, case).await;
            }
        }
    }

    /// Whether the management key of a half-made card is the factory's.
    async fn counts_for_nothing(&mut self, reader: &mut CardReader, case: Case) -> bool {
        let half = counts_for_nothing(&self.server, reader, PIN, case).await;
        self.refused += u32::from(half.was_refused);
        half.is_blank
    }

    /// The card counts: then the terminal says so, or says that it can't tell, and
    /// tells the PIN, which nobody else knows.
    fn has_heard(&mut self, result: Result<Enrolled, EnrollError>, case: Case) {
        self.made += 1;
        let pin = match result {
            Ok(made) => made.pin,
            Err(EnrollError::Unanswered { pin, .. }) => {
                self.unheard += 1;
                pin
            }
            Err(error) => panic!("{case:?}: the card counts, and its PIN is lost: {error}"),
        };
        assert_eq!(pin.digits(), PIN, "{case:?}");
    }

    /// Whoever makes a card of one that counts is told, and it stays what it is.
    async fn is_kept(&mut self, person: &Person, reader: CardReader, case: Case) {
        let mut reader = reader;
        let other = self.person().await;
        for (whose, status) in [(person, 409), (&other, 422)] {
            let card = FaultyLink::new(reader.pull(), self.is_short);
            let attempt = self.attempt(whose, card, None, SECOND_PIN).await;
            let told = refusal(attempt.result, status, case);
            assert!(status == 409 || told.contains(KEEP_IT), "{case:?}: {told}");
            reader = self.insert(person, attempt.card);
        }
        is_not_made(&self.server, other.card, case).await;
        is_made(&self.server, &mut reader, PIN, case).await;
    }

    /// A half-made card is made after all: as it is if its management key is the
    /// factory's still, or else, as the person is told, after a reset.
    async fn take_again(
        &mut self,
        person: &Person,
        mut reader: CardReader,
        is_blank: bool,
        case: Case,
    ) -> CardReader {
        self.taken_again += 1;
        if !is_blank {
            let card = FaultyLink::new(reader.pull(), self.is_short);
            let attempt = self.attempt(person, card, None, SECOND_PIN).await;
            let told = refusal(attempt.result, 422, case);
            assert!(told.contains(RESET_IT), "{case:?}: {told}");
            is_not_made(&self.server, person.card, case).await;
            reader = self.insert(person, attempt.card);
            reader.reset_application();
            self.reset += 1;
        }
        let card = FaultyLink::new(reader.pull(), self.is_short);
        self.make(person, card, case).await
    }
}

/// What the server said when it refused.
fn refusal(result: Result<Enrolled, EnrollError>, expected: u16, case: Case) -> String {
    match result {
        Err(EnrollError::Server(HttpError::Refused {
            status, message, ..
        })) if status == expected => message,
        other => panic!("{case:?}: {other:?}"),
    }
}

async fn card_makings(database: &TestDatabase, is_short: bool) {
    let mut fixture = SweepFixture::new(database, is_short).await;
    let (person, blank) = (fixture.person().await, fixture.blank());
    let whole = fixture.attempt(&person, blank, None, PIN).await;
    whole.result.unwrap();
    let (apdus, requests) = (whole.card.apdus, whole.requests);
    let (at_card, on_the_way) = (Case::at_card(apdus), Case::on_the_way(requests));
    let all = at_card.len() + on_the_way.len();
    let mut cases = chosen(at_card, SAMPLE.0);
    cases.extend(chosen(on_the_way, SAMPLE.1));
    for case in &cases {
        fixture.go_through(*case).await;
    }
    println!(
        "sweep of 制卡{}: {} of {all} cases over {apdus} APDUs and {requests} requests, \
         0 disagreements; {} counted, {} of them unheard of; {} half-made cards were taken \
         again, {} after a reset; {} signed for a login, which was refused; no PUK that nobody knows",
        if is_short { " in short APDUs" } else { "" },
        cases.len(),
        fixture.made,
        fixture.unheard,
        fixture.taken_again,
        fixture.reset,
        fixture.refused
    );
    assert!(fixture.made > 0 && fixture.unheard > 0);
    assert!(fixture.reset > 0 && fixture.taken_again > fixture.reset);
    assert!(fixture.refused > 0);
    fixture.other.stop().await;
}

async fn a_card_making_cut_anywhere_agrees(database: TestDatabase) {
    card_makings(&database, false).await;
}

/// The certificate is written in a chain: cut between its links too.
async fn a_card_making_in_short_apdus_cut_anywhere_agrees(database: TestDatabase) {
    card_makings(&database, true).await;
}
