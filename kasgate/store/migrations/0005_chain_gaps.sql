-- Stretches of the chain that no node could replay. A payment that came and was spent again in one
-- is seen by nobody unless an archive remembers it, so a person has to know.
CREATE TABLE chain_gaps (
    id TEXT PRIMARY KEY NOT NULL,
    from_daa_score BIGINT NOT NULL,
    -- When the chain had last been followed before it. One gap begins there, however often the
    -- gateway tried to bridge it.
    from_at BIGINT NOT NULL UNIQUE,
    to_daa_score BIGINT NOT NULL,
    to_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    -- When an archive had been asked for every address that could have been paid in it.
    searched_at BIGINT,
    -- When a person said that they looked.
    acknowledged_at BIGINT
);
