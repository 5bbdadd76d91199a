-- All invocations with their ids, statuses and times, for people. Created anew whenever the file is
-- opened.
DROP VIEW IF EXISTS invocations;

CREATE VIEW invocations AS
    SELECT full_id AS id,
           service || iif(key = '', '', '/' || key) || '/' || handler AS target,
           id AS number, -- in the order of creation; the column `id` of the tables
           service, key, handler, status, id >> 15 AS created_at,
           strftime('%Y-%m-%dT%H:%M:%fZ', (id >> 15) / 1000.0, 'unixepoch') AS created,
           strftime('%Y-%m-%dT%H:%M:%fZ', completed_at / 1000.0, 'unixepoch') AS completed,
           nullif(idempotency_key, '') AS idempotency_key,
           nullif(scope, '') AS scope, limit_key,
           error
      FROM (SELECT id, full_id, service, handler, key, idempotency_key, scope, limit_key,
                   CASE phase WHEN 0 THEN 'scheduled' WHEN 1 THEN 'ready'
                              WHEN 2 THEN 'suspended' ELSE 'paused' END AS status,
                   NULL AS completed_at, error
              FROM invocation
            UNION ALL
            SELECT id, full_id, service, handler, key, idempotency_key, scope, limit_key,
                   iif(failure IS NULL, 'succeeded', 'failed'), completed_at, NULL
              FROM completed);
