-- Calls that a merchant may repeat (contract.md §5), kept for a day.

CREATE TABLE idempotency_keys (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    idempotency_key TEXT NOT NULL,
    -- Hash of what was asked.
    fingerprint TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    -- What it made; the answer is made from it again.
    session_id TEXT REFERENCES sessions (id),
    -- Or the answer itself.
    status SMALLINT,
    answer TEXT,
    PRIMARY KEY (merchant_id, idempotency_key)
);

-- Forgetting the old ones.
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (made_at);
