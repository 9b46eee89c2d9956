-- Lists, search, statistics and the event log. SQLite's dialect: WITHOUT ROWID and triggers.
--
-- The figures are kept by triggers, so in the same transaction as the row that they count, whoever
-- writes it. A day is a number: unix milliseconds divided by 86,400,000, in UTC.

-- A list of all statuses merges theirs: every index more costs each new session some microseconds.
CREATE INDEX sessions_by_status ON sessions (merchant_id, status, created_at, id);
CREATE INDEX sessions_by_order ON sessions (merchant_id, order_id, created_at, id)
WHERE order_id IS NOT NULL;

-- The words of order ids and metadata, which never change: see kasgate/search.py.
CREATE TABLE session_words (
    merchant_id TEXT NOT NULL,
    word TEXT NOT NULL,
    -- The session's creation time, so that matches are put in order without reading sessions.
    created_at BIGINT NOT NULL,
    session_id TEXT NOT NULL,
    PRIMARY KEY (merchant_id, word, created_at, session_id)
) WITHOUT ROWID;

INSERT INTO session_words (merchant_id, word, created_at, session_id)
SELECT sessions.merchant_id, words.value, sessions.created_at, sessions.id
FROM sessions, json_each(search_words(sessions.order_id, sessions.metadata)) AS words
ORDER BY 1, 2, 3, 4;

-- How many sessions that were created on a day stand where.
CREATE TABLE session_days (
    merchant_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    status TEXT NOT NULL,
    sessions BIGINT NOT NULL CHECK (sessions >= 0),
    PRIMARY KEY (merchant_id, day, status)
) WITHOUT ROWID;

INSERT INTO session_days (merchant_id, day, status, sessions)
SELECT merchant_id, created_at / 86400000, status, count(*) FROM sessions GROUP BY 1, 2, 3;

CREATE TRIGGER session_is_counted AFTER INSERT ON sessions
BEGIN
    INSERT INTO session_days (merchant_id, day, status, sessions)
    VALUES (NEW.merchant_id, NEW.created_at / 86400000, NEW.status, 1)
    ON CONFLICT (merchant_id, day, status) DO UPDATE SET sessions = sessions + 1;
END;

CREATE TRIGGER session_is_recounted AFTER UPDATE OF status ON sessions
WHEN NEW.status <> OLD.status
BEGIN
    UPDATE session_days SET sessions = sessions - 1
    WHERE merchant_id = OLD.merchant_id AND day = OLD.created_at / 86400000
        AND status = OLD.status;
    INSERT INTO session_days (merchant_id, day, status, sessions)
    VALUES (NEW.merchant_id, NEW.created_at / 86400000, NEW.status, 1)
    ON CONFLICT (merchant_id, day, status) DO UPDATE SET sessions = sessions + 1;
END;

-- The payments that count as received, by the day on which the network accepted them.
CREATE TABLE receipts (
    merchant_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    tx_id TEXT NOT NULL,
    output_index BIGINT NOT NULL,
    session_id TEXT NOT NULL,
    PRIMARY KEY (merchant_id, day, amount, tx_id, output_index)
) WITHOUT ROWID;

CREATE TABLE receipt_days (
    merchant_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    payments BIGINT NOT NULL CHECK (payments >= 0),
    amount BIGINT NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (merchant_id, day)
) WITHOUT ROWID;

CREATE TRIGGER receipt_is_counted AFTER INSERT ON receipts
BEGIN
    INSERT INTO receipt_days (merchant_id, day, payments, amount)
    VALUES (NEW.merchant_id, NEW.day, 1, NEW.amount)
    ON CONFLICT (merchant_id, day) DO UPDATE
    SET payments = payments + 1, amount = amount + excluded.amount;
END;

CREATE TRIGGER receipt_is_taken_back AFTER DELETE ON receipts
BEGIN
    UPDATE receipt_days SET payments = payments - 1, amount = amount - OLD.amount
    WHERE merchant_id = OLD.merchant_id AND day = OLD.day;
END;

INSERT INTO receipts (merchant_id, day, amount, tx_id, output_index, session_id)
SELECT sessions.merchant_id, payments.accepted_at / 86400000, payments.amount, payments.tx_id,
    payments.output_index, payments.session_id
FROM payments JOIN sessions ON sessions.id = payments.session_id
WHERE payments.credited = 1 AND payments.state <> 'withdrawn'
ORDER BY 1, 2, 3, 4, 5;

CREATE TRIGGER payment_is_received AFTER INSERT ON payments
WHEN NEW.credited = 1 AND NEW.state <> 'withdrawn'
BEGIN
    INSERT INTO receipts (merchant_id, day, amount, tx_id, output_index, session_id)
    SELECT merchant_id, NEW.accepted_at / 86400000, NEW.amount, NEW.tx_id, NEW.output_index, id
    FROM sessions WHERE id = NEW.session_id;
END;

CREATE TRIGGER payment_is_taken_back
AFTER UPDATE OF state, credited, amount, accepted_at ON payments
WHEN OLD.credited = 1 AND OLD.state <> 'withdrawn' AND (
    NEW.credited <> 1 OR NEW.state = 'withdrawn' OR NEW.amount <> OLD.amount
    OR NEW.accepted_at / 86400000 <> OLD.accepted_at / 86400000
)
BEGIN
    DELETE FROM receipts
    WHERE merchant_id = (SELECT merchant_id FROM sessions WHERE id = OLD.session_id)
        AND day = OLD.accepted_at / 86400000 AND amount = OLD.amount
        AND tx_id = OLD.tx_id AND output_index = OLD.output_index;
END;

CREATE TRIGGER payment_is_received_again
AFTER UPDATE OF state, credited, amount, accepted_at ON payments
WHEN NEW.credited = 1 AND NEW.state <> 'withdrawn' AND (
    OLD.credited <> 1 OR OLD.state = 'withdrawn' OR NEW.amount <> OLD.amount
    OR NEW.accepted_at / 86400000 <> OLD.accepted_at / 86400000
)
BEGIN
    INSERT INTO receipts (merchant_id, day, amount, tx_id, output_index, session_id)
    SELECT merchant_id, NEW.accepted_at / 86400000, NEW.amount, NEW.tx_id, NEW.output_index, id
    FROM sessions WHERE id = NEW.session_id;
END;

-- The place of an event in its merchant's log, from 1, in the order of commits. Ids are made before
-- the commit, so their order is not that of commits; places are given by the one who holds the
-- database's write lock.
DROP TRIGGER events_are_not_changed;

ALTER TABLE events ADD COLUMN place BIGINT NOT NULL DEFAULT 0;

UPDATE events SET place = numbered.place
FROM (
    SELECT id, row_number() OVER (PARTITION BY merchant_id ORDER BY rowid) AS place FROM events
) AS numbered
WHERE numbered.id = events.id;

CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE UNIQUE INDEX events_of_merchant ON events (merchant_id, place);

-- The log of webhooks, newest first by id; lists of more than one event or state merge theirs.
CREATE INDEX webhook_logs_of_merchant ON webhook_logs (merchant_id, event, state, id);

-- The webhook secret before the present one, sealed: it signs too until a unix time in milliseconds.
ALTER TABLE merchants ADD COLUMN previous_webhook_secret TEXT;
ALTER TABLE merchants ADD COLUMN previous_secret_until BIGINT;
