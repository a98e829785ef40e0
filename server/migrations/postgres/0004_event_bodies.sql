-- An event keeps what of it is in no index as the bytes that its leaf has of
-- it: written once, hashed as they stand, and read in one piece. Leaves and
-- hashes stay what they were. The twin of migrations/sqlite/0004_event_bodies.sql.
--
-- The certificate of a signature stands in a leaf by its digest, and as a whole
-- in `certificates`, where it always was: here it is no longer stored again with
-- each event and each batch.

-- An instance of the version before may be in the middle of an act: it ends
-- first, or this gives up and is tried again at the next start.
SET LOCAL lock_timeout = '30s';
LOCK TABLE operation_batches, events IN ACCESS EXCLUSIVE MODE;

-- A certificate that the register does not have stops all of this.
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM (SELECT certificate FROM events WHERE certificate IS NOT NULL
            UNION SELECT certificate FROM operation_batches) s
        WHERE NOT EXISTS (SELECT 1 FROM certificates c WHERE c.sha256 = sha256(s.certificate))) THEN
        RAISE EXCEPTION 'a signature''s certificate is not in the register';
    END IF;
END $$;

UPDATE operation_batches SET certificate = sha256(certificate);
ALTER TABLE operation_batches
    ADD CONSTRAINT batches_have_a_digest CHECK (octet_length(certificate) = 32);

-- `0` for NULL, or `1`, the length in 4 bytes and the bytes.
CREATE FUNCTION pg_temp.of_body(value bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN value IS NULL THEN '\x00'::bytea
        ELSE '\x01'::bytea || int4send(octet_length(value)) || value END
$$;

ALTER TABLE events DISABLE TRIGGER events_are_never_changed;
ALTER TABLE events ADD COLUMN body BYTEA;
UPDATE events SET body =
    pg_temp.of_body(convert_to(statement, 'UTF8')) ||
    pg_temp.of_body(convert_to(structured, 'UTF8')) ||
    pg_temp.of_body(signature) ||
    pg_temp.of_body(sha256(certificate)) ||
    pg_temp.of_body(convert_to(client_address, 'UTF8')) ||
    pg_temp.of_body(convert_to(terminal, 'UTF8')) ||
    pg_temp.of_body(convert_to(user_agent, 'UTF8')) ||
    pg_temp.of_body(convert_to(request_id, 'UTF8')) ||
    pg_temp.of_body(convert_to(detail, 'UTF8')) ||
    pg_temp.of_body(convert_to(nonce, 'UTF8')) ||
    pg_temp.of_body(convert_to(origin, 'UTF8')) ||
    pg_temp.of_body(convert_to(facts, 'UTF8'));
ALTER TABLE events
    ALTER COLUMN body SET NOT NULL,
    DROP COLUMN statement,
    DROP COLUMN structured,
    DROP COLUMN signature,
    DROP COLUMN certificate,
    DROP COLUMN client_address,
    DROP COLUMN terminal,
    DROP COLUMN user_agent,
    DROP COLUMN request_id,
    DROP COLUMN detail,
    DROP COLUMN nonce,
    DROP COLUMN origin,
    DROP COLUMN facts;
ALTER TABLE events ENABLE TRIGGER events_are_never_changed;
DROP FUNCTION pg_temp.of_body(bytea);
