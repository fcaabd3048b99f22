-- From version 1 to 2: a record changes in one way only, when something in it is erased. It then
-- says so, and stays where it is.
DROP TRIGGER events_are_not_changed;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
    WHEN NEW.invoice IS NOT OLD.invoice
        OR NEW.version IS NOT OLD.version
        OR NEW.place IS NOT OLD.place
        OR instr(NEW.record, '"erased":true') = 0
    BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
