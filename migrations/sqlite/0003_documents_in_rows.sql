-- Documents are longer than what a table without row ids keeps in one place: there each change wrote three pages instead of one.

ALTER TABLE "order" RENAME TO order_before;
CREATE TABLE "order" (
    brand        TEXT NOT NULL,
    id           TEXT NOT NULL,
    member       TEXT NOT NULL,
    version      INTEGER NOT NULL,
    document     TEXT NOT NULL
);
INSERT INTO "order" (brand, id, member, version, document) SELECT brand, id, member, version, document FROM order_before;
DROP TABLE order_before;
CREATE UNIQUE INDEX order_identity ON "order" (brand, id);
CREATE INDEX order_of_member ON "order" (brand, member, id);

ALTER TABLE member RENAME TO member_before;
CREATE TABLE member (
    brand        TEXT NOT NULL,
    id           TEXT NOT NULL,
    version      INTEGER NOT NULL,
    next_due_at  INTEGER,
    document     TEXT NOT NULL
);
INSERT INTO member (brand, id, version, next_due_at, document) SELECT brand, id, version, next_due_at, document FROM member_before;
DROP TABLE member_before;
CREATE UNIQUE INDEX member_identity ON member (brand, id);
CREATE INDEX member_due ON member (next_due_at) WHERE next_due_at IS NOT NULL;
