-- Names that orders, events and members brought (categories, event types, segments, stores, channels), so that a cell of the
-- programme that matches none of them can be told. Bounded per brand and kind; spelled as it came first.
CREATE TABLE IF NOT EXISTS name_seen (
    brand        TEXT NOT NULL,
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    spelled      TEXT NOT NULL,
    PRIMARY KEY (brand, kind, name)
);
