//! 制卡 by a bad way: the calls of `card-bridge enroll` meet silence, lateness, cuts and a
//! way that is too narrow. Each call has an end. What passes is overcome; what lasts is
//! said, and then the same card is made by doing it again, or the register tells that it
//! was made, and the PIN is known. (What gets lost on the way, everywhere:
//! `service::enroll::sweep`.)

use std::{
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};

use app::text::enroll::OVER;
use card_bridge::{
    enroll::{EnrollError, HttpIssuer, Issuer},
    http::HttpError,
    reader::demo::SoftwareCard,
};
use card_domain::{CardId, CardState, OperatorNo};
use card_operations::key::ProgramKey;
use card_protocol::enroll::{EnrollContinue, EnrollReply, EnrollStart};
use server::{clock::Clock as _, storage::Holder};
use test_support::{
    bad_way::BadWay,
    bridge::blank_card,
    database::{TestDatabase, on_both},
    service::{
        CODE, CardReader, PIN, TestServer,
        card_making::{admin_token, enroll_by, issuer, operator},
    },
};

use super::{long_or, ways::behind};

on_both!(a_card_is_made_at_the_end_of_a_bad_way);

/// What one call may take here; the command gives it thirty seconds.
const LIMIT: Duration = Duration::from_millis(1500);
/// A busy machine is slower.
const SLACK: Duration = Duration::from_secs(3);
/// Requests of a card: the start, and a report of each program.
const REQUESTS: u32 = 8;
/// From this one on the card has its PIN.
const WITH_PIN: u32 = 5;

/// What is wrong with the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Nothing passes.
    Silent,
    /// Everything passes, after the call has ended.
    Late,
    /// What is answered is cut off.
    Cut,
    /// Some bytes pass in a second.
    Narrow,
}

/// What happens.
#[derive(Clone, Copy, Debug)]
struct Case {
    fault: Fault,
    /// From which request on.
    at: u32,
    /// Whether it lasts as long as the command tries.
    lasts: bool,
}

/// The server as the terminal reaches it.
struct FaultyIssuer {
    server: HttpIssuer,
    way: Arc<BadWay>,
    case: Case,
    begun: Cell<bool>,
    slowest: Cell<Duration>,
}

impl FaultyIssuer {
    fn call<T>(
        &self,
        number: u32,
        call: impl Fn() -> Result<T, HttpError>,
    ) -> Result<T, HttpError> {
        if number == self.case.at && !self.begun.replace(true) {
            set(&self.way, Some(self.case.fault), self.case.lasts);
        }
        let began = Instant::now();
        let answer = call();
        self.slowest.set(self.slowest.get().max(began.elapsed()));
        answer
    }
}

/// Makes the way good, or bad.
fn set(way: &BadWay, fault: Option<Fault>, lasts: bool) {
    way.silence_all(fault == Some(Fault::Silent));
    way.delay(match fault {
        Some(Fault::Late) => LIMIT + Duration::from_millis(300),
        _ => Duration::ZERO,
    });
    way.narrow(if fault == Some(Fault::Narrow) { 100 } else { 0 });
    way.lose_answers(match fault {
        Some(Fault::Cut) if lasts => 1000,
        Some(Fault::Cut) => 1,
        _ => 0,
    });
}

impl Issuer for FaultyIssuer {
    fn origin(&self) -> &str {
        self.server.origin()
    }

    fn enrol_key(&self) -> &ProgramKey {
        self.server.enrol_key()
    }

    fn start(&self, start: &EnrollStart) -> Result<EnrollReply, HttpError> {
        self.call(0, || self.server.start(start))
    }

    fn proceed(&self, report: &EnrollContinue) -> Result<EnrollReply, HttpError> {
        let number = report.outcome.sequence + 1;
        self.call(number, || self.server.proceed(report))
    }

    /// Meanwhile what passes has passed.
    fn pause(&self, _attempts: u32) {
        if !self.case.lasts {
            set(&self.way, None, false);
        }
    }
}

/// All that there is, or a sample with each fault.
fn cases() -> Vec<Case> {
    let sample = [
        (Fault::Silent, 0, false),
        (Fault::Silent, 2, false),
        (Fault::Silent, 7, true),
        (Fault::Late, 7, false),
        (Fault::Late, 4, true),
        (Fault::Cut, 5, false),
        (Fault::Cut, 3, true),
        (Fault::Cut, 6, true),
        (Fault::Narrow, 5, false),
        (Fault::Narrow, 5, true),
    ];
    let mut all = Vec::new();
    for fault in [Fault::Silent, Fault::Late, Fault::Cut, Fault::Narrow] {
        for at in 0..REQUESTS {
            all.extend([false, true].map(|lasts| (fault, at, lasts)));
        }
    }
    let chosen = long_or(sample.to_vec(), all);
    let case = |(fault, at, lasts)| Case { fault, at, lasts };
    chosen.into_iter().map(case).collect()
}

