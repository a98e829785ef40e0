-- What was refused before anything was proven: logins nobody's card made,
-- statements nobody's card signed. Counted for each hour, without a name; an
-- hour that is over becomes one event of the log, and its rows go.
CREATE TABLE unproven_refusals (
    hour     INTEGER NOT NULL,
    act      TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    refusals INTEGER NOT NULL CHECK (refusals > 0),
    PRIMARY KEY (hour, act, reason)
) STRICT, WITHOUT ROWID;
