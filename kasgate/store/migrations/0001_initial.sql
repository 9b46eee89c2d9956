-- Plain SQL that PostgreSQL reads as well. Times are unix milliseconds, amounts are sompi,
-- flags are 0 or 1. What comes out of the vault is marked "sealed".

CREATE TABLE merchants (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    email TEXT UNIQUE,
    -- Sealed, as the merchant wrote it.
    xpub TEXT NOT NULL,
    -- Fingerprint of the same key: the one new addresses come from.
    account_key TEXT NOT NULL,
    api_key_hash TEXT NOT NULL UNIQUE,
    webhook_url TEXT,
    -- Sealed.
    webhook_secret TEXT NOT NULL,
    -- That of the present account key.
    next_address_index BIGINT NOT NULL CHECK (next_address_index >= 0),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Every key that a merchant ever used, with the index it goes on at. A key that was retired stays
-- with its merchant, since its addresses have been shown to shoppers.
CREATE TABLE account_keys (
    fingerprint TEXT PRIMARY KEY NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    -- Sealed.
    xpub TEXT NOT NULL,
    next_address_index BIGINT NOT NULL CHECK (next_address_index >= 0),
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    account_key TEXT NOT NULL REFERENCES account_keys (fingerprint),
    address TEXT NOT NULL UNIQUE,
    address_index BIGINT NOT NULL CHECK (address_index >= 0),
    amount BIGINT NOT NULL CHECK (amount > 0),
    required_confirmations BIGINT NOT NULL CHECK (required_confirmations > 0),
    status TEXT NOT NULL,
    -- Whether it needs an actor: open, or with a payment that is not settled.
    active SMALLINT NOT NULL CHECK (active IN (0, 1)),
    cancelled SMALLINT NOT NULL CHECK (cancelled IN (0, 1)),
    tx_id TEXT,
    -- The required number once confirmed, else 0: progress is derived from scores, never stored.
    confirmations BIGINT NOT NULL,
    order_id TEXT,
    -- A JSON object of strings.
    metadata TEXT,
    redirect_url TEXT,
    subscription_token TEXT NOT NULL,
    created_daa_score BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    paid_at BIGINT,
    confirmed_at BIGINT,
    closed_at BIGINT,
    version BIGINT NOT NULL,
    UNIQUE (account_key, address_index)
);

-- Loading the actors at a start.
CREATE INDEX sessions_active ON sessions (id) WHERE active = 1;

-- Loading the late watches at a start, without touching the table.
CREATE INDEX sessions_late ON sessions (id, closed_at, address) WHERE active = 0;

-- An outpoint pays one session, once.
CREATE TABLE payments (
    tx_id TEXT NOT NULL,
    output_index BIGINT NOT NULL CHECK (output_index >= 0),
    session_id TEXT NOT NULL REFERENCES sessions (id),
    position BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    block_daa_score BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    accepted_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    late SMALLINT NOT NULL CHECK (late IN (0, 1)),
    credited SMALLINT NOT NULL CHECK (credited IN (0, 1)),
    missing_since BIGINT,
    spent_evidence BIGINT,
    PRIMARY KEY (tx_id, output_index)
);

CREATE INDEX payments_of_session ON payments (session_id, position);

-- What happened, in order: by the version of the session that it led to, then by place.
CREATE TABLE events (
    id TEXT PRIMARY KEY NOT NULL,
    type TEXT NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    session_id TEXT NOT NULL REFERENCES sessions (id),
    session_version BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    payload TEXT NOT NULL,
    UNIQUE (session_id, session_version, ordinal)
);

-- The outbox, and afterwards the log: one row per delivery, kept through all its attempts.
CREATE TABLE webhook_logs (
    id TEXT PRIMARY KEY NOT NULL,
    delivery_id TEXT NOT NULL UNIQUE REFERENCES events (id),
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    session_id TEXT NOT NULL REFERENCES sessions (id),
    event TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_retry_at BIGINT,
    status_code BIGINT,
    response TEXT,
    delivered_at BIGINT
);

CREATE INDEX webhook_logs_pending ON webhook_logs (id) WHERE state = 'pending';

-- The network that everything here belongs to: one row.
CREATE TABLE network (
    id SMALLINT PRIMARY KEY NOT NULL CHECK (id = 1),
    name TEXT NOT NULL
);

-- How far the chain was followed, now and in each of the last seconds: a ring. The older ones say
-- where to begin when it is asked whether a payment of before a restart is still accepted.
CREATE TABLE chain_cursor (
    id SMALLINT PRIMARY KEY NOT NULL CHECK (id >= 0),
    block_hash TEXT NOT NULL,
    daa_score BIGINT NOT NULL,
    followed_at BIGINT NOT NULL
);
