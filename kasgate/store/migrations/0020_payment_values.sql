-- The merchant's display currency, and what each payment was worth in it when it was first credited.
-- SQLite's dialect: WITHOUT ROWID.

-- NULL shows no currency beside KAS.
ALTER TABLE merchants ADD COLUMN display_currency TEXT;

-- All NULL, or none: what is not known is not made up later. They are written with the payment and
-- never change.
ALTER TABLE payments ADD COLUMN value_currency TEXT;
-- The price of one KAS, in plain digits.
ALTER TABLE payments ADD COLUMN value_rate TEXT;
-- In the smallest units of the currency.
ALTER TABLE payments ADD COLUMN value_minor BIGINT
    CHECK (value_minor BETWEEN 0 AND 999999999999999999);
-- The rate is at least as new as this; unix milliseconds.
ALTER TABLE payments ADD COLUMN value_at BIGINT;

-- Values of payments that count as received, by the quarter of an hour in which the network accepted
-- them: unix milliseconds divided by 900,000. Every time zone's day consists of whole ones. Payments
-- without a value are the difference to receipt_days. Kept by kasgate/store/queries/value_counters.py
-- and not by triggers, which would cost payments without a value some time too.
CREATE TABLE receipt_values (
    merchant_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    quarter BIGINT NOT NULL,
    payments BIGINT NOT NULL CHECK (payments >= 0),
    -- The sum is high * 10^9 + low. Each half is a sum by itself, so that neither leaves 64 bits.
    high BIGINT NOT NULL CHECK (high >= 0),
    low BIGINT NOT NULL CHECK (low >= 0),
    PRIMARY KEY (merchant_id, currency, quarter)
) WITHOUT ROWID;
