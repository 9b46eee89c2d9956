-- Payments of a session beyond those that are held in memory, and bodies of webhooks stored once.

-- What all payments of a session come to, for sessions with more of them than are held in memory:
-- the others are added up when they are read. Written with the session's state, in one transaction.
CREATE TABLE payment_sums (
    session_id TEXT PRIMARY KEY NOT NULL REFERENCES sessions (id),
    -- Amounts are of payments that count alone, in sompi.
    final BIGINT NOT NULL CHECK (final >= 0),
    late BIGINT NOT NULL CHECK (late >= 0),
    -- Accepted, and the output is where it ought to be.
    waiting BIGINT NOT NULL CHECK (waiting >= 0),
    waiting_amount BIGINT NOT NULL CHECK (waiting_amount >= 0),
    -- Accepted, and the output left the UTXO set.
    gone BIGINT NOT NULL CHECK (gone >= 0)
);

INSERT INTO payment_sums (session_id, final, late, waiting, waiting_amount, gone)
SELECT
    session_id,
    coalesce(sum(amount) FILTER (WHERE credited = 1 AND state = 'confirmed'), 0),
    count(*) FILTER (WHERE credited = 1 AND state <> 'withdrawn' AND late = 1),
    count(*) FILTER (
        WHERE state = 'accepted' AND missing_since IS NULL AND spent_evidence IS NULL
    ),
    coalesce(sum(amount) FILTER (
        WHERE credited = 1 AND state = 'accepted'
            AND missing_since IS NULL AND spent_evidence IS NULL
    ), 0),
    count(*) FILTER (
        WHERE state = 'accepted' AND (missing_since IS NOT NULL OR spent_evidence IS NOT NULL)
    )
FROM payments
WHERE session_id IN (
    -- What comes to the supply or more may leave 64 bits. It is added up when it is read.
    SELECT id FROM sessions WHERE payments_total > 200 AND received < 2900000000000000000
)
GROUP BY session_id;

-- Which of them is deep enough next, and of which it has to be found out where they went.
CREATE INDEX payments_waiting ON payments (session_id, block_daa_score)
WHERE state = 'accepted' AND missing_since IS NULL AND spent_evidence IS NULL;
CREATE INDEX payments_attested ON payments (session_id, block_daa_score)
WHERE attested = 1 AND state = 'accepted' AND missing_since IS NULL;
CREATE INDEX payments_gone ON payments (session_id, block_daa_score)
WHERE state = 'accepted' AND (missing_since IS NOT NULL OR spent_evidence IS NOT NULL);

-- A delivery's body is its event's.
ALTER TABLE webhook_logs DROP COLUMN payload;
