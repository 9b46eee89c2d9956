-- What merchants decide: by hand about a session, and beforehand by their policy.

-- NULL leaves it to the gateway's own number.
ALTER TABLE merchants ADD COLUMN required_confirmations BIGINT;
-- A JSON array of [below in sompi or null, confirmations]; NULL for none.
ALTER TABLE merchants ADD COLUMN confirmation_tiers TEXT;
ALTER TABLE merchants ADD COLUMN underpayment_tolerance BIGINT NOT NULL DEFAULT 0
    CHECK (underpayment_tolerance >= 0);
-- A JSON array of origins; NULL for none.
ALTER TABLE merchants ADD COLUMN embed_origins TEXT;

ALTER TABLE sessions ADD COLUMN tolerance BIGINT NOT NULL DEFAULT 0
    CHECK (tolerance >= 0);
ALTER TABLE sessions ADD COLUMN needs_attestation SMALLINT NOT NULL DEFAULT 0
    CHECK (needs_attestation IN (0, 1));
-- A JSON object: the price in another currency that the amount was made from.
ALTER TABLE sessions ADD COLUMN fiat TEXT;

ALTER TABLE payments ADD COLUMN attested SMALLINT NOT NULL DEFAULT 0
    CHECK (attested IN (0, 1));

-- What people did, by whose hand and why.
CREATE TABLE audit_log (
    id TEXT PRIMARY KEY NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    session_id TEXT REFERENCES sessions (id),
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    note TEXT,
    -- A JSON object.
    details TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX audit_log_of_session ON audit_log (session_id, id);
