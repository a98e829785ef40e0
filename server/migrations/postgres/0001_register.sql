-- The register. Times are microseconds since 1970 (UTC), hashes are SHA-256.
-- The twin of migrations/sqlite/0001_register.sql: numbers that a person
-- knows sort byte by byte (COLLATE "C"), as they do there.

CREATE TABLE enterprises (
    id   UUID NOT NULL PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT NOT NULL
);

-- There is no date of a certificate's validity anywhere: it stands in the DER.
CREATE TABLE certificates (
    id         UUID   NOT NULL PRIMARY KEY,
    card_id    UUID   NOT NULL,
    serial     BYTEA  NOT NULL UNIQUE,
    der        BYTEA  NOT NULL,
    sha256     BYTEA  NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
    standing   TEXT   NOT NULL CHECK (standing IN ('held', 'good', 'superseded', 'revoked')),
    created_at BIGINT NOT NULL,
    UNIQUE (card_id, id)
);

CREATE UNIQUE INDEX certificates_one_good ON certificates (card_id) WHERE standing = 'good';
CREATE UNIQUE INDEX certificates_one_held ON certificates (card_id) WHERE standing = 'held';

CREATE TABLE cards (
    id               UUID   NOT NULL PRIMARY KEY,
    enterprise_id    UUID   NOT NULL REFERENCES enterprises (id),
    role             TEXT   NOT NULL CHECK (role IN ('legal_person', 'operator')),
    operator_no      TEXT COLLATE "C",
    holder_name      TEXT   NOT NULL,
    id_number_cipher BYTEA  NOT NULL,
    id_number_index  BYTEA  NOT NULL CHECK (octet_length(id_number_index) = 32),
    card_no          TEXT COLLATE "C" UNIQUE,
    chip_id          UUID   UNIQUE,
    state            TEXT   NOT NULL
        CHECK (state IN ('not_issued', 'normal', 'lost', 'frozen', 'cancelled')),
    state_since      BIGINT,
    lost_from        TEXT   CHECK (lost_from IN ('normal', 'frozen')),
    lost_from_since  BIGINT,
    version          BIGINT NOT NULL DEFAULT 0,
    certificate_id   UUID,
    pin_tries_seen   BIGINT CHECK (pin_tries_seen BETWEEN 0 AND 255),
    pin_seen_at      BIGINT,
    issued_at        BIGINT,
    last_login_at    BIGINT,
    created_at       BIGINT NOT NULL,
    -- The order by 最后登录日期, ascending in both columns: cards that never
    -- logged in come after those that did, cards without a number after all.
    login_desc       BIGINT NOT NULL GENERATED ALWAYS AS (
        CASE WHEN card_no IS NULL THEN 4611686018427387905
             WHEN last_login_at IS NULL THEN 4611686018427387904
             ELSE -last_login_at END) STORED,
    login_asc        BIGINT NOT NULL GENERATED ALWAYS AS (
        CASE WHEN card_no IS NULL THEN 4611686018427387905
             WHEN last_login_at IS NULL THEN 4611686018427387904
             ELSE last_login_at END) STORED,
    CONSTRAINT cards_certificate_is_its_own
        FOREIGN KEY (id, certificate_id) REFERENCES certificates (card_id, id),
    CONSTRAINT cards_operator_has_number
        CHECK ((role = 'operator') = (operator_no IS NOT NULL)),
    CONSTRAINT cards_state_has_since
        CHECK ((state IN ('lost', 'frozen', 'cancelled')) = (state_since IS NOT NULL)),
    CONSTRAINT cards_lost_has_origin
        CHECK ((state = 'lost') = (lost_from IS NOT NULL)),
    CONSTRAINT cards_frozen_origin_has_since
        CHECK ((coalesce(lost_from, '') = 'frozen') = (lost_from_since IS NOT NULL)),
    CONSTRAINT cards_made_as_a_whole
        CHECK ((card_no IS NULL) = (chip_id IS NULL)
           AND (card_no IS NULL) = (issued_at IS NULL)
           AND (card_no IS NULL) = (certificate_id IS NULL)),
    CONSTRAINT cards_made_unless_not_issued
        CHECK (state = 'cancelled' OR (state = 'not_issued') = (card_no IS NULL)),
    CONSTRAINT cards_login_needs_card
        CHECK (last_login_at IS NULL OR card_no IS NOT NULL),
    CONSTRAINT cards_pin_has_time
        CHECK ((pin_tries_seen IS NULL) = (pin_seen_at IS NULL))
);

ALTER TABLE certificates ADD CONSTRAINT certificates_card
    FOREIGN KEY (card_id) REFERENCES cards (id);

