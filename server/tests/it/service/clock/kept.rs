//! What is kept of the time between two starts, and what a person's word does to it: rule
//! by rule, where `clock` has servers that run.

use std::{fs, process::Command, sync::Arc};

use card_domain::EventAct;
use jiff::{SignedDuration, Timestamp};
use server::{
    Service,
    clock::{
        Clock as _, FixedClock, SystemClock,
        watch::{Beginning, Doubt},
    },
    config::{Config, Origin},
    known_time::{beginning, command_time, confirm_clock},
    run::open,
    storage::{NewEvent, SharedStore},
};
use tempfile::TempDir;
use test_support::{
    database::{TestDatabase, on_both},
    service::{begin, samples::event},
};

use super::DAY;

on_both!(
    a_doubt_outlives_a_restart_and_ends_with_it,
    what_was_signed_before_a_person_was_heard_is_no_floor,
    one_server_s_doubt_is_not_another_s_to_end,
    a_command_never_falls_behind_what_is_known,
    no_ca_is_renewed_under_a_clock_that_the_register_contradicts,
);

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// An installation whose servers are started by hand and run nothing by themselves.
struct InstallationFixture {
    config: Config,
    store: SharedStore,
    folder: TempDir,
}

impl InstallationFixture {
    fn new(database: &TestDatabase) -> Self {
        let folder = TempDir::new().unwrap();
        let keys = folder.path().join("keys");
        server::keys::files::create(&keys, "测试CA", begin()).unwrap();
        let config = Config {
            origins: vec![Origin::parse("http://127.0.0.1:1").unwrap()],
            database: database.address(),
            keys,
            ..Config::default()
        };
        Self {
            config,
            store: database.store.clone(),
            folder,
        }
    }

    /// A server that starts at this time of its machine.
    async fn start(&self, wall: Timestamp) -> (Arc<FixedClock>, Arc<Service>) {
        let clock = Arc::new(FixedClock::new(wall));
        let service = open(self.config.clone(), clock.clone()).await.unwrap();
        service.start_clock().await.unwrap();
        (clock, service)
    }

    async fn is_in_doubt(&self) -> bool {
        self.store.kept_time().await.unwrap().is_in_doubt
    }

    async fn beginning(&self) -> Beginning {
        let keys = server::keys::files::load(&self.config.keys).unwrap();
        let known = beginning(&self.store, &keys.audit).await.unwrap();
        known.unwrap()
    }
}

async fn a_doubt_outlives_a_restart_and_ends_with_it(database: TestDatabase) {
    let installation = InstallationFixture::new(&database);
    installation.store.note_time(begin()).await.unwrap();
    let (clock, first) = installation.start(begin()).await;
    assert_eq!(first.clock_doubt().await.unwrap(), None);
    clock.jump(DAY);
    let ahead = Some(Doubt::Ahead(DAY));
    assert_eq!(first.clock_doubt().await.unwrap(), ahead);
    assert!(installation.is_in_doubt().await);
    // A day is no long pause, but for one that was in doubt when it was heard of last.
    let (_clock, second) = installation.start(begin() + DAY).await;
    assert_eq!(second.clock_doubt().await.unwrap(), ahead);
    assert!(installation.beginning().await.was_in_doubt);
    // The clock was put right meanwhile: that is noted, and the next pause is one.
    let (_clock, third) = installation.start(begin() + MINUTE / 2).await;
    assert_eq!(third.clock_doubt().await.unwrap(), None);
    assert!(!installation.is_in_doubt().await);
    let (_clock, fourth) = installation.start(begin() + DAY).await;
    assert_eq!(fourth.clock_doubt().await.unwrap(), None);
}

