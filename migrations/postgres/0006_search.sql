-- Words by which members are found, each as it begins; what was there before is filled in while the service runs.
CREATE TABLE IF NOT EXISTS search_word (
    brand        TEXT COLLATE "C" NOT NULL,
    word         TEXT COLLATE "C" NOT NULL,     -- without case and accents; '~' and a phone number from its last digit
    member       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (brand, word, member)
);

-- Up to which person the words are filled in; no row = all of them.
INSERT INTO setting (name, value) SELECT 'search', '["",""]' WHERE EXISTS (SELECT 1 FROM person) ON CONFLICT DO NOTHING;

-- What waits for a person is counted and listed without going through what does not.
CREATE INDEX IF NOT EXISTS feed_dead ON feed (brand, destination) WHERE state = 'dead';
CREATE INDEX IF NOT EXISTS intent_dead ON intent (brand, destination) WHERE state IN ('dead', 'unknown');
