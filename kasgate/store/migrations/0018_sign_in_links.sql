-- Unused one-time links to the dashboard.

CREATE TABLE sign_in_links (
    -- SHA-256 of what the link carries.
    token_hash TEXT PRIMARY KEY NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    -- Of the API key that the session will depend on.
    api_key_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sign_in_links_of_merchant ON sign_in_links (merchant_id, created_at);
