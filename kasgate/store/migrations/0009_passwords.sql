-- Signing in to the dashboard with a password and a second factor.

CREATE TABLE password_logins (
    merchant_id TEXT PRIMARY KEY NOT NULL REFERENCES merchants (id),
    login TEXT NOT NULL UNIQUE,
    -- Argon2id, in the PHC string format.
    password_hash TEXT NOT NULL,
    -- Sealed.
    totp_secret TEXT NOT NULL,
    -- The latest time step whose code was used.
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
    merchant_id TEXT NOT NULL REFERENCES password_logins (merchant_id) ON DELETE CASCADE,
    -- SHA-256; the row goes when the code is used.
    code_hash TEXT NOT NULL,
    PRIMARY KEY (merchant_id, code_hash)
);

-- The same table as before, but that it may have been opened without an API key (NULL), and until
-- when its person has just shown password and code.
CREATE TABLE dashboard_sessions_now (
    id TEXT PRIMARY KEY NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    token_hash TEXT NOT NULL UNIQUE,
    api_key_hash TEXT,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    user_agent TEXT,
    fresh_until BIGINT
);

INSERT INTO dashboard_sessions_now
SELECT id, merchant_id, token_hash, api_key_hash, created_at, last_seen_at, user_agent, NULL
FROM dashboard_sessions;

DROP TABLE dashboard_sessions;

ALTER TABLE dashboard_sessions_now RENAME TO dashboard_sessions;

CREATE INDEX dashboard_sessions_of_merchant ON dashboard_sessions (merchant_id, id);
