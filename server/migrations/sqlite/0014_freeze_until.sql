-- A freeze that ends by itself: until when, also of one that a loss came over. Decided by
-- the clock at every read; the row follows, with an event. The twin of
-- migrations/postgres/0014_freeze_until.sql.

ALTER TABLE cards ADD COLUMN state_until INTEGER
    CONSTRAINT cards_only_a_freeze_ends CHECK (state_until IS NULL OR state = 'frozen');
ALTER TABLE cards ADD COLUMN lost_from_until INTEGER
    CONSTRAINT cards_only_a_lost_freeze_ends
    CHECK (lost_from_until IS NULL OR coalesce(lost_from, '') = 'frozen');

-- The freezes that end: looked for at every request, and few.
CREATE INDEX cards_ending ON cards (state_until) WHERE state_until IS NOT NULL;
