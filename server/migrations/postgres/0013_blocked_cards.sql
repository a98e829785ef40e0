-- The cards whose PIN was blocked when they were last seen: few, and looked for whenever
-- somebody logs in. The twin of migrations/sqlite/0013_blocked_cards.sql.
CREATE INDEX cards_blocked ON cards (enterprise_id, operator_no)
    WHERE role = 'operator' AND pin_tries_seen = 0;
