-- Members by the day of their birthday.

CREATE INDEX person_birthday ON person (brand, substr(json_extract(facts, '$.birthday'), 6), member)
    WHERE json_extract(facts, '$.birthday') IS NOT NULL;
