-- An event keeps what of it is in no index as the bytes that its leaf has of
-- it: written once, hashed as they stand, and read in one piece. Leaves and
-- hashes stay what they were. The twin of migrations/postgres/0004_event_bodies.sql.
--
-- The certificate of a signature stands in a leaf by its digest, and as a whole
-- in `certificates`, where it always was: here it is no longer stored again with
-- each event and each batch.

CREATE TABLE signers (
    der    BLOB NOT NULL PRIMARY KEY,
    sha256 BLOB NOT NULL
) STRICT;
-- A certificate that the register does not have stops all of this.
INSERT INTO signers
    SELECT s.certificate, c.sha256
    FROM (SELECT certificate FROM events WHERE certificate IS NOT NULL
        UNION SELECT certificate FROM operation_batches) s
    LEFT JOIN certificates c ON c.der = s.certificate;

UPDATE operation_batches
    SET certificate = (SELECT s.sha256 FROM signers s WHERE s.der = certificate);

DROP INDEX events_by_enterprise;
DROP INDEX events_by_target;
DROP TRIGGER events_are_never_changed;
DROP TRIGGER events_are_never_deleted;
ALTER TABLE events RENAME TO events_by_column;

CREATE TABLE events (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    at            INTEGER NOT NULL,
    enterprise_id BLOB,
    actor_card    BLOB,
    act           TEXT    NOT NULL,
    target_card   BLOB,
    outcome       TEXT    NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
    body          BLOB    NOT NULL
) STRICT;

-- `0` for NULL, or `1`, the length in 4 bytes and the bytes, for each column.
INSERT INTO events
    SELECT e.seq, e.at, e.enterprise_id, e.actor_card, e.act, e.target_card, e.outcome, CAST(
    iif(e.statement IS NULL, x'00', unhex(printf('01%08x', octet_length(e.statement))) || e.statement) ||
    iif(e.structured IS NULL, x'00', unhex(printf('01%08x', octet_length(e.structured))) || e.structured) ||
    iif(e.signature IS NULL, x'00', unhex(printf('01%08x', octet_length(e.signature))) || e.signature) ||
    iif(s.sha256 IS NULL, x'00', unhex(printf('01%08x', octet_length(s.sha256))) || s.sha256) ||
    iif(e.client_address IS NULL, x'00', unhex(printf('01%08x', octet_length(e.client_address))) || e.client_address) ||
    iif(e.terminal IS NULL, x'00', unhex(printf('01%08x', octet_length(e.terminal))) || e.terminal) ||
    iif(e.user_agent IS NULL, x'00', unhex(printf('01%08x', octet_length(e.user_agent))) || e.user_agent) ||
    iif(e.request_id IS NULL, x'00', unhex(printf('01%08x', octet_length(e.request_id))) || e.request_id) ||
    iif(e.detail IS NULL, x'00', unhex(printf('01%08x', octet_length(e.detail))) || e.detail) ||
    iif(e.nonce IS NULL, x'00', unhex(printf('01%08x', octet_length(e.nonce))) || e.nonce) ||
    iif(e.origin IS NULL, x'00', unhex(printf('01%08x', octet_length(e.origin))) || e.origin) ||
    iif(e.facts IS NULL, x'00', unhex(printf('01%08x', octet_length(e.facts))) || e.facts) AS BLOB)
    FROM events_by_column e LEFT JOIN signers s ON s.der = e.certificate
    ORDER BY e.seq;

-- Numbers go on where they were, also where the last events were archived.
DELETE FROM sqlite_sequence WHERE name = 'events';
UPDATE sqlite_sequence SET name = 'events' WHERE name = 'events_by_column';

DROP TABLE events_by_column;
DROP TABLE signers;

CREATE INDEX events_by_enterprise ON events (enterprise_id, seq);
CREATE INDEX events_by_target ON events (target_card, seq);

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM log_archives a WHERE a.removed_at IS NULL
    AND OLD.seq BETWEEN a.first_seq AND a.last_seq)
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;
