-- Two members that may be one person: an identity of one was given for the other. `open` until a person says `merged` or `apart`.
CREATE TABLE duplicate (
    brand        TEXT COLLATE "C" NOT NULL,
    member       TEXT COLLATE "C" NOT NULL,
    other        TEXT COLLATE "C" NOT NULL,
    kind         TEXT NOT NULL,
    state        TEXT NOT NULL DEFAULT 'open',
    recorded_at  BIGINT NOT NULL,
    settled_by   TEXT,
    -- Encrypted with the member's key.
    reason       TEXT,
    PRIMARY KEY (brand, member, other)
);

CREATE INDEX duplicate_open ON duplicate (brand, member, other) WHERE state = 'open';
