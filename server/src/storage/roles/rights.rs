//! What the service and the verifier may do to which table: what their statements do,
//! and nothing else. The tests of the service run with these rights.

use super::RoleName;

/// The rights to one table.
pub(super) struct Right {
    table: &'static str,
    /// `SELECT`, `INSERT`, `DELETE`, `UPDATE (columns)`.
    may: &'static str,
}

impl Right {
    /// As a row of the SQL.
    pub(super) fn of(&self, role: &RoleName) -> String {
        let Self { table, may } = self;
        format!("('{table}', '{may}', '{role}')")
    }
}

const fn right(table: &'static str, may: &'static str) -> Right {
    Right { table, may }
}

/// Of the service. Who somebody is (a card's enterprise, role, number, name and 证件编号)
/// it writes once and changes never; of events and checkpoints it adds new ones.
pub(super) const SERVICE: [Right; 19] = [
    right("_sqlx_migrations", "SELECT"),
    right("admin_tokens", "SELECT, INSERT, DELETE"),
    right(
        "cards",
        "SELECT, INSERT, UPDATE (card_no, chip_id, state, state_since, lost_from, \
         lost_from_since, version, certificate_id, pin_tries_seen, pin_seen_at, issued_at, \
         last_login_at, puk_generation, puk_known, card_key, state_event, attestation)",
    ),
    right(
        "certificates",
        "SELECT, INSERT, UPDATE (standing, key_confirmed)",
    ),
    right("counters", "SELECT, INSERT, UPDATE (last)"),
    right(
        "enrolments",
        "SELECT, INSERT, UPDATE (step, payload), DELETE",
    ),
    right("enterprises", "SELECT, INSERT"),
    right("events", "SELECT, INSERT"),
    right("log_archives", "SELECT"),
    right("log_checkpoints", "SELECT, INSERT"),
    right("log_head", "SELECT, UPDATE (size, settled)"),
    right(
        "log_leaves",
        "SELECT, INSERT, UPDATE (seqs, first_seq, last_seq)",
    ),
    right("log_tiles", "SELECT, INSERT, UPDATE (hashes)"),
    right("nonces", "SELECT, INSERT, DELETE"),
    right(
        "operation_batches",
        "SELECT, INSERT, UPDATE (session_hash, ticket_hash, ticket_ends_at), DELETE",
    ),
    right(
        "operations",
        "SELECT, INSERT, UPDATE (state, version, payload, certificate_id, puk_from, puk_to, \
         puk_tries, problem, touched_at, issued_at, written_at, read_back_at, confirmed_at, \
         abandoned_at, settled_at, contradicted_at)",
    ),
    right("register_baseline", "SELECT, UPDATE (id, ended_at)"),
    right(
        "sessions",
        "SELECT, INSERT, UPDATE (last_seen_at, ended_at, ended_by, locked_until), DELETE",
    ),
    right(
        "unproven_refusals",
        "SELECT, INSERT, UPDATE (refusals), DELETE",
    ),
];

/// Of the service besides, where it moves sealed months to files. Which events may go, a
/// trigger of the tables' owner says: those of an archive that was not carried out yet.
pub(super) const TO_ARCHIVE: [Right; 2] = [
    right("events", "DELETE"),
    right("log_archives", "INSERT, UPDATE (removed_at)"),
];

/// Of whoever verifies: the log, and what of the register it explains.
pub(super) const VERIFIER: [Right; 10] = [
    right("_sqlx_migrations", "SELECT"),
    right("cards", "SELECT"),
    right("certificates", "SELECT"),
    right("enterprises", "SELECT"),
    right("events", "SELECT"),
    right("log_archives", "SELECT"),
    right("log_checkpoints", "SELECT"),
    right("log_head", "SELECT"),
    right("log_leaves", "SELECT"),
    right("log_tiles", "SELECT"),
];
