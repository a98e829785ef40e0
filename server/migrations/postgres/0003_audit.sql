-- The Merkle log over all events. The twin of migrations/sqlite/0003_audit.sql.

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
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    size    BIGINT NOT NULL,
    settled BIGINT NOT NULL
);
INSERT INTO log_head (id, size, settled) VALUES (1, 0, 0);

-- Which events stand at the 256 positions of a tile: numbers of 8 bytes, big
-- endian. The hashes of these leaves are the tile of level 0.
CREATE TABLE log_leaves (
    tile      BIGINT NOT NULL PRIMARY KEY,
    seqs      BYTEA  NOT NULL
        CHECK (octet_length(seqs) BETWEEN 8 AND 2048 AND octet_length(seqs) % 8 = 0),
    first_seq BIGINT NOT NULL,
    last_seq  BIGINT NOT NULL
);
CREATE INDEX log_leaves_by_last ON log_leaves (last_seq);

-- Tiles of 256 hashes: at level n those of complete subtrees of height 8n.
CREATE TABLE log_tiles (
    level  BIGINT NOT NULL,
    tile   BIGINT NOT NULL,
    hashes BYTEA  NOT NULL
        CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0),
    PRIMARY KEY (level, tile)
);

-- Signed checkpoints: c2sp.org/tlog-checkpoint.
CREATE TABLE log_checkpoints (
    size BIGINT NOT NULL PRIMARY KEY,
    note TEXT   NOT NULL
);

-- Events that were moved to a file. The row is signed; while `removed_at` is
-- NULL, exactly its events may be deleted, which one transaction does.
CREATE TABLE log_archives (
    last_seq   BIGINT NOT NULL PRIMARY KEY,
    first_seq  BIGINT NOT NULL,
    note       TEXT   NOT NULL,
    removed_at BIGINT
);

CREATE OR REPLACE FUNCTION events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM log_archives a WHERE a.removed_at IS NULL
        AND OLD.seq BETWEEN a.first_seq AND a.last_seq) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'events are append-only';
END $$;
