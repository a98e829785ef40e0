-- A session that is found to be over by time is ended in its row: a clock that is put
-- back gives it no second life.
-- The twin of migrations/sqlite/0010_sessions_end_by_time.sql.

ALTER TABLE sessions DROP CONSTRAINT sessions_ended_by_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_ended_by_check
    CHECK (ended_by IN ('logout', 'time', 'lost', 'frozen', 'cancelled'));
