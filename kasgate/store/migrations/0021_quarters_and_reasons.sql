-- Figures by the quarter of an hour, for days of any time zone, and lists by the reason why a session
-- needs attention. SQLite's dialect: WITHOUT ROWID and triggers.

-- In place of the index by time alone: a list of some reasons, or of all, merges those of their
-- combinations, of which there are fifteen at most (kasgate/sessions/attention.py).
-- SQLite would use a condition by > for the search, and then sort.
DROP INDEX sessions_attention;
CREATE INDEX sessions_attention ON sessions (merchant_id, attention, created_at, id)
WHERE attention <> 0;

-- As session_days. A quarter is a number: unix milliseconds divided by 900,000. Every time zone's day
-- consists of whole ones.
CREATE TABLE session_quarters (
    merchant_id TEXT NOT NULL,
    quarter BIGINT NOT NULL,
    status TEXT NOT NULL,
    sessions BIGINT NOT NULL CHECK (sessions >= 0),
    PRIMARY KEY (merchant_id, quarter, status)
) WITHOUT ROWID;

INSERT INTO session_quarters (merchant_id, quarter, status, sessions)
SELECT merchant_id, created_at / 900000, status, count(*) FROM sessions GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;

CREATE TRIGGER session_is_counted_by_quarter AFTER INSERT ON sessions
BEGIN
    INSERT INTO session_quarters (merchant_id, quarter, status, sessions)
    VALUES (NEW.merchant_id, NEW.created_at / 900000, NEW.status, 1)
    ON CONFLICT (merchant_id, quarter, status) DO UPDATE SET sessions = sessions + 1;
END;

CREATE TRIGGER session_is_recounted_by_quarter AFTER UPDATE OF status ON sessions
WHEN NEW.status <> OLD.status
BEGIN
    UPDATE session_quarters SET sessions = sessions - 1
    WHERE merchant_id = OLD.merchant_id AND quarter = OLD.created_at / 900000
        AND status = OLD.status;
    INSERT INTO session_quarters (merchant_id, quarter, status, sessions)
    VALUES (NEW.merchant_id, NEW.created_at / 900000, NEW.status, 1)
    ON CONFLICT (merchant_id, quarter, status) DO UPDATE SET sessions = sessions + 1;
END;

-- As receipt_days. High and low halves of the amounts are summed by themselves: neither sum leaves
-- 64 bits.
CREATE TABLE receipt_quarters (
    merchant_id TEXT NOT NULL,
    quarter BIGINT NOT NULL,
    payments BIGINT NOT NULL CHECK (payments >= 0),
    -- In sompi: high * 10^9 + low.
    high BIGINT NOT NULL CHECK (high >= 0),
    low BIGINT NOT NULL CHECK (low >= 0),
    PRIMARY KEY (merchant_id, quarter)
) WITHOUT ROWID;

INSERT INTO receipt_quarters (merchant_id, quarter, payments, high, low)
SELECT sessions.merchant_id, payments.accepted_at / 900000, count(*),
    sum(payments.amount / 1000000000), sum(payments.amount % 1000000000)
FROM payments JOIN sessions ON sessions.id = payments.session_id
WHERE payments.credited = 1 AND payments.state <> 'withdrawn'
GROUP BY 1, 2
ORDER BY 1, 2;

CREATE TRIGGER payment_is_received_by_quarter AFTER INSERT ON payments
WHEN NEW.credited = 1 AND NEW.state <> 'withdrawn'
BEGIN
    INSERT INTO receipt_quarters (merchant_id, quarter, payments, high, low)
    SELECT merchant_id, NEW.accepted_at / 900000, 1,
        NEW.amount / 1000000000, NEW.amount % 1000000000
    FROM sessions WHERE id = NEW.session_id
    ON CONFLICT (merchant_id, quarter) DO UPDATE SET
        payments = payments + 1, high = high + excluded.high, low = low + excluded.low;
END;

CREATE TRIGGER payment_is_taken_back_by_quarter
AFTER UPDATE OF state, credited, amount, accepted_at ON payments
WHEN OLD.credited = 1 AND OLD.state <> 'withdrawn' AND (
    NEW.credited <> 1 OR NEW.state = 'withdrawn' OR NEW.amount <> OLD.amount
    OR NEW.accepted_at / 900000 <> OLD.accepted_at / 900000
)
BEGIN
    UPDATE receipt_quarters SET payments = payments - 1,
        high = high - OLD.amount / 1000000000, low = low - OLD.amount % 1000000000
    WHERE merchant_id = (SELECT merchant_id FROM sessions WHERE id = OLD.session_id)
        AND quarter = OLD.accepted_at / 900000;
END;

CREATE TRIGGER payment_is_received_again_by_quarter
AFTER UPDATE OF state, credited, amount, accepted_at ON payments
WHEN NEW.credited = 1 AND NEW.state <> 'withdrawn' AND (
    OLD.credited <> 1 OR OLD.state = 'withdrawn' OR NEW.amount <> OLD.amount
    OR NEW.accepted_at / 900000 <> OLD.accepted_at / 900000
)
BEGIN
    INSERT INTO receipt_quarters (merchant_id, quarter, payments, high, low)
    SELECT merchant_id, NEW.accepted_at / 900000, 1,
        NEW.amount / 1000000000, NEW.amount % 1000000000
    FROM sessions WHERE id = NEW.session_id
    ON CONFLICT (merchant_id, quarter) DO UPDATE SET
        payments = payments + 1, high = high + excluded.high, low = low + excluded.low;
END;
