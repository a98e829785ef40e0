//! What the service and the verifier may do to which table: what their statements do,
//! and nothing else. The tests of the service run with these rights.

use super::RoleName;

/// The rights to one table.
pub(super) struct Right {
    table: &'static str,
    /// Of the whole table: `SELECT`, `INSERT`, `DELETE`.
    may: &'static [&'static str],
    /// The columns that may be changed.
    changes: &'static [&'static str],
}

impl Right {
    /// As a row of the SQL.
    pub(super) fn of(&self, role: &RoleName) -> String {
        let mut may = self.may.join(", ");
        if !self.changes.is_empty() {
            if !may.is_empty() {
                may.push_str(", ");
            }
            may = format!("{may}UPDATE ({})", self.changes.join(", "));
        }
        format!("('{}', '{may}', '{role}')", self.table)
    }

    /// What asks whether whoever is connected has not all of it.
    pub(super) fn is_missing(&self) -> String {
        let Self {
            table,
            may,
            changes,
        } = self;
        let may = may
            .iter()
            .map(|right| format!("has_table_privilege('{table}', '{right}')"));
        let changes = changes
            .iter()
            .map(|column| format!("has_column_privilege('{table}', '{column}', 'UPDATE')"));
        let all: Vec<_> = may.chain(changes).collect();
        format!(
            "SELECT '{table}' AS lacking WHERE NOT ({})",
            all.join(" AND ")
        )
    }
}

const fn right(
    table: &'static str,
    may: &'static [&'static str],
    changes: &'static [&'static str],
) -> Right {
    Right {
        table,
        may,
        changes,
    }
}

const READ: &[&str] = &["SELECT"];
const ADD: &[&str] = &["SELECT", "INSERT"];
const ADD_AND_TAKE: &[&str] = &["SELECT", "INSERT", "DELETE"];

/// Of the service. Who somebody is (a card's enterprise, role, number, name and 证件编号)
/// it writes once and changes never; of events and checkpoints it adds new ones.
pub(super) const SERVICE: [Right; 19] = [
    right("_sqlx_migrations", READ, &[]),
    right("admin_tokens", ADD_AND_TAKE, &[]),
    right(
        "cards",
        ADD,
        &[
            "card_no",
            "chip_id",
            "state",
            "state_since",
            "lost_from",
            "lost_from_since",
            "state_until",
            "lost_from_until",
            "version",
            "certificate_id",
            "pin_tries_seen",
            "pin_seen_at",
            "issued_at",
            "last_login_at",
            "puk_generation",
            "puk_known",
            "card_key",
            "state_event",
            "attestation",
            "name_key",
            "valid_until",
        ],
    ),
    right("certificates", ADD, &["standing", "key_confirmed"]),
    right("counters", ADD, &["last"]),
    right("enrolments", ADD_AND_TAKE, &["step", "payload"]),
    right("enterprises", ADD, &[]),
    right("events", ADD, &[]),
    right("log_archives", READ, &[]),
    right("log_checkpoints", ADD, &[]),
    right("log_head", READ, &["size", "settled"]),
    right("log_leaves", ADD, &["seqs", "first_seq", "last_seq"]),
    right("log_tiles", ADD, &["hashes"]),
    right("nonces", ADD_AND_TAKE, &[]),
    right(
        "operation_batches",
        ADD_AND_TAKE,
        &["session_hash", "ticket_hash", "ticket_ends_at"],
    ),
    right(
        "operations",
        ADD,
        &[
            "state",
            "version",
            "payload",
            "certificate_id",
            "puk_from",
            "puk_to",
            "puk_tries",
            "problem",
            "touched_at",
            "issued_at",
            "written_at",
            "read_back_at",
            "confirmed_at",
            "abandoned_at",
            "settled_at",
            "contradicted_at",
        ],
    ),
    right("register_baseline", READ, &["id", "ended_at"]),
    right(
        "sessions",
        ADD_AND_TAKE,
        &["last_seen_at", "ended_at", "ended_by", "locked_until"],
    ),
    right("unproven_refusals", ADD_AND_TAKE, &["refusals"]),
];

/// Of the service besides, where it moves sealed months to files. Which events may go, a
/// trigger of the tables' owner says: those of an archive that was not carried out yet.
pub(super) const TO_ARCHIVE: [Right; 2] = [
    right("events", &["DELETE"], &[]),
    right("log_archives", &["INSERT"], &["removed_at"]),
];

/// Of whoever verifies: the log, and what of the register it explains.
pub(super) const VERIFIER: [Right; 10] = [
    right("_sqlx_migrations", READ, &[]),
    right("cards", READ, &[]),
    right("certificates", READ, &[]),
    right("enterprises", READ, &[]),
    right("events", READ, &[]),
    right("log_archives", READ, &[]),
    right("log_checkpoints", READ, &[]),
    right("log_head", READ, &[]),
    right("log_leaves", READ, &[]),
    right("log_tiles", READ, &[]),
];
