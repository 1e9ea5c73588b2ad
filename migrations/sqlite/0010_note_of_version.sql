-- Who made a version of the programme, and why, as JSON. Versions of before say nothing.
ALTER TABLE programme ADD COLUMN note TEXT;
