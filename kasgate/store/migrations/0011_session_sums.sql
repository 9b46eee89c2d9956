-- What was received for a session, beside it: lists, filters and exports read it without adding up
-- payments. It is written with the session's state, in the same statement.
--
-- It is no more than the supply, as it is where it is written: see kasgate/store/rows.py. High and
-- low halves of the amounts are summed by themselves, since a sum of amounts may exceed 64 bits.

ALTER TABLE sessions ADD COLUMN received BIGINT NOT NULL DEFAULT 0;
-- "none", "partial", "exact" or "over": received against amount.
ALTER TABLE sessions ADD COLUMN paid_state TEXT NOT NULL DEFAULT 'none';
-- Whether money that counts arrived after the session had expired or failed.
ALTER TABLE sessions ADD COLUMN late SMALLINT NOT NULL DEFAULT 0;
-- All payments, those that count and those that do not.
ALTER TABLE sessions ADD COLUMN payments_total BIGINT NOT NULL DEFAULT 0;

UPDATE sessions SET
    received = sums.received,
    paid_state = CASE
        WHEN sums.received = 0 THEN 'none'
        WHEN sums.received < sessions.amount THEN 'partial'
        WHEN sums.received = sessions.amount THEN 'exact'
        ELSE 'over'
    END,
    late = sums.late,
    payments_total = sums.payments_total
FROM (
    SELECT session_id, late, payments_total, CASE
            WHEN high + low / 1000000000 >= 2900000000 THEN 2900000000000000000
            ELSE high * 1000000000 + low
        END AS received
    FROM (
        SELECT session_id,
            coalesce(
                sum(amount / 1000000000) FILTER (WHERE credited = 1 AND state <> 'withdrawn'), 0
            ) AS high,
            coalesce(
                sum(amount % 1000000000) FILTER (WHERE credited = 1 AND state <> 'withdrawn'), 0
            ) AS low,
            coalesce(max(late) FILTER (WHERE credited = 1 AND state <> 'withdrawn'), 0) AS late,
            count(*) AS payments_total
        FROM payments GROUP BY session_id
    ) AS halves
) AS sums
WHERE sums.session_id = sessions.id;