CREATE UNIQUE INDEX cards_operator_no ON cards (enterprise_id, operator_no)
    WHERE role = 'operator';
CREATE UNIQUE INDEX cards_one_legal_person ON cards (enterprise_id)
    WHERE role = 'legal_person' AND state <> 'cancelled';
-- One index for each order of a list. A list of several states is a merge of
-- the lists of each.
CREATE INDEX cards_by_operator_no ON cards (enterprise_id, state, operator_no)
    WHERE role = 'operator';
CREATE INDEX cards_by_login_desc ON cards (enterprise_id, state, login_desc, operator_no)
    WHERE role = 'operator';
CREATE INDEX cards_by_login_asc ON cards (enterprise_id, state, login_asc, operator_no)
    WHERE role = 'operator';
-- The queries that find few cards.
CREATE INDEX cards_by_id_number ON cards (enterprise_id, id_number_index)
    WHERE role = 'operator';
CREATE INDEX cards_by_card_no ON cards (enterprise_id, card_no)
    WHERE role = 'operator';

CREATE TABLE sessions (
    token_hash    BYTEA  NOT NULL PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    card_id       UUID   NOT NULL REFERENCES cards (id),
    enterprise_id UUID   NOT NULL REFERENCES enterprises (id),
    role          TEXT   NOT NULL CHECK (role IN ('legal_person', 'operator')),
    created_at    BIGINT NOT NULL,
    last_seen_at  BIGINT NOT NULL,
    ends_at       BIGINT NOT NULL,
    ended_at      BIGINT,
    ended_by      TEXT   CHECK (ended_by IN ('logout', 'lost', 'frozen', 'cancelled')),
    CONSTRAINT sessions_end_has_cause CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);

CREATE INDEX sessions_open_by_card ON sessions (card_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- A card that leaves 正常 takes its sessions with it, whoever changes it.
CREATE FUNCTION cards_end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sessions SET ended_at = NEW.state_since, ended_by = NEW.state
    WHERE card_id = NEW.id AND ended_at IS NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER cards_end_sessions AFTER UPDATE OF state ON cards FOR EACH ROW
    WHEN (OLD.state = 'normal' AND NEW.state <> 'normal')
    EXECUTE FUNCTION cards_end_sessions();

CREATE TABLE nonces (
    hash         BYTEA  NOT NULL PRIMARY KEY CHECK (octet_length(hash) = 32),
    kind         TEXT   NOT NULL CHECK (kind IN ('login', 'act')),
    session_hash BYTEA  CHECK (octet_length(session_hash) = 32),
    card_id      UUID,
    payload      TEXT,
    expires_at   BIGINT NOT NULL
);

CREATE INDEX nonces_by_expiry ON nonces (expires_at);

CREATE TABLE enrolments (
    id         UUID   NOT NULL PRIMARY KEY,
    card_id    UUID   NOT NULL UNIQUE REFERENCES cards (id),
    token_hash BYTEA  NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    step       TEXT   NOT NULL,
    payload    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE admin_tokens (
    hash       BYTEA  NOT NULL PRIMARY KEY CHECK (octet_length(hash) = 32),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    note       TEXT   NOT NULL
);

CREATE TABLE counters (
    name TEXT   NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);

INSERT INTO counters (name, last) VALUES ('card_no', 0);

-- The log stands by itself: it names cards and enterprises, but no foreign
-- key ties it to rows that may change.
CREATE TABLE events (
    seq            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             BIGINT NOT NULL,
    enterprise_id  UUID,
    actor_card     UUID,
    act            TEXT   NOT NULL,
    target_card    UUID,
    outcome        TEXT   NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
    statement      TEXT,
    structured     TEXT,
    signature      BYTEA,
    certificate    BYTEA,
    client_address TEXT   NOT NULL,
    terminal       TEXT,
    user_agent     TEXT   NOT NULL,
    request_id     TEXT   NOT NULL,
    detail         TEXT,
    CONSTRAINT events_statement_is_whole
        CHECK ((statement IS NULL) = (structured IS NULL)
           AND (statement IS NULL) = (signature IS NULL)
           AND (statement IS NULL) = (certificate IS NULL))
);

CREATE INDEX events_by_enterprise ON events (enterprise_id, seq);
CREATE INDEX events_by_target ON events (target_card, seq);

CREATE FUNCTION events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only';
END $$;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE OR DELETE ON events FOR EACH ROW
    EXECUTE FUNCTION events_are_append_only();

CREATE TRIGGER events_are_never_truncated BEFORE TRUNCATE ON events FOR EACH STATEMENT
    EXECUTE FUNCTION events_are_append_only();
