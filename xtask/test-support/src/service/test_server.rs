//! A server on its own port over a test's database, with an enterprise and
//! people with cards in it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use card_domain::{CardId, ClientInfo, EnterpriseId, EventAct, IdNumber, OperatorNo, Validity};
use jiff::Timestamp;
use server::{
    admin::{self, Person as NewPerson},
    clock::{Clock as _, FixedClock},
    config::{Config, Pooler},
    keys::files::{self, KeyRing},
    pki::{Registered, Subject},
    storage::{
        ConfirmOutcome, EventRecord, Holder, IdNumberIndex, NewCard, NewEvent, SharedStore,
        SqlStore,
    },
};
use tempfile::TempDir;
use tokio::time::sleep;

use super::{Browser, Instance, Person, enrolment, new_key, point, samples::event};
use crate::database::TestDatabase;

/// The code of the enterprise that every test server has.
pub const CODE: &str = "91000000TEST000001";

/// By then every event has its place, on a busy machine and after a standby took over.
const PLACED: Duration = Duration::from_secs(30);

/// A running server and what is around it.
pub struct TestServer {
    /// Its store.
    pub store: SharedStore,
    /// Its clock, set by the test.
    pub clock: Arc<FixedClock>,
    /// Its keys.
    pub keys: KeyRing,
    /// The enterprise in it.
    pub enterprise: EnterpriseId,
    /// Its data folder; the keys are in `keys`.
    pub folder: TempDir,
    /// The address of its database.
    pub url: String,
    pooler: Option<Pooler>,
    /// The server itself.
    pub instance: Instance,
}

