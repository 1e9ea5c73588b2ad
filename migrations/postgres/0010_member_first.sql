-- Indexes by member begin with the member. While a table has no statistics, one that begins with the brand looks as good as
-- the key for finding one row, and reads all of the brand.
DROP INDEX IF EXISTS identity_of_member;
CREATE INDEX identity_of_member ON identity (member, brand);
DROP INDEX IF EXISTS order_of_member;
CREATE INDEX order_of_member ON "order" (member, brand, id);
