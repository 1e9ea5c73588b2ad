-- Words by which members are found, each as it begins; what was there before is filled in while the service runs.
CREATE TABLE search_word (
    brand        TEXT NOT NULL,
    word         TEXT NOT NULL,                 -- without case and accents; '~' and a phone number from its last digit
    member       TEXT NOT NULL,
    PRIMARY KEY (brand, word, member)
) WITHOUT ROWID;

-- Up to which person the words are filled in; no row = all of them.
INSERT INTO setting (name, value) SELECT 'search', '["",""]' WHERE EXISTS (SELECT 1 FROM person);

-- What waits for a person is counted and listed without going through what does not.
CREATE INDEX feed_dead ON feed (brand, destination) WHERE state = 'dead';
CREATE INDEX intent_dead ON intent (brand, destination) WHERE state IN ('dead', 'unknown');
