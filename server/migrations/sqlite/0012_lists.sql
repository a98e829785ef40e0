-- What lists look for and sort by. The twin of migrations/postgres/0012_lists.sql.
--
-- Both columns follow from others (the name, the confirmed certificate) by what no
-- SQL can compute; the server fills them in where they are missing, before it serves.
-- Nothing is decided by them: they only say which cards are shown, and where.

-- The name as it is looked for, and its pinyin initials.
ALTER TABLE cards ADD COLUMN name_key TEXT;
-- The end of the confirmed certificate.
ALTER TABLE cards ADD COLUMN valid_until INTEGER;

CREATE INDEX cards_without_key ON cards (id) WHERE name_key IS NULL;

-- Each order's index holds what a query asks for, so that looking for a part of a
-- name or the beginning of a number reads the index and no card. For that SQLite
-- wants each column that is named: the role, although the index holds no other, and
-- what an order is computed from. A generated column would have it read the card
-- (it takes all columns for used then), so orders are expressions
-- (server/src/storage/queries/list/statement.rs has the same ones).
DROP INDEX cards_by_operator_no;
DROP INDEX cards_by_login_desc;
DROP INDEX cards_by_login_asc;
ALTER TABLE cards DROP COLUMN login_desc;
ALTER TABLE cards DROP COLUMN login_asc;
CREATE INDEX cards_by_operator_no
    ON cards (enterprise_id, state, operator_no, card_no, name_key, role)
    WHERE role = 'operator';
-- The order by 最后登录日期: cards that never logged in come after those that did,
-- cards without a number after all.
CREATE INDEX cards_by_login_desc ON cards (enterprise_id, state,
        CASE WHEN card_no IS NULL THEN 4611686018427387905
             WHEN last_login_at IS NULL THEN 4611686018427387904
             ELSE -last_login_at END,
        operator_no, card_no, name_key, role, last_login_at)
    WHERE role = 'operator';
CREATE INDEX cards_by_login_asc ON cards (enterprise_id, state,
        CASE WHEN card_no IS NULL THEN 4611686018427387905
             WHEN last_login_at IS NULL THEN 4611686018427387904
             ELSE last_login_at END,
        operator_no, card_no, name_key, role, last_login_at)
    WHERE role = 'operator';
-- The order by 证书有效期至: cards without a certificate come last.
CREATE INDEX cards_by_valid_desc ON cards (enterprise_id, state,
        CASE WHEN valid_until IS NULL THEN 4611686018427387904 ELSE -valid_until END,
        operator_no, card_no, name_key, role, valid_until)
    WHERE role = 'operator';
CREATE INDEX cards_by_valid_asc ON cards (enterprise_id, state,
        CASE WHEN valid_until IS NULL THEN 4611686018427387904 ELSE valid_until END,
        operator_no, card_no, name_key, role, valid_until)
    WHERE role = 'operator';
