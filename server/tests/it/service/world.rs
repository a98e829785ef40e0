//! A server on its own port over a test's database, with an enterprise and
//! people with cards in it.

use std::{path::PathBuf, sync::Arc};

use card_domain::{CardId, CardNo, EnterpriseId, IdNumber, OperatorNo, Validity};
use card_protocol::piv::ChipId;
use jiff::{SignedDuration, Timestamp};
use server::{
    admin::{self, Person as NewPerson},
    clock::{Clock as _, FixedClock},
    config::{Config, Origin},
    keys::files::{self, KeyRing},
    pki::{Subject, ten_years_from},
    storage::{
        CertificateDigest, ClientInfo, ConfirmOutcome, Confirmation, EventRecord, Holder,
        NewCertificate, NewEnrolment, NewEvent, Outcome, SavedEnrolment, SharedStore, TokenHash,
    },
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use uuid::Uuid;

use super::{
    browser::Browser,
    person::{Person, new_key, point},
};
use crate::database::TestDatabase;

/// The code of the enterprise that every world has.
pub(crate) const CODE: &str = "91000000TEST000001";

/// A running server.
pub(crate) struct Instance {
    pub(crate) origin: String,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

/// Everything around it.
pub(crate) struct World {
    pub(crate) store: SharedStore,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) keys: KeyRing,
    pub(crate) enterprise: EnterpriseId,
    pub(crate) folder: TempDir,
    pub(crate) url: String,
    pub(crate) instance: Instance,
}

pub(crate) fn begin() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

impl World {
    /// Starts a server over the database.
    pub(crate) async fn new(database: &TestDatabase) -> Self {
        Self::with(database, |_config| {}).await
    }

    /// Starts a server with a configuration of its own.
    pub(crate) async fn with(database: &TestDatabase, configure: impl FnOnce(&mut Config)) -> Self {
        let clock = Arc::new(FixedClock::new(begin()));
        let folder = TempDir::new().unwrap();
        let keys = folder.path().join("keys");
        files::create(&keys, "测试CA", begin()).unwrap();
        let enterprise =
            admin::add_enterprise(database.store.as_ref(), begin(), CODE, "测试企业有限公司")
                .await
                .unwrap();
        Self {
            store: database.store.clone(),
            instance: Instance::start(&database.url, keys.clone(), clock.clone(), |config| {
                config.http.logins_per_minute = 10_000;
                configure(config);
            })
            .await,
            keys: files::load(&keys).unwrap(),
            url: database.url.clone(),
            clock,
            enterprise,
            folder,
        }
    }

    /// One more server over the same database, with the same keys.
    pub(crate) async fn another(&self) -> Instance {
        self.another_with(|_config| {}).await
    }

    /// The same with a configuration of its own.
    pub(crate) async fn another_with(&self, configure: impl FnOnce(&mut Config)) -> Instance {
        let keys = self.folder.path().join("keys");
        Instance::start(&self.url, keys, self.clock.clone(), |config| {
            config.http.logins_per_minute = 10_000;
            configure(config);
        })
        .await
    }

    /// One that lets an address try so often in a minute.
    pub(crate) async fn limited(&self, logins_per_minute: u32) -> Instance {
        let keys = self.folder.path().join("keys");
        Instance::start(&self.url, keys, self.clock.clone(), |config| {
            config.http.logins_per_minute = logins_per_minute;
        })
        .await
    }

    pub(crate) fn origin(&self) -> &str {
        &self.instance.origin
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.origin())
    }

    pub(crate) async fn legal_person(&self) -> Person {
        self.person(CODE, Holder::LegalPerson, "王明").await
    }

    pub(crate) async fn operator(&self, number: &str) -> Person {
        let holder = Holder::Operator(OperatorNo(number.to_owned()));
        self.person(CODE, holder, "张三").await
    }

    /// Somebody whose card is made, with a certificate of ten years from now.
    pub(crate) async fn person(&self, code: &str, holder: Holder, name: &str) -> Person {
        let validity = ten_years_from(self.clock.now()).unwrap();
        self.person_with(code, holder, name, validity).await
    }

    /// The same with a certificate of any validity.
    pub(crate) async fn person_with(
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
    pub(crate) async fn register(&self, code: &str, holder: Holder, name: &str) -> CardId {
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

    async fn issue(&self, code: &str, holder: &Holder, card: CardId, validity: Validity) -> Person {
        let store = &self.store;
        let enterprise = store.enterprise_by_code(code).await.unwrap().unwrap().id;
        let (id, now) = (Uuid::now_v7(), self.clock.now());
        let enrolment = NewEnrolment {
            id,
            enterprise,
            card,
            token: TokenHash(Sha256::digest(id.as_bytes()).into()),
            step: String::from("a"),
            payload: String::new(),
            created_at: now,
            expires_at: now + SignedDuration::from_mins(5),
        };
        store
            .begin_enrolment(enrolment, event(enterprise, now))
            .await
            .unwrap();
        let CardNo(card_no) = store.reserve_card_no().await.unwrap();
        let subject = Subject {
            card_no: &card_no,
            holder_name: "x",
            enterprise_name: "x",
            operator_no: holder.operator_no().map(|number| number.0.as_str()),
        };
        let key = new_key();
        let issued = self
            .keys
            .authority
            .issue(&subject, &point(&key), validity)
            .unwrap();
        let sha256 = CertificateDigest(Sha256::digest(&issued.der).into());
        let step = SavedEnrolment {
            id,
            before: String::from("a"),
            step: String::from("b"),
            payload: String::new(),
        };
        let certificate = NewCertificate {
            id: Uuid::now_v7(),
            serial: card_protocol::hex::decode(&issued.serial).unwrap(),
            der: issued.der.clone(),
            sha256,
            created_at: now,
        };
        assert!(store.hold_certificate(step, certificate).await.unwrap());
        let confirmation = Confirmation {
            enrolment: id,
            certificate: sha256,
            card_no: CardNo(card_no),
            chip_id: ChipId(*Uuid::now_v7().as_bytes()),
            pin_tries: Some(3),
            at: now,
            event: event(enterprise, now),
        };
        let confirmed = store.confirm_enrolment(confirmation).await.unwrap();
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

    /// The newest event of the world's enterprise.
    pub(crate) async fn last_event(&self) -> EventRecord {
        let mut events = self.events(1).await;
        events.remove(0)
    }

    pub(crate) async fn events(&self, count: u32) -> Vec<EventRecord> {
        self.store
            .events(self.enterprise, None, None, count)
            .await
            .unwrap()
    }
}

fn event(enterprise: EnterpriseId, now: Timestamp) -> NewEvent {
    NewEvent {
        at: now,
        enterprise: Some(enterprise),
        actor: None,
        act: "issue",
        target: None,
        outcome: Outcome::Done,
        statement: None,
        client: ClientInfo::default(),
        detail: None,
        facts: None,
    }
}

impl Instance {
    async fn start(
        url: &str,
        keys: PathBuf,
        clock: Arc<FixedClock>,
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let mut config = Config {
            origins: vec![Origin::parse(&origin).unwrap()],
            keys,
            site: std::env::temp_dir().join("ic-card-no-site"),
            ..Config::default()
        };
        url.clone_into(&mut config.database.url);
        configure(&mut config);
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            let shutdown = async {
                let _dropped = stopped.await;
            };
            server::run(config, clock, listener, shutdown)
                .await
                .unwrap();
        });
        Self {
            origin,
            stop: Some(stop),
            running,
        }
    }

    /// Stops it and waits until it has.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.running.await.unwrap();
    }
}