struct CardMakingFixture {
    server: TestServer,
    way: Arc<BadWay>,
    origin: String,
    token: String,
}

impl CardMakingFixture {
    fn issuer(&self) -> HttpIssuer {
        issuer(&self.server, &self.origin, &self.token).within(LIMIT)
    }

    /// The whole command, with what is wrong.
    async fn make(
        &self,
        number: &str,
        mut card: SoftwareCard,
        case: Case,
    ) -> (SoftwareCard, Result<(), EnrollError>) {
        let issuer = FaultyIssuer {
            server: self.issuer(),
            way: Arc::clone(&self.way),
            case,
            begun: Cell::new(false),
            slowest: Cell::default(),
        };
        let (holder, now) = (operator(number), self.server.clock.now());
        let making = move || {
            let made = enroll_by(&issuer, &mut card, holder, PIN, now);
            (card, made.map(drop), issuer.slowest.get())
        };
        let (card, made, slowest) = tokio::task::spawn_blocking(making).await.unwrap();
        set(&self.way, None, false);
        assert!(slowest < LIMIT + SLACK, "{case:?}: a call took {slowest:?}");
        (card, made)
    }

    async fn is_made(&self, card: CardId) -> bool {
        let record = self.server.store.card(self.server.enterprise, card).await;
        record.unwrap().state == CardState::Normal
    }

    /// The card logs in with the PIN that was told.
    async fn counts(&self, card: CardId, software: SoftwareCard, case: Case) {
        assert!(self.is_made(card).await, "{case:?}");
        let mut reader = CardReader::with_card(&self.server, card, software);
        let browser = self.server.browser();
        let token = reader.authenticate(&browser.challenge().await, PIN);
        let reply = browser.log_in(token.unwrap()).await;
        assert_eq!(reply.status, 200, "{case:?}: {}", reply.body);
    }
}

async fn a_card_is_made_at_the_end_of_a_bad_way(database: TestDatabase) {
    let (server, way, origin) = behind(&database).await;
    let token = admin_token(&server).await;
    let fixture = CardMakingFixture {
        server,
        way: Arc::new(way),
        origin,
        token,
    };
    let (mut unknown, mut again) = (0, 0);
    let cases = cases();
    for (person, case) in cases.iter().enumerate() {
        let (case, number) = (*case, format!("{person:04}"));
        let holder = Holder::Operator(OperatorNo(number.clone()));
        let card = fixture.server.register(CODE, holder, "张三").await;
        let blank = blank_card(&fixture.server.folder.path().join(&number));
        let (software, made) = fixture.make(&number, blank, case).await;
        let good = Case {
            at: REQUESTS,
            ..case
        };
        match made {
            // What passes is overcome, but for the start, which is not sent again.
            Ok(()) => assert!(!case.lasts && case.at > 0, "{case:?}"),
            Err(EnrollError::Unanswered { pin, .. }) if case.lasts && case.at >= WITH_PIN => {
                assert_eq!(pin.digits(), PIN);
                unknown += 1;
                if !fixture.is_made(card).await {
                    // As it is told, after a reset.
                    let mut reader = CardReader::with_card(&fixture.server, card, software);
                    reader.reset_application();
                    let (software, made) = fixture.make(&number, reader.pull(), good).await;
                    made.unwrap();
                    fixture.counts(card, software, case).await;
                    continue;
                }
            }
            Err(EnrollError::Interrupted(_)) if case.lasts && (1..WITH_PIN).contains(&case.at) => {
                assert!(!fixture.is_made(card).await, "{case:?}");
                let (software, made) = fixture.make(&number, software, good).await;
                assert!(made.is_ok(), "{case:?}: {made:?}");
                again += 1;
                fixture.counts(card, software, case).await;
                continue;
            }
            Err(EnrollError::Server(HttpError::Unreachable { .. })) if case.at == 0 => {
                assert!(!fixture.is_made(card).await, "{case:?}");
                let (software, made) = fixture.make(&number, software, good).await;
                // A start that was given up and comes late is one all the same: it takes
                // the place of the one that was begun since, and that one is told.
                let (software, made) = match made {
                    Err(EnrollError::Server(error)) if case.fault == Fault::Late => {
                        assert!(
                            error.to_string().contains(OVER.0.here()),
                            "{case:?}: {error}"
                        );
                        let mut reader = CardReader::with_card(&fixture.server, card, software);
                        reader.reset_application();
                        fixture.make(&number, reader.pull(), good).await
                    }
                    made => (software, made),
                };
                assert!(made.is_ok(), "{case:?}: {made:?}");
                fixture.counts(card, software, case).await;
                continue;
            }
            Err(error) => panic!("{case:?}: {error}"),
        }
        fixture.counts(card, software, case).await;
    }
    println!(
        "{} ways: {unknown} times it was unknown whether the card was made, {again} times the same \
         card was made when it was done again",
        cases.len()
    );
    assert!(unknown > 0 && again > 0);
}
