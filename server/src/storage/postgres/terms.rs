//! On which terms a connection is used: how long a call may take, whether it may write,
//! and how the database is told. Told once, where a connection is a session; with each
//! transaction, where a pooler lends it for one only.

use std::time::Duration;

use super::KEEPALIVE;
use crate::config::Pooler;

/// What a call may take at the server, then here: the server's limit comes first, so
/// that only a connection that is silent strikes the other one.
const CALL_LIMIT: Duration = Duration::from_millis(4500);

/// The same for whoever goes through everything: no person waits for that.
pub(super) const LONG_CALL_LIMIT: Duration = Duration::from_secs(605);

/// A parameter of PostgreSQL and its value.
pub(super) type Setting = (&'static str, &'static str);

/// What the service's connections are told when they are opened. After the last of them a
/// transaction whose client says nothing is ended by the server.
const TO_SERVE: [Setting; 3] = [
    ("default_transaction_isolation", "read committed"),
    ("statement_timeout", "4s"),
    ("idle_in_transaction_session_timeout", "10s"),
];

/// The same for those that only read.
const TO_READ: [Setting; 2] = [
    ("default_transaction_read_only", "on"),
    ("statement_timeout", "10min"),
];

/// The same as the beginning of a transaction. A standby takes none that writes, and tells
/// of nothing that was just done: who is lent one gets `read_only_sql_transaction`.
macro_rules! begin {
    ($limit:literal) => {
        concat!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = '",
            $limit,
            "'; SET LOCAL idle_in_transaction_session_timeout = '10s'; \
             DO $$ BEGIN IF pg_is_in_recovery() THEN \
             RAISE 'a standby' USING ERRCODE = '25006'; END IF; END $$"
        )
    };
}

/// On which terms connections are used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Nothing is written.
    pub(super) is_read_only: bool,
    /// A connection is lent for a transaction: outside of one nothing may be said on it.
    pub(super) is_lent: bool,
}

impl Terms {
    pub(super) const fn new(is_read_only: bool, pooler: Option<Pooler>) -> Self {
        Self {
            is_read_only,
            is_lent: matches!(pooler, Some(Pooler::Transaction)),
        }
    }

    /// How long a call may take.
    pub(super) const fn limit(self) -> Duration {
        if self.is_read_only {
            LONG_CALL_LIMIT
        } else {
            CALL_LIMIT
        }
    }

    /// What a connection is told when it is opened, and has to keep.
    pub(super) const fn told(self) -> &'static [Setting] {
        match (self.is_lent, self.is_read_only) {
            (true, _) => &[],
            (false, true) => &TO_READ,
            (false, false) => &TO_SERVE,
        }
    }

    /// What it is told, with what matters to its socket only.
    pub(super) fn settings(self) -> Vec<Setting> {
        let keepalive = if self.is_lent {
            &[]
        } else {
            KEEPALIVE.as_slice()
        };
        self.told().iter().chain(keepalive).copied().collect()
    }

    /// How a transaction begins, of calls that a person waits for or `long` ones.
    pub(super) const fn begin(self, is_long: bool) -> &'static str {
        match (self.is_lent, self.is_read_only, is_long) {
            (false, _, _) => "BEGIN",
            (true, true, _) => {
                "BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY; \
                 SET LOCAL statement_timeout = '10min'"
            }
            (true, false, false) => begin!("4s"),
            (true, false, true) => begin!("10min"),
        }
    }
}
