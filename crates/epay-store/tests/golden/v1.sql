-- A log as version 1 of the tables has it. It is never made anew.
PRAGMA application_id = 1699766649;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE attempts (
    invoice          TEXT NOT NULL PRIMARY KEY,
    order_name       TEXT NOT NULL,
    terminal         TEXT NOT NULL,
    ordered          TEXT NOT NULL,    -- minor units as decimal text: INTEGER has no room for all
    currency         TEXT NOT NULL,
    exponent         INTEGER NOT NULL,
    opened           INTEGER NOT NULL, -- Unix milliseconds, like all times here
    previous         TEXT,             -- the order's attempt before this one
    tag              TEXT,             -- what tells its operation from all others, in hexadecimal
    opening_checksum INTEGER NOT NULL, -- CRC-32 of the columns above, which never change
    version          INTEGER NOT NULL, -- one more with each append and each claim
    events           INTEGER NOT NULL, -- how many there are
    next_check_at    INTEGER,          -- when the bank is to be asked; NULL for never
    check_class      INTEGER NOT NULL, -- whose checks come first: 0 unknown money, 1 settled
    next_notify_at   INTEGER,          -- when the shop is to be notified; NULL for never
    last_check_at    INTEGER,          -- when the bank was asked last
    leased_until     INTEGER           -- until when one caller has it
) STRICT, WITHOUT ROWID;
INSERT INTO "attempts" VALUES('100000001','order-1','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000060000,NULL,NULL,4108592443,0,0,NULL,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000002','order-2','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000120000,NULL,NULL,2166702823,2,2,1790003720000,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000003','order-3','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000180000,NULL,NULL,4221204275,2,2,1790003780000,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000004','order-4','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000240000,NULL,NULL,1750502190,2,2,1790003840000,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000005','order-5','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000300000,NULL,NULL,270055563,3,3,1790003900000,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000006','order-6','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000360000,NULL,NULL,814206057,2,2,1790003960000,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000007','order-7','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000420000,NULL,NULL,1003718214,3,3,1790004020000,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000008','order-8','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000480000,NULL,NULL,1639980797,3,3,1790004080000,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000009','order-9','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000540000,NULL,NULL,3396024045,2,2,1790004140000,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000010','order-10','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000600000,NULL,NULL,562127251,2,2,1790004200000,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000011','order-11','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000660000,NULL,NULL,1128050476,1,1,NULL,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000012','order-12','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000720000,NULL,NULL,3859544732,3,3,1790004320000,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000013','order-13','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000780000,NULL,NULL,3541639532,2,2,1790004380000,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000014','order-14','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000840000,NULL,NULL,2479989464,4,4,1790004440000,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000015','order-9','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000900000,'100000009',NULL,740183562,2,2,1790004500000,0,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES('100000016','order-16','67e34d63-102f-4bd1-898e-370781d0074d','500000','KZT',2,1790000960000,NULL,NULL,1415264727,2,2,1790004560000,0,NULL,NULL,NULL);
CREATE TABLE events (
    invoice  TEXT NOT NULL,
    version  INTEGER NOT NULL, -- the version that its append has made
    place    INTEGER NOT NULL, -- within the append, from 0
    record   TEXT NOT NULL,
    checksum INTEGER NOT NULL, -- CRC-32 of the columns above
    PRIMARY KEY (invoice, version, place)
) STRICT, WITHOUT ROWID;
INSERT INTO "events" VALUES('100000002',1,0,'{"v":1,"at":1790000121000,"kind":"asked","command":{"kind":"authorize"}}',4058668027);
INSERT INTO "events" VALUES('100000002',2,0,'{"v":1,"at":1790000122000,"kind":"unanswered"}',1891403987);
INSERT INTO "events" VALUES('100000003',1,0,'{"v":1,"at":1790000181000,"kind":"asked","command":{"kind":"authorize"}}',126206626);
INSERT INTO "events" VALUES('100000003',2,0,'{"v":1,"at":1790000182000,"kind":"observed","observation":{"fact":{"kind":"three_ds_required","action":"https://acs.example/pareq","pa_req":"eJxVUt1u+/=","md":"17"},"source":"reply"}}',1198545242);
INSERT INTO "events" VALUES('100000004',1,0,'{"v":1,"at":1790000241000,"kind":"asked","command":{"kind":"authorize"}}',1304441665);
INSERT INTO "events" VALUES('100000004',2,0,'{"v":1,"at":1790000242000,"kind":"observed","observation":{"fact":{"kind":"authorized"},"source":"status"}}',2955242401);
INSERT INTO "events" VALUES('100000005',1,0,'{"v":1,"at":1790000301000,"kind":"asked","command":{"kind":"authorize"}}',663694051);
INSERT INTO "events" VALUES('100000005',2,0,'{"v":1,"at":1790000302000,"kind":"observed","observation":{"fact":{"kind":"approved"},"source":"reply"}}',3074508125);
INSERT INTO "events" VALUES('100000005',3,0,'{"v":1,"at":1790000303000,"kind":"observed","observation":{"fact":{"kind":"captured","captured":{"minor":500000,"currency":"KZT","exponent":2},"refunds":{"kind":"total","sum":{"minor":0,"currency":"KZT","exponent":2}}},"source":"status"}}',1784197625);
INSERT INTO "events" VALUES('100000006',1,0,'{"v":1,"at":1790000361000,"kind":"asked","command":{"kind":"authorize"}}',640029911);
INSERT INTO "events" VALUES('100000006',2,0,'{"v":1,"at":1790000362000,"kind":"observed","observation":{"fact":{"kind":"captured","captured":{"minor":500000,"currency":"KZT","exponent":2},"refunds":{"kind":"total","sum":{"minor":0,"currency":"KZT","exponent":2}}},"source":"reply"}}',2240593323);
INSERT INTO "events" VALUES('100000007',1,0,'{"v":1,"at":1790000421000,"kind":"asked","command":{"kind":"authorize"}}',1236596929);
INSERT INTO "events" VALUES('100000007',2,0,'{"v":1,"at":1790000422000,"kind":"observed","observation":{"fact":{"kind":"captured","captured":{"minor":500000,"currency":"KZT","exponent":2},"refunds":{"kind":"total","sum":{"minor":0,"currency":"KZT","exponent":2}}},"source":"status"}}',1038076031);
INSERT INTO "events" VALUES('100000007',3,0,'{"v":1,"at":1790000423000,"kind":"observed","observation":{"fact":{"kind":"captured","captured":{"minor":500000,"currency":"KZT","exponent":2},"refunds":{"kind":"total","sum":{"minor":500000,"currency":"KZT","exponent":2}}},"source":"status"}}',3336777521);
INSERT INTO "events" VALUES('100000008',1,0,'{"v":1,"at":1790000481000,"kind":"asked","command":{"kind":"authorize"}}',4008043636);
INSERT INTO "events" VALUES('100000008',2,0,'{"v":1,"at":1790000482000,"kind":"observed","observation":{"fact":{"kind":"authorized"},"source":"status"}}',28741853);
INSERT INTO "events" VALUES('100000008',3,0,'{"v":1,"at":1790000483000,"kind":"observed","observation":{"fact":{"kind":"voided","reason":"lapsed"},"source":"status"}}',709070174);
INSERT INTO "events" VALUES('100000009',1,0,'{"v":1,"at":1790000541000,"kind":"asked","command":{"kind":"authorize"}}',3297604444);
INSERT INTO "events" VALUES('100000009',2,0,'{"v":1,"at":1790000542000,"kind":"observed","observation":{"fact":{"kind":"declined","decline":{"code":484,"final":true}},"source":"status"}}',1658711792);
INSERT INTO "events" VALUES('100000010',1,0,'{"v":1,"at":1790000601000,"kind":"asked","command":{"kind":"authorize"}}',2213941708);
INSERT INTO "events" VALUES('100000010',2,0,'{"v":1,"at":1790000602000,"kind":"observed","observation":{"fact":{"kind":"verified"},"source":"status"}}',435980548);
INSERT INTO "events" VALUES('100000011',1,0,'{"v":1,"at":1790000661000,"kind":"closed","reason":{"kind":"never_asked"}}',2984091411);
INSERT INTO "events" VALUES('100000012',1,0,'{"v":1,"at":1790000721000,"kind":"asked","command":{"kind":"authorize"}}',3893376602);
INSERT INTO "events" VALUES('100000012',2,0,'{"v":1,"at":1790000722000,"kind":"observed","observation":{"fact":{"kind":"not_found"},"source":"status"}}',2160383224);
INSERT INTO "events" VALUES('100000012',3,0,'{"v":1,"at":1790000723000,"kind":"closed","reason":{"kind":"abandoned","not_found_window":86400000}}',3891688845);
INSERT INTO "events" VALUES('100000013',1,0,'{"v":1,"at":1790000781000,"kind":"asked","command":{"kind":"authorize"}}',511684355);
INSERT INTO "events" VALUES('100000013',2,0,'{"v":1,"at":1790000782000,"kind":"observed","observation":{"fact":{"kind":"captured","captured":{"minor":5000,"currency":"KZT","exponent":2},"refunds":{"kind":"total","sum":{"minor":0,"currency":"KZT","exponent":2}}},"source":"status"}}',845954113);
INSERT INTO "events" VALUES('100000014',1,0,'{"v":1,"at":1790000841000,"kind":"asked","command":{"kind":"authorize"}}',1602336136);
INSERT INTO "events" VALUES('100000014',2,0,'{"v":1,"at":1790000842000,"kind":"observed","observation":{"fact":{"kind":"captured","captured":{"minor":500000,"currency":"KZT","exponent":2},"refunds":{"kind":"total","sum":{"minor":0,"currency":"KZT","exponent":2}}},"source":"status"}}',2693052400);
INSERT INTO "events" VALUES('100000014',3,0,'{"v":1,"at":1790000843000,"kind":"asked","command":{"kind":"refund","step":"refund-1","sum":{"minor":1000,"currency":"KZT","exponent":2}}}',2899637023);
INSERT INTO "events" VALUES('100000014',4,0,'{"v":1,"at":1790000844000,"kind":"unanswered","question":{"kind":"step","step":"refund-1"}}',4247163155);
INSERT INTO "events" VALUES('100000015',1,0,'{"v":1,"at":1790000901000,"kind":"asked","command":{"kind":"authorize"}}',902736938);
INSERT INTO "events" VALUES('100000015',2,0,'{"v":1,"at":1790000902000,"kind":"observed","observation":{"fact":{"kind":"declined","decline":{"code":484,"final":true}},"source":"status"}}',1925532318);
INSERT INTO "events" VALUES('100000016',1,0,'{"v":1,"at":1790000961000,"kind":"asked","command":{"kind":"authorize"}}',879202847);
INSERT INTO "events" VALUES('100000016',2,0,'{"v":1,"at":1790000962000,"kind":"observed","observation":{"fact":{"kind":"authorized"},"source":"status"}}',2616431961);
CREATE TABLE numbers (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    next TEXT,         -- NULL when the range has run out
    last TEXT NOT NULL
) STRICT;
INSERT INTO "numbers" VALUES(1,'100000017','101000000');
CREATE TABLE orders (
    name    TEXT NOT NULL PRIMARY KEY,
    invoice TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "orders" VALUES('order-1','100000001');
INSERT INTO "orders" VALUES('order-10','100000010');
INSERT INTO "orders" VALUES('order-11','100000011');
INSERT INTO "orders" VALUES('order-12','100000012');
INSERT INTO "orders" VALUES('order-13','100000013');
INSERT INTO "orders" VALUES('order-14','100000014');
INSERT INTO "orders" VALUES('order-16','100000016');
INSERT INTO "orders" VALUES('order-2','100000002');
INSERT INTO "orders" VALUES('order-3','100000003');
INSERT INTO "orders" VALUES('order-4','100000004');
INSERT INTO "orders" VALUES('order-5','100000005');
INSERT INTO "orders" VALUES('order-6','100000006');
INSERT INTO "orders" VALUES('order-7','100000007');
INSERT INTO "orders" VALUES('order-8','100000008');
INSERT INTO "orders" VALUES('order-9','100000015');
CREATE TABLE replays (
    key     BLOB NOT NULL PRIMARY KEY,
    invoice TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "replays" VALUES(X'0707070707070707070707070707070707070707070707070707070707070707','100000005');
CREATE INDEX attempts_next_check
    ON attempts (terminal, check_class, next_check_at, invoice, leased_until)
    WHERE next_check_at IS NOT NULL;
CREATE INDEX attempts_next_notify
    ON attempts (terminal, next_notify_at, invoice, leased_until)
    WHERE next_notify_at IS NOT NULL;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
    WHEN NEW.invoice IS NOT OLD.invoice
        OR NEW.version IS NOT OLD.version
        OR NEW.place IS NOT OLD.place
        OR instr(NEW.record, '"erased":true') = 0
    BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
COMMIT;
