-- The number of an event within its session: 1, 2, 3 and so on. It is given in the transaction that
-- stores the event, from the session's count; the body that was made before this has none in it.
-- SQLite's dialect: triggers are written differently in every engine.

ALTER TABLE sessions ADD COLUMN events_told BIGINT NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0;
-- That of the event, for the order in which a session's deliveries are sent.
ALTER TABLE webhook_logs ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0;

DROP TRIGGER events_are_not_changed;

UPDATE events SET sequence = numbered.sequence
FROM (
    SELECT id, row_number() OVER (
        PARTITION BY session_id ORDER BY session_version, ordinal
    ) AS sequence
    FROM events
) AS numbered
WHERE numbered.id = events.id;

UPDATE webhook_logs SET sequence = events.sequence
FROM events WHERE events.id = webhook_logs.delivery_id;

UPDATE sessions SET events_told = told.events
FROM (SELECT session_id, count(*) AS events FROM events GROUP BY session_id) AS told
WHERE told.session_id = sessions.id;

CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;
