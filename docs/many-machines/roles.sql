-- Who may do what with the log. Its owner runs this once in the log's database, after the roles are made
-- (CREATE ROLE shop LOGIN PASSWORD …), and once more after `epay payments migrate`.

-- The shop: every process that takes payments, and every command of a person but the ones below. It
-- changes no table and deletes nothing.
GRANT USAGE ON SCHEMA epay TO shop;
GRANT SELECT ON ALL TABLES IN SCHEMA epay TO shop;
GRANT INSERT ON epay.attempts, epay.orders, epay.events, epay.replays TO shop;
GRANT UPDATE ON epay.attempts, epay.orders, epay.numbers TO shop;
GRANT UPDATE (record, checksum) ON epay.events TO shop; -- a 3-D Secure challenge that is over goes

-- `epay payments erase`: takes notes and challenges out of records, and can do nothing else.
GRANT USAGE ON SCHEMA epay TO shop_eraser;
GRANT SELECT ON epay.tables, epay.attempts, epay.orders, epay.events TO shop_eraser;
GRANT UPDATE (record, checksum) ON epay.events TO shop_eraser;
