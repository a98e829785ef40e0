-- Operations on a card in the reader: 延期 and 解锁. The twin of
-- migrations/postgres/0002_operations.sql.

-- Which PUK is on a card: its generation, and whether that is certain.
ALTER TABLE cards ADD COLUMN puk_generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cards ADD COLUMN puk_known INTEGER NOT NULL DEFAULT 1 CHECK (puk_known IN (0, 1));

-- Until when a session waits for the legal-person card; NULL is not locked.
ALTER TABLE sessions ADD COLUMN locked_until INTEGER;

-- One kind of nonce more. What was there lived five minutes.
DROP TABLE nonces;
CREATE TABLE nonces (
    hash         BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    kind         TEXT    NOT NULL CHECK (kind IN ('login', 'act', 'operation')),
    session_hash BLOB    CHECK (length(session_hash) = 32),
    card_id      BLOB    CHECK (length(card_id) = 16),
    payload      TEXT,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX nonces_by_expiry ON nonces (expires_at);

-- What the legal person signed, and the one ticket that goes on with it.
CREATE TABLE operation_batches (
    id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    enterprise_id  BLOB    NOT NULL REFERENCES enterprises (id),
    actor_card     BLOB    NOT NULL REFERENCES cards (id),
    act            TEXT    NOT NULL CHECK (act IN ('renew', 'unlock')),
    session_hash   BLOB    CHECK (length(session_hash) = 32),
    ticket_hash    BLOB    UNIQUE CHECK (length(ticket_hash) = 32),
    ticket_ends_at INTEGER NOT NULL,
    statement      TEXT    NOT NULL,
    structured     TEXT    NOT NULL,
    signature      BLOB    NOT NULL,
    certificate    BLOB    NOT NULL,
    created_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The journal: one row for each card of a batch.
CREATE TABLE operations (
    id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    batch_id       BLOB    NOT NULL REFERENCES operation_batches (id),
    place          INTEGER NOT NULL,
    card_id        BLOB    NOT NULL REFERENCES cards (id),
    enterprise_id  BLOB    NOT NULL REFERENCES enterprises (id),
    state          TEXT    NOT NULL
        CHECK (state IN ('prepared', 'issued', 'written', 'read_back', 'confirmed', 'abandoned')),
    version        INTEGER NOT NULL DEFAULT 0,
    payload        TEXT    NOT NULL,
    certificate_id BLOB    REFERENCES certificates (id),
    -- The generations between which the PUK of the card is, from before the
    -- card is told.
    puk_from       INTEGER,
    puk_to         INTEGER,
    puk_tries      INTEGER CHECK (puk_tries BETWEEN 0 AND 255),
    problem        TEXT,
    -- When the first program that writes was handed out.
    touched_at     INTEGER,
    prepared_at    INTEGER NOT NULL,
    issued_at      INTEGER,
    written_at     INTEGER,
    read_back_at   INTEGER,
    confirmed_at   INTEGER,
    abandoned_at   INTEGER,
    -- When a card that was touched by what was abandoned was seen to be right.
    settled_at     INTEGER,
    CONSTRAINT operations_state_has_time CHECK (
        (state <> 'confirmed' OR confirmed_at IS NOT NULL)
        AND (state <> 'abandoned' OR abandoned_at IS NOT NULL)),
    CONSTRAINT operations_puk_moves_on CHECK ((puk_from IS NULL) = (puk_to IS NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX operations_one_open ON operations (card_id)
    WHERE state IN ('prepared', 'issued', 'written', 'read_back');
CREATE INDEX operations_unsettled ON operations (card_id)
    WHERE state = 'abandoned' AND touched_at IS NOT NULL AND settled_at IS NULL;
CREATE INDEX operations_by_batch ON operations (batch_id, place);
CREATE INDEX operations_open ON operations (enterprise_id, prepared_at)
    WHERE state IN ('prepared', 'issued', 'written', 'read_back');
CREATE INDEX operations_overdue ON operations (prepared_at)
    WHERE state IN ('prepared', 'issued') AND touched_at IS NULL;
