-- Members by the day of their birthday.

CREATE INDEX person_birthday ON person (brand, substr((facts::jsonb) ->> 'birthday', 6), member)
    WHERE (facts::jsonb) ->> 'birthday' IS NOT NULL;
