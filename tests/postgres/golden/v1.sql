-- A log as version 1 of the tables has it: that of crates/epay-store/tests/golden/v1.sql, but for what is damaged
-- there. It is never made anew.
CREATE SCHEMA epay;
CREATE TABLE epay.attempts (
    invoice text NOT NULL COLLATE pg_catalog."C",
    order_name text NOT NULL,
    terminal text NOT NULL,
    ordered text NOT NULL,
    currency text NOT NULL,
    exponent bigint NOT NULL,
    opened bigint NOT NULL,
    previous text COLLATE pg_catalog."C",
    tag text,
    opening_checksum bigint NOT NULL,
    version bigint NOT NULL,
    events bigint NOT NULL,
    check_class bigint NOT NULL,
    next_check_at bigint,
    next_notify_at bigint,
    last_check_at bigint,
    leased_until bigint,
    status text,
    open_since bigint,
    write_id bigint NOT NULL
);
CREATE TABLE epay.events (
    invoice text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    place bigint NOT NULL,
    record text NOT NULL,
    checksum bigint NOT NULL,
    write_id bigint NOT NULL
);
CREATE TABLE epay.numbers (
    id bigint NOT NULL,
    taken bigint NOT NULL,
    next bigint NOT NULL,
    last bigint NOT NULL,
    CONSTRAINT numbers_id_check CHECK ((id = 1))
);
CREATE TABLE epay.orders (
    name text NOT NULL,
    invoice text NOT NULL COLLATE pg_catalog."C",
    previous text COLLATE pg_catalog."C"
);
CREATE TABLE epay.replays (
    key bytea NOT NULL,
    invoice text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE epay.tables (
    id bigint NOT NULL,
    version bigint NOT NULL,
    readable bigint NOT NULL,
    CONSTRAINT tables_id_check CHECK ((id = 1))
);
INSERT INTO epay.attempts VALUES ('100000001', 'order-1', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000060000, NULL, NULL, 4108592443, 0, 0, 0, NULL, NULL, NULL, NULL, 'new', NULL, 0);
INSERT INTO epay.attempts VALUES ('100000002', 'order-2', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000120000, NULL, NULL, 2166702823, 2, 2, 0, 1790003720000, NULL, NULL, NULL, 'unknown', 1790000121000, 0);
INSERT INTO epay.attempts VALUES ('100000003', 'order-3', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000180000, NULL, NULL, 4221204275, 2, 2, 0, 1790003780000, NULL, NULL, NULL, 'awaiting payer', 1790000181000, 0);
INSERT INTO epay.attempts VALUES ('100000004', 'order-4', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000240000, NULL, NULL, 1750502190, 2, 2, 0, 1790003840000, NULL, NULL, NULL, 'held', NULL, 0);
INSERT INTO epay.attempts VALUES ('100000005', 'order-5', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000300000, NULL, NULL, 270055563, 3, 3, 0, 1790003900000, NULL, NULL, NULL, 'paid', NULL, 0);
INSERT INTO epay.attempts VALUES ('100000006', 'order-6', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000360000, NULL, NULL, 814206057, 2, 2, 0, 1790003960000, NULL, NULL, NULL, 'unknown', 1790000362000, 0);
INSERT INTO epay.attempts VALUES ('100000007', 'order-7', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000420000, NULL, NULL, 1003718214, 3, 3, 0, 1790004020000, NULL, NULL, NULL, 'refunded', NULL, 0);
INSERT INTO epay.attempts VALUES ('100000008', 'order-8', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000480000, NULL, NULL, 1639980797, 3, 3, 0, 1790004080000, NULL, NULL, NULL, 'voided', NULL, 0);
INSERT INTO epay.attempts VALUES ('100000009', 'order-9', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000540000, NULL, NULL, 3396024045, 2, 2, 0, 1790004140000, NULL, NULL, NULL, 'declined', NULL, 0);
INSERT INTO epay.attempts VALUES ('100000010', 'order-10', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000600000, NULL, NULL, 562127251, 2, 2, 0, 1790004200000, NULL, NULL, NULL, 'verified', NULL, 0);
INSERT INTO epay.attempts VALUES ('100000011', 'order-11', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000660000, NULL, NULL, 1128050476, 1, 1, 0, NULL, NULL, NULL, NULL, 'not executed', NULL, 0);
INSERT INTO epay.attempts VALUES ('100000012', 'order-12', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000720000, NULL, NULL, 3859544732, 3, 3, 0, 1790004320000, NULL, NULL, NULL, 'abandoned', NULL, 0);
INSERT INTO epay.attempts VALUES ('100000013', 'order-13', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000780000, NULL, NULL, 3541639532, 2, 2, 0, 1790004380000, NULL, NULL, NULL, 'disputed', NULL, 0);
INSERT INTO epay.attempts VALUES ('100000014', 'order-14', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000840000, NULL, NULL, 2479989464, 4, 4, 0, 1790004440000, NULL, NULL, NULL, 'unknown', 1790000843000, 0);
INSERT INTO epay.attempts VALUES ('100000015', 'order-9', '67e34d63-102f-4bd1-898e-370781d0074d', '500000', 'KZT', 2, 1790000900000, '100000009', NULL, 740183562, 2, 2, 0, 1790004500000, NULL, NULL, NULL, 'declined', NULL, 0);
INSERT INTO epay.events VALUES ('100000002', 1, 0, '{"v":1,"at":1790000121000,"kind":"asked","command":{"kind":"authorize"}}', 4058668027, 0);
INSERT INTO epay.events VALUES ('100000002', 2, 0, '{"v":1,"at":1790000122000,"kind":"unanswered"}', 1891403987, 0);
INSERT INTO epay.events VALUES ('100000003', 1, 0, '{"v":1,"at":1790000181000,"kind":"asked","command":{"kind":"authorize"}}', 126206626, 0);
INSERT INTO epay.events VALUES ('100000003', 2, 0, '{"v":1,"at":1790000182000,"kind":"observed","observation":{"fact":{"kind":"three_ds_required","action":"https://acs.example/pareq","pa_req":"eJxVUt1u+/=","md":"17"},"source":"reply"}}', 1198545242, 0);
INSERT INTO epay.events VALUES ('100000004', 1, 0, '{"v":1,"at":1790000241000,"kind":"asked","command":{"kind":"authorize"}}', 1304441665, 0);
INSERT INTO epay.events VALUES ('100000004', 2, 0, '{"v":1,"at":1790000242000,"kind":"observed","observation":{"fact":{"kind":"authorized"},"source":"status"}}', 2955242401, 0);
INSERT INTO epay.events VALUES ('100000005', 1, 0, '{"v":1,"at":1790000301000,"kind":"asked","command":{"kind":"authorize"}}', 663694051, 0);
INSERT INTO epay.events VALUES ('100000005', 2, 0, '{"v":1,"at":1790000302000,"kind":"observed","observation":{"fact":{"kind":"approved"},"source":"reply"}}', 3074508125, 0);
INSERT INTO epay.events VALUES ('100000005', 3, 0, '{"v":1,"at":1790000303000,"kind":"observed","observation":{"fact":{"kind":"captured","captured":{"minor":500000,"currency":"KZT","exponent":2},"refunds":{"kind":"total","sum":{"minor":0,"currency":"KZT","exponent":2}}},"source":"status"}}', 1784197625, 0);
INSERT INTO epay.events VALUES ('100000006', 1, 0, '{"v":1,"at":1790000361000,"kind":"asked","command":{"kind":"authorize"}}', 640029911, 0);
INSERT INTO epay.events VALUES ('100000006', 2, 0, '{"v":1,"at":1790000362000,"kind":"observed","observation":{"fact":{"kind":"captured","captured":{"minor":500000,"currency":"KZT","exponent":2},"refunds":{"kind":"total","sum":{"minor":0,"currency":"KZT","exponent":2}}},"source":"reply"}}', 2240593323, 0);
INSERT INTO epay.events VALUES ('100000007', 1, 0, '{"v":1,"at":1790000421000,"kind":"asked","command":{"kind":"authorize"}}', 1236596929, 0);
INSERT INTO epay.events VALUES ('100000007', 2, 0, '{"v":1,"at":1790000422000,"kind":"observed","observation":{"fact":{"kind":"captured","captured":{"minor":500000,"currency":"KZT","exponent":2},"refunds":{"kind":"total","sum":{"minor":0,"currency":"KZT","exponent":2}}},"source":"status"}}', 1038076031, 0);
INSERT INTO epay.events VALUES ('100000007', 3, 0, '{"v":1,"at":1790000423000,"kind":"observed","observation":{"fact":{"kind":"captured","captured":{"minor":500000,"currency":"KZT","exponent":2},"refunds":{"kind":"total","sum":{"minor":500000,"currency":"KZT","exponent":2}}},"source":"status"}}', 3336777521, 0);
INSERT INTO epay.events VALUES ('100000008', 1, 0, '{"v":1,"at":1790000481000,"kind":"asked","command":{"kind":"authorize"}}', 4008043636, 0);
INSERT INTO epay.events VALUES ('100000008', 2, 0, '{"v":1,"at":1790000482000,"kind":"observed","observation":{"fact":{"kind":"authorized"},"source":"status"}}', 28741853, 0);
INSERT INTO epay.events VALUES ('100000008', 3, 0, '{"v":1,"at":1790000483000,"kind":"observed","observation":{"fact":{"kind":"voided","reason":"lapsed"},"source":"status"}}', 709070174, 0);
INSERT INTO epay.events VALUES ('100000009', 1, 0, '{"v":1,"at":1790000541000,"kind":"asked","command":{"kind":"authorize"}}', 3297604444, 0);
INSERT INTO epay.events VALUES ('100000009', 2, 0, '{"v":1,"at":1790000542000,"kind":"observed","observation":{"fact":{"kind":"declined","decline":{"code":484,"final":true}},"source":"status"}}', 1658711792, 0);
INSERT INTO epay.events VALUES ('100000010', 1, 0, '{"v":1,"at":1790000601000,"kind":"asked","command":{"kind":"authorize"}}', 2213941708, 0);
INSERT INTO epay.events VALUES ('100000010', 2, 0, '{"v":1,"at":1790000602000,"kind":"observed","observation":{"fact":{"kind":"verified"},"source":"status"}}', 435980548, 0);
INSERT INTO epay.events VALUES ('100000011', 1, 0, '{"v":1,"at":1790000661000,"kind":"closed","reason":{"kind":"never_asked"}}', 2984091411, 0);
INSERT INTO epay.events VALUES ('100000012', 1, 0, '{"v":1,"at":1790000721000,"kind":"asked","command":{"kind":"authorize"}}', 3893376602, 0);
INSERT INTO epay.events VALUES ('100000012', 2, 0, '{"v":1,"at":1790000722000,"kind":"observed","observation":{"fact":{"kind":"not_found"},"source":"status"}}', 2160383224, 0);
INSERT INTO epay.events VALUES ('100000012', 3, 0, '{"v":1,"at":1790000723000,"kind":"closed","reason":{"kind":"abandoned","not_found_window":86400000}}', 3891688845, 0);
INSERT INTO epay.events VALUES ('100000013', 1, 0, '{"v":1,"at":1790000781000,"kind":"asked","command":{"kind":"authorize"}}', 511684355, 0);
INSERT INTO epay.events VALUES ('100000013', 2, 0, '{"v":1,"at":1790000782000,"kind":"observed","observation":{"fact":{"kind":"captured","captured":{"minor":5000,"currency":"KZT","exponent":2},"refunds":{"kind":"total","sum":{"minor":0,"currency":"KZT","exponent":2}}},"source":"status"}}', 845954113, 0);
INSERT INTO epay.events VALUES ('100000014', 1, 0, '{"v":1,"at":1790000841000,"kind":"asked","command":{"kind":"authorize"}}', 1602336136, 0);
INSERT INTO epay.events VALUES ('100000014', 2, 0, '{"v":1,"at":1790000842000,"kind":"observed","observation":{"fact":{"kind":"captured","captured":{"minor":500000,"currency":"KZT","exponent":2},"refunds":{"kind":"total","sum":{"minor":0,"currency":"KZT","exponent":2}}},"source":"status"}}', 2693052400, 0);
INSERT INTO epay.events VALUES ('100000014', 3, 0, '{"v":1,"at":1790000843000,"kind":"asked","command":{"kind":"refund","step":"refund-1","sum":{"minor":1000,"currency":"KZT","exponent":2}}}', 2899637023, 0);
INSERT INTO epay.events VALUES ('100000014', 4, 0, '{"v":1,"at":1790000844000,"kind":"unanswered","question":{"kind":"step","step":"refund-1"}}', 4247163155, 0);
INSERT INTO epay.events VALUES ('100000015', 1, 0, '{"v":1,"at":1790000901000,"kind":"asked","command":{"kind":"authorize"}}', 902736938, 0);
INSERT INTO epay.events VALUES ('100000015', 2, 0, '{"v":1,"at":1790000902000,"kind":"observed","observation":{"fact":{"kind":"declined","decline":{"code":484,"final":true}},"source":"status"}}', 1925532318, 0);
INSERT INTO epay.numbers VALUES (1, 100000017, 100000017, 101000000);
INSERT INTO epay.orders VALUES ('order-1', '100000001', NULL);
INSERT INTO epay.orders VALUES ('order-2', '100000002', NULL);
INSERT INTO epay.orders VALUES ('order-3', '100000003', NULL);
INSERT INTO epay.orders VALUES ('order-4', '100000004', NULL);
INSERT INTO epay.orders VALUES ('order-5', '100000005', NULL);
INSERT INTO epay.orders VALUES ('order-6', '100000006', NULL);
INSERT INTO epay.orders VALUES ('order-7', '100000007', NULL);
INSERT INTO epay.orders VALUES ('order-8', '100000008', NULL);
INSERT INTO epay.orders VALUES ('order-10', '100000010', NULL);
INSERT INTO epay.orders VALUES ('order-11', '100000011', NULL);
INSERT INTO epay.orders VALUES ('order-12', '100000012', NULL);
INSERT INTO epay.orders VALUES ('order-13', '100000013', NULL);
INSERT INTO epay.orders VALUES ('order-14', '100000014', NULL);
INSERT INTO epay.orders VALUES ('order-9', '100000015', '100000009');
INSERT INTO epay.replays VALUES ('\x0707070707070707070707070707070707070707070707070707070707070707', '100000005');
INSERT INTO epay.tables VALUES (1, 1, 1);
ALTER TABLE ONLY epay.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (invoice);
ALTER TABLE ONLY epay.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (invoice, version, place);
ALTER TABLE ONLY epay.numbers
    ADD CONSTRAINT numbers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY epay.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (name);
ALTER TABLE ONLY epay.replays
    ADD CONSTRAINT replays_pkey PRIMARY KEY (key);
ALTER TABLE ONLY epay.tables
    ADD CONSTRAINT tables_pkey PRIMARY KEY (id);
CREATE INDEX attempts_next_check ON epay.attempts USING btree (terminal, check_class, next_check_at, invoice);
CREATE INDEX attempts_next_notify ON epay.attempts USING btree (terminal, next_notify_at, invoice);
CREATE INDEX attempts_opened ON epay.attempts USING btree (opened, invoice);
CREATE INDEX attempts_status ON epay.attempts USING btree (status, opened, invoice, open_since);
