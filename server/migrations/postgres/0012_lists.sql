-- What lists look for and sort by. The twin of migrations/sqlite/0012_lists.sql.
--
-- Both columns follow from others (the name, the confirmed certificate) by what no
-- SQL can compute; the server fills them in where they are missing, before it serves.
-- Nothing is decided by them: they only say which cards are shown, and where.

-- The name as it is looked for, and its pinyin initials.
ALTER TABLE cards ADD COLUMN name_key TEXT COLLATE "C";
-- The end of the confirmed certificate.
ALTER TABLE cards ADD COLUMN valid_until BIGINT;
-- The order by 证书有效期至, ascending in both columns: cards without a certificate
-- come last.
ALTER TABLE cards ADD COLUMN valid_desc BIGINT NOT NULL GENERATED ALWAYS AS (
    CASE WHEN valid_until IS NULL THEN 4611686018427387904 ELSE -valid_until END) STORED;
ALTER TABLE cards ADD COLUMN valid_asc BIGINT NOT NULL GENERATED ALWAYS AS (
    CASE WHEN valid_until IS NULL THEN 4611686018427387904 ELSE valid_until END) STORED;

CREATE INDEX cards_without_key ON cards (id) WHERE name_key IS NULL;

-- Each order's index holds what a query asks for, so that looking for a part of a
-- name or the beginning of a number reads the index and, where it was vacuumed, no
-- card.
DROP INDEX cards_by_operator_no;
DROP INDEX cards_by_login_desc;
DROP INDEX cards_by_login_asc;
CREATE INDEX cards_by_operator_no ON cards (enterprise_id, state, operator_no)
    INCLUDE (id, card_no, name_key) WHERE role = 'operator';
CREATE INDEX cards_by_login_desc ON cards (enterprise_id, state, login_desc, operator_no)
    INCLUDE (id, card_no, name_key) WHERE role = 'operator';
CREATE INDEX cards_by_login_asc ON cards (enterprise_id, state, login_asc, operator_no)
    INCLUDE (id, card_no, name_key) WHERE role = 'operator';
CREATE INDEX cards_by_valid_desc ON cards (enterprise_id, state, valid_desc, operator_no)
    INCLUDE (id, card_no, name_key) WHERE role = 'operator';
CREATE INDEX cards_by_valid_asc ON cards (enterprise_id, state, valid_asc, operator_no)
    INCLUDE (id, card_no, name_key) WHERE role = 'operator';
