-- The card's own key (PIV slot 9E), by which it proves itself: the uncompressed
-- point (65 bytes), whether it was made at 制卡 (1) or at a 延期 (2), and the
-- server's proof that it registered it (16 bytes).
-- Cards from before have none until their next 延期.
-- The twin of migrations/postgres/0005_card_keys.sql.

ALTER TABLE cards ADD COLUMN card_key BLOB
    CHECK (card_key IS NULL OR (length(card_key) = 82 AND chip_id IS NOT NULL));

-- When a login showed that the card does not hold the certificate that this
-- operation confirmed, over the same key: the good one is written to it again.
ALTER TABLE operations ADD COLUMN contradicted_at INTEGER
    CHECK (contradicted_at IS NULL OR confirmed_at IS NOT NULL);

CREATE INDEX operations_contradicted ON operations (card_id)
    WHERE contradicted_at IS NOT NULL AND settled_at IS NULL;