/// Waits until whoever serves a store gave every event its place, and a checkpoint is over
/// them.
pub async fn all_have_places(store: &SqlStore) {
    let started = Instant::now();
    loop {
        // Beyond it some have places and others may come before them.
        let settled = store.log_head().await.unwrap().settled;
        let tiles = store.leaf_tiles_after(settled).await.unwrap();
        let placed: Vec<i64> = tiles.into_iter().flat_map(|tile| tile.seqs).collect();
        let mut waiting = store.event_numbers(settled + 1, 10_000).await.unwrap();
        waiting.retain(|seq| !placed.contains(seq));
        if waiting.is_empty() {
            return;
        }
        assert!(started.elapsed() < PLACED, "events wait: {waiting:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// The time at which it starts.
pub fn begin() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

impl TestServer {
    /// Starts a server over the database.
    pub async fn new(database: &TestDatabase) -> Self {
        Self::with(database, |_config| {}).await
    }

    /// Starts a server with a configuration of its own.
    pub async fn with(database: &TestDatabase, configure: impl FnOnce(&mut Config)) -> Self {
        let clock = Arc::new(FixedClock::new(begin()));
        let folder = TempDir::new().unwrap();
        let keys = folder.path().join("keys");
        files::create(&keys, "测试CA", begin()).unwrap();
        let enterprise =
            admin::add_enterprise(database.store.as_ref(), begin(), CODE, "测试企业有限公司")
                .await
                .unwrap();
        // As the server does at its start, which a test does not wait for: what it puts
        // into the register by hand nobody vouches for meanwhile.
        let store = &database.store;
        while store.write_baseline(begin(), 100).await.unwrap().is_some() {}
        Self {
            store: database.store.clone(),
            instance: Instance::start(&database.url, keys.clone(), clock.clone(), |config| {
                config.database.pooler = database.pooler;
                configure(config);
            })
            .await,
            keys: files::load(&keys).unwrap(),
            url: database.url.clone(),
            pooler: database.pooler,
            clock,
            enterprise,
            folder,
        }
    }

    /// One more server over the same database, with the same keys.
    pub async fn another(&self) -> Instance {
        self.another_with(|_config| {}).await
    }

    /// The same with a configuration of its own.
    pub async fn another_with(&self, configure: impl FnOnce(&mut Config)) -> Instance {
        let keys = self.folder.path().join("keys");
        Instance::start(&self.url, keys, self.clock.clone(), |config| {
            config.database.pooler = self.pooler;
            configure(config);
        })
        .await
    }

    /// One that lets an address try so often in a minute.
    pub async fn limited(&self, logins_per_minute: u32) -> Instance {
        let limit = |config: &mut Config| config.http.logins_per_minute = logins_per_minute;
        self.another_with(limit).await
    }

    /// Waits until every event has its place in the log, and a checkpoint is over them.
    pub async fn all_have_places(&self) {
        all_have_places(&self.store).await;
    }

    /// Its origin.
    pub fn origin(&self) -> &str {
        &self.instance.origin
    }

    /// A new browser at its pages.
    pub fn browser(&self) -> Browser {
        Browser::new(self.origin())
    }

    /// The legal person, whose card is made.
    pub async fn legal_person(&self) -> Person {
        self.person(CODE, Holder::LegalPerson, "王明").await
    }

    /// An operator whose card is made.
    pub async fn operator(&self, number: &str) -> Person {
        let holder = Holder::Operator(OperatorNo(number.to_owned()));
        self.person(CODE, holder, "张三").await
    }

    /// Somebody whose card is made, with a certificate of ten years from now.
    pub async fn person(&self, code: &str, holder: Holder, name: &str) -> Person {
        let validity = self
            .keys
            .authority
            .ten_years_from(self.clock.now())
            .unwrap();
        self.person_with(code, holder, name, validity).await
    }

    /// The same with a certificate of any validity.
    pub async fn person_with(
        &self,
        code: &str,
        holder: Holder,
        name: &str,
        validity: Validity,
    ) -> Person {
        let card = self.register(code, holder.clone(), name).await;
        self.issue(code, &holder, card, validity).await
    }

    /// Somebody without a card yet.
    pub async fn register(&self, code: &str, holder: Holder, name: &str) -> CardId {
        let number = IdNumber::parse("11010119900307001X").unwrap();
        let person = NewPerson {
            holder,
            name,
            id_number: &number,
        };
        let now = self.clock.now();
        admin::add_person(
            self.store.as_ref(),
            &self.keys.id_numbers,
            now,
            code,
            &person,
        )
        .await
        .unwrap()
    }

    /// Somebody whose card is made, and whose name an earlier server took as it was.
    pub async fn person_from_before(&self, holder: Holder, name: &str) -> Person {
        let id = CardId(uuid::Uuid::now_v7());
        let number = IdNumber::parse("11010119900307001X").unwrap();
        let keys = &self.keys.id_numbers;
        let card = NewCard {
            id,
            enterprise: self.enterprise,
            holder: holder.clone(),
            holder_name: name.to_owned(),
            id_number_cipher: keys.encrypt(id, &number).unwrap(),
            id_number_index: IdNumberIndex(keys.index(self.enterprise, &number).unwrap().0),
            created_at: self.clock.now(),
        };
        let event = event(Some(self.enterprise), EventAct::AddCard);
        self.store.add_card(card, event).await.unwrap();
        let validity = self
            .keys
            .authority
            .ten_years_from(self.clock.now())
            .unwrap();
        self.issue(CODE, &holder, id, validity).await
    }

    async fn issue(&self, code: &str, holder: &Holder, card: CardId, validity: Validity) -> Person {
        let (store, now) = (&self.store, self.clock.now());
        let enterprise = store.enterprise_by_code(code).await.unwrap().unwrap().id;
        let event = || NewEvent {
            at: now,
            client: ClientInfo::default(),
            ..event(Some(enterprise), EventAct::Issue)
        };
        let begins = NewEvent {
            act: EventAct::Enrol,
            ..event()
        };
        let (enrolment, _token) = enrolment::begin(store, card, begins).await;
        let card_no = store.reserve_card_no().await.unwrap();
        let subject = Subject {
            card_no: &card_no.0,
            holder_name: "x",
            enterprise_name: "x",
            operator_no: holder.operator_no().map(|number| number.0.as_str()),
            registered: Some(Registered {
                card,
                enterprise,
                enterprise_code: code,
            }),
        };
        let key = new_key();
        let issued = self
            .keys
            .authority
            .issue(&subject, &point(&key), validity)
            .unwrap();
        let serial = issued.serial;
        let certificate = (serial, issued.der.clone());
        let held = enrolment::hold(store, enrolment, "issued", certificate, now).await;
        let confirmed = enrolment::confirm(store, enrolment, held, (card_no, 3), event()).await;
        assert!(
            matches!(confirmed, ConfirmOutcome::Confirmed { .. }),
            "{confirmed:?}"
        );
        Person {
            card,
            key,
            certificate: issued.der,
        }
    }

    /// The newest event of the enterprise.
    pub async fn last_event(&self) -> EventRecord {
        let mut events = self.events(1).await;
        events.remove(0)
    }

    /// The newest events of the enterprise, the newest first.
    pub async fn events(&self, count: u32) -> Vec<EventRecord> {
        self.store
            .events(self.enterprise, None, None, count)
            .await
            .unwrap()
    }
}
