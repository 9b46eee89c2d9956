-- When each payment came, and what payments come to by that.

-- 0 in time, 1 out of time, but so soon after it that the merchant's terms take it, 2 too late. It
-- is judged once, when the network first accepted the payment (kasgate/payments.py).
ALTER TABLE payments ADD COLUMN timing BIGINT NOT NULL DEFAULT 0 CHECK (timing BETWEEN 0 AND 2);

-- What the mempool had shown may have been accepted a minute past the end.
UPDATE payments SET timing = CASE
        WHEN sessions.late_acceptance_ms > 0
            AND payments.accepted_at - sessions.expires_at <= sessions.late_acceptance_ms
        THEN 1 ELSE 2
    END
FROM sessions
WHERE sessions.id = payments.session_id
    AND (payments.late = 1 OR payments.accepted_at > sessions.expires_at + 60000);

-- In sompi, of payments that count; of those that came in time and were withdrawn since.
ALTER TABLE payment_sums ADD COLUMN in_time BIGINT NOT NULL DEFAULT 0 CHECK (in_time >= 0);
ALTER TABLE payment_sums ADD COLUMN soon BIGINT NOT NULL DEFAULT 0 CHECK (soon >= 0);
ALTER TABLE payment_sums ADD COLUMN in_time_withdrawn BIGINT NOT NULL DEFAULT 0
    CHECK (in_time_withdrawn >= 0);

UPDATE payment_sums SET
    in_time = sums.in_time,
    soon = sums.soon,
    in_time_withdrawn = CASE
        WHEN sums.high + sums.low / 1000000000 >= 2900000000 THEN 2900000000000000000
        ELSE sums.high * 1000000000 + sums.low
    END
FROM (
    SELECT
        session_id,
        coalesce(sum(amount) FILTER (WHERE state <> 'withdrawn' AND timing = 0), 0) AS in_time,
        coalesce(sum(amount) FILTER (WHERE state <> 'withdrawn' AND timing = 1), 0) AS soon,
        -- High and low halves by themselves, since what was withdrawn may exceed 64 bits.
        coalesce(sum(amount / 1000000000) FILTER (WHERE state = 'withdrawn' AND timing = 0), 0)
            AS high,
        coalesce(sum(amount % 1000000000) FILTER (WHERE state = 'withdrawn' AND timing = 0), 0)
            AS low
    FROM payments
    WHERE credited = 1 AND session_id IN (SELECT session_id FROM payment_sums)
    GROUP BY session_id
) AS sums
WHERE sums.session_id = payment_sums.session_id;
