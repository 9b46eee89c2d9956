-- Several API keys for each merchant. merchants.api_key_hash stays what the first one was; which
-- keys open anything, and what, is said here alone.

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    -- SHA-256 of the key.
    key_hash TEXT NOT NULL UNIQUE,
    -- Its last characters, for people; NULL where they were never kept.
    hint TEXT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);

CREATE INDEX api_keys_of_merchant ON api_keys (merchant_id, id) WHERE revoked_at IS NULL;

INSERT INTO api_keys (id, merchant_id, name, scope, key_hash, created_at)
SELECT 'key_' || substr(id, 5), id, 'First key', 'manage', api_key_hash, created_at
FROM merchants;

-- What a merchant says beforehand of time: seconds. NULL leaves the lifetime to the gateway.
ALTER TABLE merchants ADD COLUMN session_lifetime BIGINT;
ALTER TABLE merchants ADD COLUMN late_acceptance BIGINT NOT NULL DEFAULT 0
    CHECK (late_acceptance >= 0);

ALTER TABLE sessions ADD COLUMN late_acceptance_ms BIGINT NOT NULL DEFAULT 0
    CHECK (late_acceptance_ms >= 0);

-- Each line of the audit log vouches for those before it: their number, and a hash over the line and
-- the hash of the one before. NULL in lines that are older than this.
ALTER TABLE audit_log ADD COLUMN place BIGINT;
ALTER TABLE audit_log ADD COLUMN chain TEXT;

CREATE UNIQUE INDEX audit_log_places ON audit_log (place) WHERE place IS NOT NULL;
