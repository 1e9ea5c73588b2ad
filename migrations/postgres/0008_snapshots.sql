-- A member as it was: one document kept of each 256 versions, so that what is asked about the past is not put together from the
-- first event on. Members from before have none of their past; theirs is put together as before.

CREATE TABLE IF NOT EXISTS snapshot (
    brand    TEXT COLLATE "C" NOT NULL,
    member   TEXT COLLATE "C" NOT NULL,
    block    BIGINT NOT NULL, -- version / 256
    version  BIGINT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (brand, member, block)
);
