-- Version 2 of the tables: a step from version 1, never changed either. A list finds an attempt by
-- what its events fold to. Each write of events writes it anew, so it never stands for itself.
ALTER TABLE attempts ADD COLUMN status TEXT;        -- in words; NULL where the events can't be read
ALTER TABLE attempts ADD COLUMN open_since INTEGER; -- since when it waits for the bank or the payer

-- With all that a list asks for, so that a damaged row of the table holds up no other.
CREATE INDEX attempts_opened ON attempts (opened, invoice);
CREATE INDEX attempts_status ON attempts (status, opened, invoice, open_since);
