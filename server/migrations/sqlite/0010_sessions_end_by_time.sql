-- A session that is found to be over by time is ended in its row: a clock that is put
-- back gives it no second life. SQLite changes no CHECK: the table is made anew.
-- The twin of migrations/postgres/0010_sessions_end_by_time.sql.

DROP TRIGGER cards_end_sessions;

CREATE TABLE sessions_new (
    token_hash    BLOB    NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    card_id       BLOB    NOT NULL REFERENCES cards (id),
    enterprise_id BLOB    NOT NULL REFERENCES enterprises (id),
    role          TEXT    NOT NULL CHECK (role IN ('legal_person', 'operator')),
    created_at    INTEGER NOT NULL,
    last_seen_at  INTEGER NOT NULL,
    ends_at       INTEGER NOT NULL,
    ended_at      INTEGER,
    ended_by      TEXT    CHECK (ended_by IN ('logout', 'time', 'lost', 'frozen', 'cancelled')),
    locked_until  INTEGER,
    CONSTRAINT sessions_end_has_cause CHECK ((ended_at IS NULL) = (ended_by IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO sessions_new
SELECT token_hash, card_id, enterprise_id, role, created_at, last_seen_at, ends_at, ended_at,
    ended_by, locked_until
FROM sessions;

DROP TABLE sessions;
ALTER TABLE sessions_new RENAME TO sessions;

CREATE INDEX sessions_open_by_card ON sessions (card_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- A card that leaves 正常 takes its sessions with it, whoever changes it.
CREATE TRIGGER cards_end_sessions AFTER UPDATE OF state ON cards
    WHEN OLD.state = 'normal' AND NEW.state <> 'normal'
BEGIN
    UPDATE sessions SET ended_at = NEW.state_since, ended_by = NEW.state
    WHERE card_id = NEW.id AND ended_at IS NULL;
END;
