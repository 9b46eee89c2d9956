-- What an operator has to look into, until a person says that they did. (Gaps in the chain have a
-- table of their own, since archives are searched for them.)
CREATE TABLE warnings (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    -- What it is about, such as the fingerprint of an account key; one open warning of each kind.
    subject TEXT NOT NULL,
    merchant_id TEXT REFERENCES merchants (id),
    text TEXT NOT NULL,
    -- Addresses of an account key that were given out and are no session's here: a range of indices.
    first_index BIGINT,
    end_index BIGINT,
    -- What was found out since, as a sentence.
    found TEXT,
    since BIGINT NOT NULL,
    acknowledged_at BIGINT
);

CREATE UNIQUE INDEX warnings_open ON warnings (kind, subject) WHERE acknowledged_at IS NULL;

-- Which database this is, and how many commits told of events: one row. The same stands in a file
-- apart from the database, so that an older copy is told from the newest.
CREATE TABLE database_identity (
    id SMALLINT PRIMARY KEY NOT NULL CHECK (id = 1),
    name TEXT NOT NULL,
    commits BIGINT NOT NULL
);
