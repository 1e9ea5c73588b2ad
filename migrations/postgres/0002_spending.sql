-- What many members share: a budget, a reward's stock, a code. Looked at and changed in the commit of whoever uses it.
CREATE TABLE shared (
    brand        TEXT COLLATE "C" NOT NULL,
    key          TEXT COLLATE "C" NOT NULL,     -- budget:base, stock:mug, code:SUMMER
    used         BIGINT NOT NULL DEFAULT 0,
    offer        TEXT,                          -- what a code is worth; NULL for everything else and for a void code
    version      BIGINT NOT NULL DEFAULT 1,     -- compared and set by whoever decides on it
    PRIMARY KEY (brand, key)
);

-- What nobody can decide yet: kept whole, so that a person can continue it.
CREATE TABLE parked (
    brand        TEXT COLLATE "C" NOT NULL,
    source       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    number       BIGINT NOT NULL,               -- 0, 1 ... within one event
    member       TEXT COLLATE "C",
    reason       TEXT NOT NULL,
    content      TEXT NOT NULL,
    recorded_at  BIGINT NOT NULL,
    PRIMARY KEY (brand, source, id, number)
);
CREATE INDEX parked_newest ON parked (brand, recorded_at);

-- What one connector does for all of them, for as long as it keeps coming back: only where there can be several.
CREATE TABLE duty (
    name         TEXT COLLATE "C" PRIMARY KEY,  -- alarms
    holder       TEXT NOT NULL,
    until        BIGINT NOT NULL
);
