-- What a merchant has to look at (kasgate/attention.py), and how many and how much of it there is.
-- SQLite's dialect: triggers, WITHOUT ROWID, json_extract.

-- What had been received when the merchant last decided about a closed session, or accepted it.
ALTER TABLE sessions ADD COLUMN attended BIGINT;
-- Whether a payment was withdrawn while it confirmed, and nobody decided about it since.
ALTER TABLE sessions ADD COLUMN reverted SMALLINT NOT NULL DEFAULT 0;
-- Why it needs attention, 0 for not at all; a sum of late 1, partial 2, overpaid 4, reverted 8.
ALTER TABLE sessions ADD COLUMN attention SMALLINT NOT NULL DEFAULT 0;

-- What was accepted by hand, or failed after it had expired, was dealt with as it then was.
UPDATE sessions SET attended = (
    SELECT CAST(json_extract(audit_log.details, '$.receivedSompi') AS BIGINT) FROM audit_log
    WHERE audit_log.session_id = sessions.id AND (
        audit_log.action = 'session.accepted'
        OR (
            audit_log.action = 'session.failed'
            AND json_extract(audit_log.details, '$.status') = 'expired'
        )
    )
    ORDER BY audit_log.id DESC LIMIT 1
)
WHERE id IN (
    SELECT session_id FROM audit_log WHERE action IN ('session.accepted', 'session.failed')
);

UPDATE sessions SET attention = CASE
    WHEN status = 'confirmed' THEN CASE
        WHEN received > coalesce(attended, amount) THEN 4
        WHEN received < coalesce(attended, amount) AND received < amount - tolerance THEN 8
        ELSE 0
    END
    ELSE late
        + CASE WHEN received < amount THEN 2 ELSE 0 END
        + CASE WHEN received > amount THEN 4 ELSE 0 END
END
WHERE (status = 'confirmed' AND received <> coalesce(attended, amount))
    OR (status IN ('expired', 'failed') AND received > coalesce(attended, 0));

-- Lists of what few sessions are: they cost nothing to write for all others. Each holds the column
-- of its condition too, so that counting reads the index alone.
CREATE INDEX sessions_attention ON sessions (merchant_id, created_at, id, attention)
WHERE attention > 0;
CREATE INDEX sessions_paid_late ON sessions (merchant_id, late, created_at, id) WHERE late = 1;
CREATE INDEX sessions_paid_in_part ON sessions (merchant_id, paid_state, created_at, id)
WHERE paid_state = 'partial';
CREATE INDEX sessions_overpaid ON sessions (merchant_id, paid_state, created_at, id)
WHERE paid_state = 'over';
CREATE INDEX sessions_cancelled ON sessions (merchant_id, cancelled, created_at, id)
WHERE cancelled = 1;

-- Kept as session_days is. Whole KAS and the sompi beyond them are summed apart, so that no sum
-- ever leaves 64 bits.
CREATE TABLE attention_figures (
    merchant_id TEXT NOT NULL,
    attention SMALLINT NOT NULL,
    sessions BIGINT NOT NULL CHECK (sessions >= 0),
    whole_kas BIGINT NOT NULL,
    sompi_beyond BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, attention)
) WITHOUT ROWID;

INSERT INTO attention_figures (merchant_id, attention, sessions, whole_kas, sompi_beyond)
SELECT merchant_id, attention, count(*), sum(received / 100000000), sum(received % 100000000)
FROM sessions WHERE attention > 0 GROUP BY 1, 2;

CREATE TRIGGER attention_is_counted AFTER INSERT ON sessions WHEN NEW.attention > 0
BEGIN
    INSERT INTO attention_figures (merchant_id, attention, sessions, whole_kas, sompi_beyond)
    VALUES (
        NEW.merchant_id, NEW.attention, 1, NEW.received / 100000000, NEW.received % 100000000
    )
    ON CONFLICT (merchant_id, attention) DO UPDATE
    SET sessions = sessions + 1, whole_kas = whole_kas + excluded.whole_kas,
        sompi_beyond = sompi_beyond + excluded.sompi_beyond;
END;

CREATE TRIGGER attention_is_recounted AFTER UPDATE OF attention, received ON sessions
WHEN (OLD.attention > 0 OR NEW.attention > 0)
    AND (OLD.attention <> NEW.attention OR OLD.received <> NEW.received)
BEGIN
    UPDATE attention_figures SET sessions = sessions - 1,
        whole_kas = whole_kas - OLD.received / 100000000,
        sompi_beyond = sompi_beyond - OLD.received % 100000000
    WHERE merchant_id = OLD.merchant_id AND attention = OLD.attention AND OLD.attention > 0;
    INSERT INTO attention_figures (merchant_id, attention, sessions, whole_kas, sompi_beyond)
    SELECT NEW.merchant_id, NEW.attention, 1, NEW.received / 100000000, NEW.received % 100000000
    WHERE NEW.attention > 0
    ON CONFLICT (merchant_id, attention) DO UPDATE
    SET sessions = sessions + 1, whole_kas = whole_kas + excluded.whole_kas,
        sompi_beyond = sompi_beyond + excluded.sompi_beyond;
END;
