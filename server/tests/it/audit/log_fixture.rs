//! A log to be attacked: real acts with real signatures at its beginning, then
//! as many other events as wanted, sequenced in several batches, witnessed.

use std::{path::PathBuf, sync::Arc};

use card_domain::{EnterpriseId, OperatorNo};
use event_log::{
    certificate::TrustAnchors,
    keys::AuditKeys,
    verify::{Finding, Options, Progress, Report, verify},
};
use jiff::{SignedDuration, Timestamp};
use server::{
    admin::add_enterprise,
    audit::{Sequencer, StoreLog, WitnessFile},
    storage::{Holder, SharedStore},
};
use tempfile::TempDir;
use test_support::{
    database::{TestDatabase, open},
    service::{Person, TestServer, begin},
};

use super::edits::quiet;

/// Batches in which the log grew.
const BATCHES: u32 = 10;

/// A store with a log that was signed and witnessed, to be forged.
pub(crate) struct LogFixture {
    pub(crate) store: SharedStore,
    pub(crate) url: String,
    pub(crate) keys: Arc<AuditKeys>,
    pub(crate) witness: PathBuf,
    /// The key folder of the server, for its command line.
    pub(crate) key_folder: PathBuf,
    pub(crate) folder: TempDir,
    /// Those who could sign.
    pub(crate) people: People,
}

/// Cards with their keys: whoever forges has one of them.
#[derive(Clone)]
pub(crate) struct People {
    pub(crate) enterprise: EnterpriseId,
    pub(crate) legal: Person,
    pub(crate) operator: Person,
    /// Another enterprise with its legal person and an operator.
    pub(crate) other_enterprise: EnterpriseId,
    pub(crate) other_legal: Person,
    pub(crate) other_operator: Person,
}

/// The code of the other enterprise.
pub(crate) const OTHER_CODE: &str = "91000000TEST000002";

impl LogFixture {
    /// A log of at least `events` events; the server that made it is stopped.
    pub(crate) async fn new(database: &TestDatabase, events: u32) -> Self {
        let server = TestServer::new(database).await;
        let legal = server.legal_person().await;
        let client = legal.log_in(server.origin()).await;
        let mut operators = Vec::new();
        for number in ["0001", "0002", "0003"] {
            let operator = server.operator(number).await;
            for action in ["freeze", "unfreeze", "report_loss", "cancel_loss"] {
                legal.act(&client, operator.card, action).await.good();
            }
            operators.push(operator);
        }
        let store = database.store.as_ref();
        let other = add_enterprise(store, begin(), OTHER_CODE, "别的企业有限公司").await;
        let operator = Holder::Operator(OperatorNo(String::from("0001")));
        let people = People {
            enterprise: server.enterprise,
            operator: operators.remove(0),
            legal,
            other_enterprise: other.unwrap(),
            other_legal: server.person(OTHER_CODE, Holder::LegalPerson, "李强").await,
            other_operator: server.person(OTHER_CODE, operator, "赵六").await,
        };
        // Its later logins confirm nothing any more.
        people.other_legal.log_in(server.origin()).await;
        let fixture = Self {
            store: server.store.clone(),
            url: server.url.clone(),
            keys: server.keys.audit.clone(),
            witness: server.folder.path().join("witness.jsonl"),
            key_folder: server.folder.path().join("keys"),
            folder: server.folder,
            people,
        };
        server.instance.stop().await;
        for batch in 0..BATCHES {
            fixture.fill(database, events / BATCHES).await;
            let hours = SignedDuration::from_hours(batch.into());
            fixture.sequence_at(later() + hours).await;
        }
        fixture
    }

    /// More events of no great meaning.
    pub(crate) async fn fill(&self, database: &TestDatabase, count: u32) {
        let id = if database.is_sqlite() {
            "x'01010101010101010101010101010101'"
        } else {
            "'01010101-0101-0101-0101-010101010101'::uuid"
        };
        let sql = format!(
            "INSERT INTO events (at, enterprise_id, act, target_card, outcome, body) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
             SELECT {} + i, {id}, 'login', {id}, 'done', {} FROM n",
            begin().as_microsecond(),
            database.bytes(&quiet("request"))
        );
        database.raw(&sql).await.unwrap();
    }

    /// Gives all events their places.
    pub(crate) async fn sequence(&self) -> u64 {
        self.sequence_at(later()).await
    }

    /// The same at another time.
    pub(crate) async fn sequence_at(&self, at: Timestamp) -> u64 {
        let mut sequencer = Sequencer::new(Some(WitnessFile::new(self.witness.clone())));
        let count = sequencer.run(self.store.as_ref(), &self.keys, at).await;
        count.unwrap()
    }

    /// How this log is verified.
    pub(crate) fn options(&self) -> Options {
        let pem = std::fs::read(self.key_folder.join("ca.cert.pem")).unwrap();
        Options {
            anchors: Some(TrustAnchors::from_pem(&pem).unwrap()),
            witnesses: vec![self.witness.clone()],
            ..Options::of(self.keys.public())
        }
    }

    /// Verifies what stands in the database at `url`.
    pub(crate) async fn verify_at(&self, url: &str, options: &Options) -> Report {
        let store = open(url).await;
        let report = check(&store, options).await;
        store.close().await;
        report
    }
}

/// After all that happens.
pub(crate) fn later() -> Timestamp {
    begin() + SignedDuration::from_hours(1)
}

/// Verifies a store.
pub(crate) async fn check(store: &SharedStore, options: &Options) -> Report {
    let mut progress = |_: Progress| {};
    verify(&StoreLog(store.as_ref()), options, &mut progress)
        .await
        .unwrap()
}

/// What was found, as sentences.
pub(crate) fn sentences(report: &Report) -> Vec<String> {
    report.findings.iter().map(Finding::to_string).collect()
}
