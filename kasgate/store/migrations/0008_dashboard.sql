-- Who is signed in to the dashboard, and the audit log as one list.

CREATE TABLE dashboard_sessions (
    id TEXT PRIMARY KEY NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    -- SHA-256 of what the cookie carries.
    token_hash TEXT NOT NULL UNIQUE,
    -- Of the API key that it was opened with: it ends with that key.
    api_key_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    user_agent TEXT
);

CREATE INDEX dashboard_sessions_of_merchant ON dashboard_sessions (merchant_id, id);

CREATE INDEX audit_log_of_merchant ON audit_log (merchant_id, id);
