-- The card's own key (PIV slot 9E), by which it proves itself: the uncompressed
-- point (65 bytes) and the server's proof that it registered it (16 bytes).
-- Cards from before have none until their next 延期.
-- The twin of migrations/postgres/0005_card_keys.sql.

ALTER TABLE cards ADD COLUMN card_key BLOB
    CHECK (card_key IS NULL OR (length(card_key) = 81 AND chip_id IS NOT NULL));
