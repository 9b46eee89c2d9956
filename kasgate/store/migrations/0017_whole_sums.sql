-- A day's turnover may exceed 64 bits: the same coin may come twice. SQLite makes such a sum REAL,
-- for good. So it is kept in two whole numbers: what is below 10^18 sompi, and how often 10^18 is
-- in it. No step of the arithmetic below leaves 64 bits, and whatever did would not pass the checks.

DROP TRIGGER receipt_is_counted;
DROP TRIGGER receipt_is_taken_back;
DROP TABLE receipt_days;

CREATE TABLE receipt_days (
    merchant_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    payments BIGINT NOT NULL CHECK (payments BETWEEN 0 AND 9223372036854775807),
    -- In sompi: carried * 10^18 + amount.
    amount BIGINT NOT NULL CHECK (amount BETWEEN 0 AND 999999999999999999),
    carried BIGINT NOT NULL CHECK (carried BETWEEN 0 AND 9223372036854775807),
    PRIMARY KEY (merchant_id, day)
) WITHOUT ROWID;

-- From the receipts themselves, since a sum that had become REAL is wrong. High and low halves of
-- the amounts are summed by themselves: neither sum can overflow.
INSERT INTO receipt_days (merchant_id, day, payments, amount, carried)
SELECT merchant_id, day, payments,
    (high + low / 1000000000) % 1000000000 * 1000000000 + low % 1000000000,
    (high + low / 1000000000) / 1000000000
FROM (
    SELECT merchant_id, day, count(*) AS payments,
        sum(amount / 1000000000) AS high, sum(amount % 1000000000) AS low
    FROM receipts GROUP BY merchant_id, day
) AS halves
ORDER BY 1, 2;

CREATE TRIGGER receipt_is_counted AFTER INSERT ON receipts
BEGIN
    INSERT INTO receipt_days (merchant_id, day, payments, amount, carried)
    VALUES (NEW.merchant_id, NEW.day, 1,
        NEW.amount % 1000000000000000000, NEW.amount / 1000000000000000000)
    ON CONFLICT (merchant_id, day) DO UPDATE SET
        payments = receipt_days.payments + 1,
        amount = (receipt_days.amount + excluded.amount) % 1000000000000000000,
        carried = receipt_days.carried + excluded.carried
            + (receipt_days.amount + excluded.amount) / 1000000000000000000;
END;

-- One carried is lent to the difference, so that it is never below 0, and given back.
CREATE TRIGGER receipt_is_taken_back AFTER DELETE ON receipts
BEGIN
    UPDATE receipt_days SET
        payments = payments - 1,
        amount = (amount + 1000000000000000000 - OLD.amount % 1000000000000000000)
            % 1000000000000000000,
        carried = carried - 1 - OLD.amount / 1000000000000000000
            + (amount + 1000000000000000000 - OLD.amount % 1000000000000000000)
            / 1000000000000000000
    WHERE merchant_id = OLD.merchant_id AND day = OLD.day;
END;
