//! What is in the database, read behind the store's back.

use card_domain::CardId;
use event_log::{EventFacts, body::Body};
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection,
};
use test_support::database::TestDatabase;

/// What has an effect, by table. Left out is what a claim may change: of an
/// operation `payload`, `problem` and `version`, of a card the hint of its PIN
/// (`pin_tries_seen`, `pin_seen_at`).
const EFFECTS: [(&str, &str); 3] = [
    (
        "cards",
        "id, enterprise_id, role, operator_no, card_no, chip_id, state, state_since, lost_from, \
         lost_from_since, version, certificate_id, issued_at, last_login_at, puk_generation, \
         puk_known, card_key",
    ),
    (
        "certificates",
        "id, card_id, serial, sha256, standing, created_at",
    ),
    (
        "operations",
        "id, batch_id, card_id, state, certificate_id, touched_at, puk_from, puk_to, puk_tries, \
         settled_at, prepared_at, issued_at, written_at, read_back_at, confirmed_at, abandoned_at",
    ),
];

/// A connection of its own.
pub(super) enum Register {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// What a claim may change of an operation's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conversation {
    payload: String,
    problem: Option<String>,
    version: i64,
}

impl Register {
    pub(super) async fn connect(database: &TestDatabase) -> Self {
        if database.is_sqlite() {
            Self::Sqlite(SqliteConnection::connect(&database.url).await.unwrap())
        } else {
            Self::Postgres(PgConnection::connect(&database.admin_url).await.unwrap())
        }
    }

    /// Everything that has an effect, as text.
    pub(super) async fn effects(&mut self) -> Vec<String> {
        let mut rows = Vec::new();
        for (table, columns) in EFFECTS {
            let columns = columns.split(", ").map(str::trim);
            let sql = match self {
                Self::Sqlite(_) => {
                    let texts: Vec<_> = columns.map(|name| format!("quote({name})")).collect();
                    format!(
                        "SELECT {} FROM {table} ORDER BY id",
                        texts.join(" || ' ' || ")
                    )
                }
                Self::Postgres(_) => {
                    let texts: Vec<_> = columns.map(|name| format!("{name}::text")).collect();
                    let texts = texts.join(", ");
                    format!("SELECT concat_ws(' ', {texts}) FROM {table} ORDER BY id")
                }
            };
            let sql = AssertSqlSafe(sql);
            let read: Vec<String> = match self {
                Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_all(connection).await,
                Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_all(connection).await,
            }
            .unwrap();
            rows.extend(read);
        }
        rows
    }

    /// The operation's conversation.
    pub(super) async fn operation(&mut self, id: &str) -> Conversation {
        let sql = format!(
            "SELECT payload, problem, version FROM operations WHERE id = {}",
            self.uuid(id)
        );
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Sqlite(connection) => {
                let row = sqlx::query(sql).fetch_one(connection).await.unwrap();
                Conversation {
                    payload: row.get(0),
                    problem: row.get(1),
                    version: row.get(2),
                }
            }
            Self::Postgres(connection) => {
                let row = sqlx::query(sql).fetch_one(connection).await.unwrap();
                Conversation {
                    payload: row.get(0),
                    problem: row.get(1),
                    version: row.get(2),
                }
            }
        }
    }

    /// Puts the conversation back to where it was.
    pub(super) async fn put_back(&mut self, id: &str, to: &Conversation) {
        let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let problem = to.problem.as_deref().map_or(String::from("NULL"), text);
        let sql = format!(
            "UPDATE operations SET payload = {}, problem = {problem}, version = {} WHERE id = {}",
            text(&to.payload),
            to.version,
            self.uuid(id)
        );
        self.raw(sql).await;
    }

    /// Makes a card one from before cards had keys of their own: in the register, and in
    /// the event that says that it was made.
    pub(super) async fn forget_card_key(&mut self, card: CardId) {
        let id = self.uuid(&card.0.to_string());
        let event = format!(
            "SELECT body FROM events WHERE seq = (SELECT state_event FROM cards WHERE id = {id})"
        );
        let event = AssertSqlSafe(event);
        let bytes: Vec<u8> = match self {
            Self::Sqlite(connection) => sqlx::query_scalar(event).fetch_one(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(event).fetch_one(connection).await,
        }
        .unwrap();
        let body = Body::decode(&bytes).unwrap();
        let mut facts = EventFacts::read(body.facts);
        facts.card.as_mut().unwrap().card_key = None;
        let facts = facts.to_json().unwrap();
        let bytes = Body {
            facts: Some(&facts),
            ..body
        }
        .encode();
        let hex = card_protocol::hex::encode(&bytes);
        let (unbound, bytes) = match self {
            Self::Sqlite(_) => (
                "DROP TRIGGER IF EXISTS events_are_never_changed",
                format!("x'{hex}'"),
            ),
            Self::Postgres(_) => (
                "ALTER TABLE events DISABLE TRIGGER ALL",
                format!("decode('{hex}', 'hex')"),
            ),
        };
        self.execute(unbound.to_owned()).await;
        self.raw(format!(
            "UPDATE events SET body = {bytes} WHERE seq = \
             (SELECT state_event FROM cards WHERE id = {id})"
        ))
        .await;
        self.raw(format!("UPDATE cards SET card_key = NULL WHERE id = {id}"))
            .await;
    }

    async fn raw(&mut self, sql: String) {
        assert_eq!(self.execute(sql).await, 1);
    }

    /// Gives how many rows were changed.
    async fn execute(&mut self, sql: String) -> u64 {
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Sqlite(connection) => connection.execute(sql).await.unwrap().rows_affected(),
            Self::Postgres(connection) => connection.execute(sql).await.unwrap().rows_affected(),
        }
    }

    fn uuid(&self, id: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("x'{}'", id.replace('-', "")),
            Self::Postgres(_) => format!("'{id}'"),
        }
    }
}
