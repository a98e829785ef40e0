-- The log explains the register: each card names the event that made it what it
-- is. The twin of migrations/postgres/0006_register_explained.sql.
--
-- Cards from before have none: at its first start the server vouches for them
-- with an event each (`register_baseline`), once, and notes here that it did.

ALTER TABLE cards ADD COLUMN state_event INTEGER;

CREATE TABLE register_baseline (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    ended_at INTEGER
) STRICT;
INSERT INTO register_baseline (id) VALUES (1);

-- What may say what decides about a card: all but what is frequent and decides
-- nothing.
CREATE INDEX events_that_decide ON events (target_card, seq)
    WHERE act NOT IN ('login', 'logout', 'unlock_session', 'reveal', 'export');
