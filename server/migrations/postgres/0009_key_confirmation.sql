-- How it is known that a card itself has the key of its certificate (9A): by its
-- attestation, or by its first login; NULL is not yet. Certificates from before
-- are not yet: nobody noted which login was the first with which key, and the
-- next one confirms them.
-- The twin of migrations/sqlite/0009_key_confirmation.sql.

ALTER TABLE certificates ADD COLUMN key_confirmed TEXT
    CHECK (key_confirmed IN ('attested', 'login'));

-- SHA-256 of the certificate of the key with which a card attests (F9), once it
-- did: no other card's attestation is taken for it.
ALTER TABLE cards ADD COLUMN attestation BYTEA
    CHECK (attestation IS NULL OR (length(attestation) = 32 AND chip_id IS NOT NULL));
