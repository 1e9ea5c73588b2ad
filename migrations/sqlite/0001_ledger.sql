-- The event row is the truth; everything else is rebuilt from it or delivers it. Instants are microseconds since 1970.

CREATE TABLE event (
    seq          INTEGER PRIMARY KEY,           -- append order of this file; no meaning outside it
    brand        TEXT NOT NULL,
    member       TEXT NOT NULL,
    version      INTEGER NOT NULL,              -- the member's: 1, 2, 3 ...
    source       TEXT NOT NULL,
    id           TEXT NOT NULL,
    type         TEXT NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    data         TEXT NOT NULL,                 -- canonical content; personal parts are ciphertext
    hash         TEXT NOT NULL,                 -- keyed hash of the content as it was sent
    order_id     TEXT,
    given        TEXT NOT NULL,                 -- what decide was given beyond the documents
    entries      TEXT NOT NULL,
    changes      TEXT NOT NULL,                 -- merge patches of the member's and the order's document
    receipt      TEXT NOT NULL,
    chain        TEXT NOT NULL                  -- hash over the member's previous one and this row
);
CREATE UNIQUE INDEX event_identity ON event (brand, source, id);
CREATE UNIQUE INDEX event_of_member ON event (brand, member, version);

-- A snapshot of the member's document; the events after `version` complete it.
CREATE TABLE member (
    brand        TEXT NOT NULL,
    id           TEXT NOT NULL,
    version      INTEGER NOT NULL,
    next_due_at  INTEGER,
    document     TEXT NOT NULL,
    PRIMARY KEY (brand, id)
) WITHOUT ROWID;
CREATE INDEX member_due ON member (next_due_at) WHERE next_due_at IS NOT NULL;

CREATE TABLE "order" (
    brand        TEXT NOT NULL,
    id           TEXT NOT NULL,
    member       TEXT NOT NULL,
    version      INTEGER NOT NULL,
    document     TEXT NOT NULL,
    PRIMARY KEY (brand, id)
) WITHOUT ROWID;
CREATE INDEX order_of_member ON "order" (brand, member, id);

CREATE TABLE identity (
    brand        TEXT NOT NULL,
    kind         TEXT NOT NULL,                 -- external_id, card, phone, email, visitor
    hash         TEXT NOT NULL,                 -- keyed
    member       TEXT NOT NULL,
    PRIMARY KEY (brand, kind, hash)
) WITHOUT ROWID;
CREATE INDEX identity_of_member ON identity (brand, member);

-- The only place with personal data in the clear, and the key of what is encrypted elsewhere. Erasing removes the row.
CREATE TABLE person (
    brand        TEXT NOT NULL,
    member       TEXT NOT NULL,
    key          BLOB NOT NULL,
    facts        TEXT NOT NULL,
    PRIMARY KEY (brand, member)
) WITHOUT ROWID;

-- One row per destination and member: what is due and what has arrived there.
CREATE TABLE feed (
    destination  TEXT NOT NULL,
    brand        TEXT NOT NULL,
    member       TEXT NOT NULL,
    version_due  INTEGER NOT NULL,
    version_sent INTEGER NOT NULL DEFAULT 0,
    attempts     INTEGER NOT NULL DEFAULT 0,
    due_at       INTEGER,                       -- when to send; NULL = nothing to send, or parked
    state        TEXT NOT NULL DEFAULT 'due',   -- due | sent | dead
    problem      TEXT,
    PRIMARY KEY (destination, brand, member)
) WITHOUT ROWID;
CREATE INDEX feed_due ON feed (destination, due_at) WHERE due_at IS NOT NULL;

-- One thing to do once.
CREATE TABLE intent (
    id           TEXT PRIMARY KEY,              -- UUID v5 of its cause: the dedupe key
    destination  TEXT NOT NULL,
    brand        TEXT NOT NULL,
    member       TEXT NOT NULL,
    version      INTEGER NOT NULL,              -- of the event that caused it
    action       TEXT NOT NULL,
    valid_until  INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    due_at       INTEGER,
    state        TEXT NOT NULL DEFAULT 'due',   -- due | done | dead | unknown | expired
    problem      TEXT
) WITHOUT ROWID;
CREATE INDEX intent_due ON intent (destination, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX intent_of_member ON intent (brand, member, version);

-- Every message as it went out, or as it would have (preview).
CREATE TABLE message (
    id           TEXT PRIMARY KEY,
    brand        TEXT NOT NULL,
    member       TEXT NOT NULL,
    channel      TEXT NOT NULL,
    recipient    TEXT NOT NULL,
    subject      TEXT NOT NULL,
    body         TEXT NOT NULL,
    sent_at      INTEGER NOT NULL,
    via          TEXT NOT NULL                  -- brevo | preview
);
CREATE INDEX message_newest ON message (brand, sent_at);

CREATE TABLE programme (
    brand        TEXT NOT NULL,
    version      INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    content      TEXT NOT NULL,
    PRIMARY KEY (brand, version)
) WITHOUT ROWID;

CREATE TABLE api_key (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    brand        TEXT NOT NULL,
    scopes       TEXT NOT NULL,
    hash         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    revoked_at   INTEGER
);

-- Two callers said different things under one identity; nothing was changed, a person may look.
CREATE TABLE conflict (
    seq          INTEGER PRIMARY KEY,
    brand        TEXT NOT NULL,
    source       TEXT NOT NULL,
    id           TEXT NOT NULL,
    recorded_at  INTEGER NOT NULL,
    detail       TEXT NOT NULL
);

CREATE TABLE setting (
    name         TEXT PRIMARY KEY,
    value        TEXT NOT NULL
) WITHOUT ROWID;

-- Entries as rows, for people and for checks.
CREATE VIEW entry AS
SELECT e.seq, e.brand, e.member, e.version, e.occurred_at, e.recorded_at, e.order_id,
       j.value ->> 'id' AS id, j.value ->> 'debit' AS debit, j.value ->> 'credit' AS credit,
       j.value ->> 'points' AS points, j.value ->> 'lot' AS lot, j.value ->> 'rule' AS rule,
       j.value ->> 'effective_at' AS effective_at, j.value ->> 'expires_at' AS expires_at
FROM event e, json_each(e.entries) j;
