-- What many members share: a budget, a reward's stock, a code. Looked at and changed in the commit of whoever uses it.
CREATE TABLE shared (
    brand        TEXT NOT NULL,
    key          TEXT NOT NULL,                 -- budget:base, stock:mug, code:SUMMER
    used         INTEGER NOT NULL DEFAULT 0,
    offer        TEXT,                          -- what a code is worth; NULL for everything else and for a void code
    version      INTEGER NOT NULL DEFAULT 1,    -- compared and set by whoever decides on it
    PRIMARY KEY (brand, key)
) WITHOUT ROWID;

-- What nobody can decide yet: kept whole, so that a person can continue it.
CREATE TABLE parked (
    brand        TEXT NOT NULL,
    source       TEXT NOT NULL,
    id           TEXT NOT NULL,
    number       INTEGER NOT NULL,              -- 0, 1 ... within one event
    member       TEXT,
    reason       TEXT NOT NULL,
    content      TEXT NOT NULL,
    recorded_at  INTEGER NOT NULL,
    PRIMARY KEY (brand, source, id, number)
) WITHOUT ROWID;
CREATE INDEX parked_newest ON parked (brand, recorded_at);
