-- All invocations with their ids, statuses and times, for people. Created anew whenever the file is
-- opened. The two views below are its halves: each can be read in the order of `number` without being
-- sorted.
DROP VIEW IF EXISTS invocations;
DROP VIEW IF EXISTS invocations_unfinished;
DROP VIEW IF EXISTS invocations_completed;

CREATE VIEW invocations_unfinished AS
    SELECT full_id AS id,
           service || iif(key = '', '', '/' || key) || '/' || handler AS target,
           id AS number, -- in the order of creation; the column `id` of the tables
           service, key, handler,
           CASE phase WHEN 0 THEN 'scheduled' WHEN 1 THEN 'ready'
                      WHEN 2 THEN 'suspended' ELSE 'paused' END AS status,
           id >> 15 AS created_at,
           strftime('%Y-%m-%dT%H:%M:%fZ', (id >> 15) / 1000.0, 'unixepoch') AS created,
           NULL AS completed,
           nullif(idempotency_key, '') AS idempotency_key,
           nullif(scope, '') AS scope, limit_key,
           error, last_failure, last_failure_step, failed_attempts
      FROM invocation;

CREATE VIEW invocations_completed AS
    SELECT full_id AS id,
           service || iif(key = '', '', '/' || key) || '/' || handler AS target,
           id AS number,
           service, key, handler,
           iif(failed, 'failed', 'succeeded') AS status,
           id >> 15 AS created_at,
           strftime('%Y-%m-%dT%H:%M:%fZ', (id >> 15) / 1000.0, 'unixepoch') AS created,
           strftime('%Y-%m-%dT%H:%M:%fZ', completed_at / 1000.0, 'unixepoch') AS completed,
           nullif(idempotency_key, '') AS idempotency_key,
           nullif(scope, '') AS scope, limit_key,
           NULL AS error, NULL AS last_failure, NULL AS last_failure_step, NULL AS failed_attempts
      FROM completed;

CREATE VIEW invocations AS
    SELECT * FROM invocations_unfinished UNION ALL SELECT * FROM invocations_completed;
