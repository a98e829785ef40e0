-- The Merkle log over all events. The twin of migrations/postgres/0003_audit.sql.

-- What a signature was made over besides the statement, and what a machine
-- reads of an event: states before and after, serial numbers.
ALTER TABLE events ADD COLUMN nonce TEXT;
ALTER TABLE events ADD COLUMN origin TEXT;
ALTER TABLE events ADD COLUMN facts TEXT;
ALTER TABLE operation_batches ADD COLUMN nonce TEXT;
ALTER TABLE operation_batches ADD COLUMN origin TEXT;

-- The size of the log, and up to which event nothing can come late any more.
-- Whoever appends changes this row first, under the size that it saw.
CREATE TABLE log_head (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    size    INTEGER NOT NULL,
    settled INTEGER NOT NULL
) STRICT;
INSERT INTO log_head (id, size, settled) VALUES (1, 0, 0);

-- Which events stand at the 256 positions of a tile: numbers of 8 bytes, big
-- endian. The hashes of these leaves are the tile of level 0.
CREATE TABLE log_leaves (
    tile      INTEGER NOT NULL PRIMARY KEY,
    seqs      BLOB    NOT NULL CHECK (length(seqs) BETWEEN 8 AND 2048 AND length(seqs) % 8 = 0),
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL
) STRICT;
CREATE INDEX log_leaves_by_last ON log_leaves (last_seq);

-- Tiles of 256 hashes: at level n those of complete subtrees of height 8n.
CREATE TABLE log_tiles (
    level  INTEGER NOT NULL,
    tile   INTEGER NOT NULL,
    hashes BLOB    NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
    PRIMARY KEY (level, tile)
) STRICT, WITHOUT ROWID;

-- Signed checkpoints: c2sp.org/tlog-checkpoint.
CREATE TABLE log_checkpoints (
    size INTEGER NOT NULL PRIMARY KEY,
    note TEXT    NOT NULL
) STRICT;

-- Events that were moved to a file. The row is signed; while `removed_at` is
-- NULL, exactly its events may be deleted, which one transaction does.
CREATE TABLE log_archives (
    last_seq   INTEGER NOT NULL PRIMARY KEY,
    first_seq  INTEGER NOT NULL,
    note       TEXT    NOT NULL,
    removed_at INTEGER
) STRICT;

DROP TRIGGER events_are_never_deleted;
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM log_archives a WHERE a.removed_at IS NULL
    AND OLD.seq BETWEEN a.first_seq AND a.last_seq)
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;
