-- The event row is the truth; everything else is rebuilt from it or delivers it. Instants are microseconds since 1970.
-- Keys are compared byte by byte (COLLATE "C"): the same order everywhere, whatever the database's language.
-- No sequence is shared by all members, so that rows can live on many machines.

CREATE TABLE event (
    brand        TEXT COLLATE "C" NOT NULL,
    member       TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL,               -- the member's: 1, 2, 3 ...
    source       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    type         TEXT NOT NULL,
    occurred_at  BIGINT NOT NULL,
    recorded_at  BIGINT NOT NULL,
    data         TEXT NOT NULL,                 -- canonical content; personal parts are ciphertext
    hash         TEXT COLLATE "C" NOT NULL,     -- keyed hash of the content as it was sent
    order_id     TEXT,
    given        TEXT NOT NULL,                 -- what decide was given beyond the documents
    entries      TEXT NOT NULL,
    changes      TEXT NOT NULL,                 -- merge patches of the member's and the order's document
    receipt      TEXT NOT NULL,
    chain        TEXT NOT NULL,                 -- hash over the member's previous one and this row
    PRIMARY KEY (brand, member, version)
);
CREATE UNIQUE INDEX event_identity ON event (brand, source, id);
CREATE INDEX event_newest ON event (brand, recorded_at);

-- A snapshot of the member's document; the events after `version` complete it. Pages of tables that are updated keep room,
-- so that a new version of a row stays where its indexes point.
CREATE TABLE member (
    brand        TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL,
    next_due_at  BIGINT,
    document     TEXT NOT NULL,
    PRIMARY KEY (brand, id)
) WITH (fillfactor = 80);
CREATE INDEX member_due ON member (next_due_at) WHERE next_due_at IS NOT NULL;

CREATE TABLE "order" (
    brand        TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    member       TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL,
    document     TEXT NOT NULL,
    PRIMARY KEY (brand, id)
) WITH (fillfactor = 80);
CREATE INDEX order_of_member ON "order" (brand, member, id);

CREATE TABLE identity (
    brand        TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,     -- external_id, card, phone, email, visitor
    hash         TEXT COLLATE "C" NOT NULL,     -- keyed
    member       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (brand, kind, hash)
);
CREATE INDEX identity_of_member ON identity (brand, member);

-- The only place with personal data in the clear, and the key of what is encrypted elsewhere. Erasing removes the row.
CREATE TABLE person (
    brand        TEXT COLLATE "C" NOT NULL,
    member       TEXT COLLATE "C" NOT NULL,
    key          BYTEA NOT NULL,
    facts        TEXT NOT NULL,
    PRIMARY KEY (brand, member)
);

-- One row per destination and member: what is due and what has arrived there.
CREATE TABLE feed (
    destination  TEXT COLLATE "C" NOT NULL,
    brand        TEXT COLLATE "C" NOT NULL,
    member       TEXT COLLATE "C" NOT NULL,
    version_due  BIGINT NOT NULL,
    version_sent BIGINT NOT NULL DEFAULT 0,
    attempts     BIGINT NOT NULL DEFAULT 0,
    due_at       BIGINT,                        -- when to send; NULL = nothing to send, or parked
    holder       TEXT,                          -- the connector that leased it last
    state        TEXT NOT NULL DEFAULT 'due',   -- due | sent | dead
    problem      TEXT,
    PRIMARY KEY (destination, brand, member)
) WITH (fillfactor = 80);
CREATE INDEX feed_due ON feed (destination, due_at) WHERE due_at IS NOT NULL;

-- One thing to do once.
CREATE TABLE intent (
    id           TEXT COLLATE "C" PRIMARY KEY,  -- UUID v5 of its cause: the dedupe key
    destination  TEXT COLLATE "C" NOT NULL,
    brand        TEXT COLLATE "C" NOT NULL,
    member       TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL,               -- of the event that caused it
    action       TEXT NOT NULL,
    valid_until  BIGINT NOT NULL,
    attempts     BIGINT NOT NULL DEFAULT 0,
    due_at       BIGINT,
    holder       TEXT,                          -- the connector that leased it last
    state        TEXT NOT NULL DEFAULT 'due',   -- due | done | dead | unknown | expired
    problem      TEXT
);
CREATE INDEX intent_due ON intent (destination, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX intent_of_member ON intent (brand, member, version);

-- Every message as it went out, or as it would have (preview).
CREATE TABLE message (
    id           TEXT COLLATE "C" PRIMARY KEY,
    brand        TEXT COLLATE "C" NOT NULL,
    member       TEXT COLLATE "C" NOT NULL,
    channel      TEXT NOT NULL,
    recipient    TEXT NOT NULL,
    subject      TEXT NOT NULL,
    body         TEXT NOT NULL,
    sent_at      BIGINT NOT NULL,
    via          TEXT NOT NULL                  -- brevo | preview
);
CREATE INDEX message_newest ON message (brand, sent_at);

CREATE TABLE programme (
    brand        TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL,
    effective_at BIGINT NOT NULL,
    content      TEXT NOT NULL,
    PRIMARY KEY (brand, version)
);

CREATE TABLE api_key (
    id           TEXT COLLATE "C" PRIMARY KEY,
    name         TEXT COLLATE "C" NOT NULL,
    brand        TEXT COLLATE "C" NOT NULL,
    scopes       TEXT NOT NULL,
    hash         TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    revoked_at   BIGINT
);

-- Two callers said different things under one identity; nothing was changed, a person may look.
CREATE TABLE conflict (
    seq          UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    brand        TEXT COLLATE "C" NOT NULL,
    source       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    recorded_at  BIGINT NOT NULL,
    detail       TEXT NOT NULL
);

CREATE TABLE setting (
    name         TEXT COLLATE "C" PRIMARY KEY,
    value        TEXT NOT NULL
);

-- Entries as rows, for people and for checks.
CREATE VIEW entry AS
SELECT e.brand, e.member, e.version, e.occurred_at, e.recorded_at, e.order_id,
       j.value ->> 'id' AS id, j.value ->> 'debit' AS debit, j.value ->> 'credit' AS credit,
       (j.value ->> 'points')::bigint AS points, j.value ->> 'lot' AS lot, j.value ->> 'rule' AS rule,
       j.value ->> 'effective_at' AS effective_at, j.value ->> 'expires_at' AS expires_at
FROM event e CROSS JOIN LATERAL json_array_elements(e.entries::json) AS j(value);