async fn what_was_signed_before_a_person_was_heard_is_no_floor(database: TestDatabase) {
    let installation = InstallationFixture::new(&database);
    installation.store.note_time(begin()).await.unwrap();
    let event_at = |at: Timestamp| NewEvent {
        at,
        enterprise: None,
        ..event(None, EventAct::Login)
    };
    // Eleven years ahead for a while, with a checkpoint of then.
    let future = begin() + 4000 * DAY;
    let (_clock, wrong) = installation.start(future).await;
    installation
        .store
        .record_event(event_at(future))
        .await
        .unwrap();
    wrong.sequence().await.unwrap();
    assert!(installation.beginning().await.newest >= future);
    assert_eq!(installation.beginning().await.sure, begin());
    // Put right: time stands where it was signed, until a person says otherwise.
    let wall = begin() + DAY;
    let (_clock, service) = installation.start(wall).await;
    let behind = service.clock_doubt().await.unwrap();
    assert!(matches!(behind, Some(Doubt::Behind(_))), "{behind:?}");
    confirm_clock(&installation.store, Some(future), wall)
        .await
        .unwrap();
    // It was not heard yet, and one more is signed as of then.
    assert!(service.sequence().await.unwrap() > 0);
    assert_eq!(service.clock_doubt().await.unwrap(), None);
    let known = installation.beginning().await;
    assert_eq!((known.newest, known.confirmed), (wall, Some(wall)));
    let (_clock, next) = installation.start(wall + MINUTE).await;
    assert_eq!(next.clock_doubt().await.unwrap(), None);
    // What is signed from now on is a floor again.
    installation
        .store
        .record_event(event_at(wall))
        .await
        .unwrap();
    next.sequence().await.unwrap();
    assert_eq!(installation.beginning().await.newest, wall + MINUTE);
    // And the word is good once.
    let (clock, last) = installation.start(wall + 2 * MINUTE).await;
    clock.jump(2 * MINUTE);
    let ahead = Some(Doubt::Ahead(2 * MINUTE));
    assert_eq!(last.clock_doubt().await.unwrap(), ahead);
}

async fn one_server_s_doubt_is_not_another_s_to_end(database: TestDatabase) {
    let installation = InstallationFixture::new(&database);
    installation.store.note_time(begin()).await.unwrap();
    let (one_clock, one) = installation.start(begin()).await;
    let (_clock, other) = installation.start(begin()).await;
    one_clock.jump(-DAY);
    assert!(one.clock_doubt().await.unwrap().is_some());
    for _ in 0..2 {
        assert_eq!(other.clock_doubt().await.unwrap(), None);
        assert!(installation.is_in_doubt().await);
    }
    one_clock.jump(DAY);
    assert_eq!(one.clock_doubt().await.unwrap(), None);
    assert!(!installation.is_in_doubt().await);
}

async fn a_command_never_falls_behind_what_is_known(database: TestDatabase) {
    let store = &database.store;
    let at = async |wall: Timestamp| {
        let clock = Arc::new(FixedClock::new(wall));
        command_time(store, clock).await.unwrap()
    };
    assert_eq!(at(begin()).await, begin());
    store.note_time(begin() + DAY).await.unwrap();
    assert_eq!(at(Timestamp::UNIX_EPOCH).await, begin() + DAY);
    assert_eq!(at(begin() + DAY + MINUTE).await, begin() + DAY + MINUTE);
}

/// By the program itself, whose clock is the machine's.
async fn no_ca_is_renewed_under_a_clock_that_the_register_contradicts(database: TestDatabase) {
    let installation = InstallationFixture::new(&database);
    let folder = installation.folder.path();
    let keys = &installation.config.keys;
    let certificate = keys.join("ca.cert.pem");
    // Of its 30 years few are left.
    fs::remove_dir_all(keys).unwrap();
    server::keys::files::create(keys, "测试CA", SystemClock.now() - 25 * YEAR).unwrap();
    fs::write(
        folder.join("config.toml"),
        "origins = [\"http://127.0.0.1:1\"]\n",
    )
    .unwrap();
    let renew = || {
        Command::new(env!("CARGO_BIN_EXE_server"))
            .args(["renew-ca", "--data"])
            .arg(folder)
            .env("IC_CARD_DATABASE_URL", &database.url)
            .output()
            .unwrap()
    };
    let before = fs::read(&certificate).unwrap();
    installation
        .store
        .note_time(SystemClock.now() + DAY)
        .await
        .unwrap();
    let refused = renew();
    let says = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{says}");
    assert!(says.contains("nothing is renewed"), "{says}");
    assert_eq!(fs::read(&certificate).unwrap(), before);
    // A person says that it is right.
    confirm_clock(&installation.store, None, SystemClock.now())
        .await
        .unwrap();
    let done = renew();
    let says = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{says}");
    assert_ne!(fs::read(&certificate).unwrap(), before);
}
