-- The tables of Restate's SQL interface as views, made on the connection of a query that names one.
--
-- Names and meanings of columns are those that Restate documents; what this engine does not know is NULL. The
-- functions are in `functions.rs`: what they return is in memory, encoded, or must be hidden from people. No
-- view reads a column that the authorizer hides.

-- The booleans. Where a column comes from is all that tells a boolean from a number in the result.
CREATE TEMP TABLE restate_boolean (value BOOLEAN PRIMARY KEY);
INSERT INTO restate_boolean VALUES (0), (1);

CREATE TEMP VIEW restate_unfinished AS
    SELECT full_id AS id, id AS number, service, key, handler, idempotency_key,
           CASE phase WHEN 0 THEN 'scheduled' WHEN 2 THEN 'suspended' WHEN 3 THEN 'paused'
                      ELSE restate_activity(id, 'stored_status') END AS stored_status,
           CASE phase WHEN 0 THEN 'scheduled' WHEN 2 THEN 'suspended' WHEN 3 THEN 'paused'
                      ELSE restate_activity(id, 'status') END AS status,
           NULL AS completion_result, NULL AS completion_failure,
           scope, limit_key,
           iif(caller IS NULL, NULL, 'service') AS invoked_by,
           restate_invocation_id(caller, caller_partition_key, caller_nonce) AS invoked_by_id,
           (SELECT c.service FROM invocation c WHERE c.id = i.caller) AS invoked_by_service_name,
           (SELECT c.service || iif(c.key = '', '', '/' || c.key) || '/' || c.handler
              FROM invocation c WHERE c.id = i.caller) AS invoked_by_target,
           deployment, protocol,
           iif(phase = 0, strftime('%Y-%m-%dT%H:%M:%fZ', (id >> 15) / 1000.0, 'unixepoch'), NULL)
               AS scheduled_at,
           iif(phase = 0, restate_due(id), NULL) AS scheduled_start_at,
           NULL AS completed_at,
           iif(phase = 0, NULL, restate_activity(id, 'retry_count')) AS retry_count,
           iif(phase = 1, restate_activity(id, 'next_retry_at'), NULL) AS next_retry_at,
           iif(phase = 0, NULL, coalesce(restate_activity(id, 'last_failure'), last_failure, error))
               AS last_failure,
           last_failure_step
      FROM invocation i;

-- Its columns have the affinities of those above: only then does SQLite take a union apart, and computes no
-- columns that a statement does not ask for, and no rows that it does not want.
CREATE TEMP VIEW restate_completed AS
    SELECT full_id AS id, id AS number, service, key, handler, idempotency_key,
           'completed' AS stored_status, 'completed' AS status,
           iif(failed, 'failure', 'success') AS completion_result,
           iif(failed, restate_failure(id), NULL) AS completion_failure,
           scope, limit_key,
           NULL AS invoked_by, NULL AS invoked_by_id, CAST(NULL AS TEXT) AS invoked_by_service_name,
           NULL AS invoked_by_target,
           deployment, protocol,
           NULL AS scheduled_at, NULL AS scheduled_start_at,
           strftime('%Y-%m-%dT%H:%M:%fZ', completed_at / 1000.0, 'unixepoch') AS completed_at,
           NULL AS retry_count, NULL AS next_retry_at, NULL AS last_failure,
           CAST(NULL AS TEXT) AS last_failure_step
      FROM completed;

CREATE TEMP VIEW restate_invocation AS
    SELECT id, number, status, stored_status, completion_result, completion_failure,
           service || iif(key = '', '', '/' || key) || '/' || handler AS target,
           service AS target_service_name,
           nullif(key, '') AS target_service_key,
           handler AS target_handler_name,
           -- Of a service that is gone, what its invocations tell.
           coalesce(restate_service_type(service),
                    CASE WHEN key = '' THEN 'service' WHEN idempotency_key = '' THEN 'workflow'
                         ELSE 'virtual_object' END) AS target_service_ty,
           nullif(scope, '') AS scope, limit_key,
           nullif(idempotency_key, '') AS idempotency_key,
           invoked_by, invoked_by_id, invoked_by_service_name, invoked_by_target,
           coalesce(deployment,
                    iif(protocol <> 0 OR protocol IS NULL
                            AND EXISTS (SELECT 1 FROM journal WHERE invocation = number),
                        'dp_10000000000000000000000', NULL)) AS pinned_deployment_id,
           coalesce(nullif(protocol, 0),
                    iif(protocol IS NULL
                            AND EXISTS (SELECT 1 FROM journal WHERE invocation = number), 7, NULL))
               AS pinned_service_protocol_version,
           strftime('%Y-%m-%dT%H:%M:%fZ', (number >> 15) / 1000.0, 'unixepoch') AS created_at,
           completed_at AS modified_at,
           scheduled_at, scheduled_start_at, completed_at,
           retry_count, next_retry_at, last_failure, last_failure_step
      FROM (SELECT * FROM restate_unfinished UNION ALL SELECT * FROM restate_completed);

CREATE TEMP VIEW sys_invocation_status AS
    SELECT id, NULL AS vqueue_id, stored_status AS status, completion_result, completion_failure,
           target, target_service_name, target_service_key, target_handler_name, target_service_ty,
           scope, limit_key, idempotency_key,
           invoked_by, invoked_by_id, NULL AS invoked_by_subscription_id, invoked_by_service_name,
           invoked_by_target, NULL AS restarted_from,
           pinned_deployment_id, pinned_service_protocol_version, NULL AS trace_id,
           restate_journal_size(number, 'entries') AS journal_size,
           restate_journal_size(number, 'commands') AS journal_commands_size,
           created_at, NULL AS created_using_restate_version, modified_at, NULL AS inboxed_at,
           scheduled_at, scheduled_start_at, NULL AS running_at, completed_at,
           NULL AS completion_retention, NULL AS journal_retention,
           NULL AS suspended_waiting_for_completions, NULL AS suspended_waiting_for_signals,
           NULL AS suspended_waiting_future_json
      FROM restate_invocation;

CREATE TEMP VIEW sys_invocation_state AS
    SELECT i.full_id AS id, b.value AS in_flight,
           restate_activity(i.id, 'retry_count') AS retry_count,
           NULL AS last_start_at,
           coalesce(i.deployment,
                    iif(protocol <> 0 OR protocol IS NULL
                            AND EXISTS (SELECT 1 FROM journal WHERE invocation = i.id),
                        'dp_10000000000000000000000', NULL)) AS last_attempt_deployment_id,
           (SELECT sdk FROM deployment d WHERE d.id = i.deployment) AS last_attempt_server,
           restate_activity(i.id, 'next_retry_at') AS next_retry_at,
           coalesce(restate_activity(i.id, 'last_failure'), i.last_failure) AS last_failure,
           NULL AS last_failure_error_code,
           NULL AS last_failure_related_command_index,
           i.last_failure_step AS last_failure_related_command_name,
           NULL AS last_failure_related_command_type,
           NULL AS last_failure_related_entry_index,
           i.last_failure_step AS last_failure_related_entry_name,
           NULL AS last_failure_related_entry_type,
           NULL AS last_awaiting_on_future_json
      FROM invocation i CROSS JOIN restate_boolean b
     WHERE i.phase = 1 AND b.value = restate_activity(i.id, 'in_flight');

CREATE TEMP VIEW sys_invocation AS
    SELECT id, NULL AS vqueue_id,
           target, target_service_name, target_service_key, target_handler_name, target_service_ty,
           scope, limit_key, idempotency_key,
           invoked_by, invoked_by_service_name, invoked_by_id, NULL AS invoked_by_subscription_id,
           invoked_by_target, NULL AS restarted_from,
           pinned_deployment_id, pinned_service_protocol_version, NULL AS trace_id,
           restate_journal_size(number, 'entries') AS journal_size,
           restate_journal_size(number, 'commands') AS journal_commands_size,
           created_at, NULL AS created_using_restate_version, modified_at, NULL AS inboxed_at,
           scheduled_at, scheduled_start_at, NULL AS running_at, completed_at,
           NULL AS completion_retention, NULL AS journal_retention,
           NULL AS suspended_waiting_for_completions, NULL AS suspended_waiting_for_signals,
           NULL AS suspended_waiting_future_json,
           retry_count, NULL AS last_start_at, next_retry_at,
           pinned_deployment_id AS last_attempt_deployment_id,
           (SELECT sdk FROM deployment d WHERE d.id = pinned_deployment_id) AS last_attempt_server,
           last_failure, NULL AS last_failure_error_code,
           NULL AS last_failure_related_entry_index,
           last_failure_step AS last_failure_related_entry_name,
           NULL AS last_failure_related_entry_type,
           NULL AS last_failure_related_command_index,
           last_failure_step AS last_failure_related_command_name,
           NULL AS last_failure_related_command_type,
           NULL AS last_awaiting_on_future_json,
           status, completion_result, completion_failure
      FROM restate_invocation;

CREATE TEMP VIEW sys_journal AS
    SELECT i.id, e.value AS "index",
           restate_entry(i.number, e.value, 'type') AS entry_type,
           restate_entry(i.number, e.value, 'name') AS name,
           b.value AS completed,
           restate_entry(i.number, e.value, 'invoked_id') AS invoked_id,
           restate_entry(i.number, e.value, 'invoked_target') AS invoked_target,
           restate_entry(i.number, e.value, 'wakeup_at') AS sleep_wakeup_at,
           restate_entry(i.number, e.value, 'promise') AS promise_name,
           NULL AS raw,
           restate_entry(i.number, e.value, 'length') AS raw_length,
           2 AS version,
           restate_entry(i.number, e.value, 'json') AS entry_json,
           NULL AS entry_lite_json, NULL AS appended_at
      FROM (SELECT full_id AS id, id AS number FROM invocation
             UNION ALL SELECT full_id, id FROM completed) i
           CROSS JOIN json_each(restate_entries(i.number)) e
           CROSS JOIN restate_boolean b
     WHERE b.value = restate_entry(i.number, e.value, 'completed');

CREATE TEMP VIEW sys_journal_events AS
    SELECT full_id AS id, restate_journal_size(id, 'entries') - 1 AS after_journal_entry_index,
           NULL AS appended_at, 'TransientError' AS event_type,
           json_object('ty', 'TransientError', 'error_message', last_failure,
                       'related_command_name', last_failure_step) AS event_json
      FROM invocation WHERE last_failure IS NOT NULL
    UNION ALL
    SELECT full_id, restate_journal_size(id, 'entries') - 1, NULL, 'Paused',
           json_object('ty', 'Paused', 'reason', error)
      FROM invocation WHERE phase = 3;

CREATE TEMP VIEW sys_inbox AS
    SELECT service AS service_name, key AS service_key, full_id AS id,
           arrived AS sequence_number,
           strftime('%Y-%m-%dT%H:%M:%fZ', (id >> 15) / 1000.0, 'unixepoch') AS created_at
      FROM invocation
     WHERE phase = 1 AND key <> '' AND restate_activity(id, 'status') = 'pending';

CREATE TEMP VIEW sys_keyed_service_status AS
    SELECT service AS service_name, key AS service_key, full_id AS invocation_id
      FROM invocation
     WHERE phase <> 0 AND key <> '' AND restate_activity(id, 'holds_key') = 1;

CREATE TEMP VIEW sys_idempotency AS
    SELECT service AS service_name, nullif(key, '') AS service_key, handler AS service_handler,
           idempotency_key, full_id AS invocation_id
      FROM invocation WHERE idempotency_key IS NOT NULL AND idempotency_key <> ''
    UNION ALL
    SELECT service, nullif(key, ''), handler, idempotency_key, full_id
      FROM completed WHERE idempotency_key IS NOT NULL AND idempotency_key <> '';

CREATE TEMP VIEW sys_promise AS
    SELECT nullif(p.scope, '') AS scope, p.service AS service_name, p.key AS service_key,
           p.name AS key, b.value AS completed,
           restate_promise(p.service, p.key, p.scope, p.name, 'value') AS completion_success_value,
           restate_utf8(restate_promise(p.service, p.key, p.scope, p.name, 'value'))
               AS completion_success_value_utf8,
           restate_promise(p.service, p.key, p.scope, p.name, 'failure') AS completion_failure
      FROM (SELECT service, key, scope, name, 1 AS completed FROM promise
             UNION SELECT service, key, scope, name, 0 FROM promise_awaiter) p
           CROSS JOIN restate_boolean b
     WHERE b.value = p.completed;

-- In place of the engine's own table, which is `main.state`.
CREATE TEMP VIEW state AS
    SELECT nullif(scope, '') AS scope, service AS service_name, key AS service_key,
           CAST(name AS TEXT) AS key, length(name) AS key_length,
           restate_utf8(restate_state(service, key, scope, name)) AS value_utf8,
           restate_state(service, key, scope, name) AS value,
           length(restate_state(service, key, scope, name)) AS value_length
      FROM main.state;

CREATE TEMP TABLE sys_deployment (
    id TEXT, ty TEXT, endpoint TEXT, created_at TEXT, min_service_protocol_version INTEGER,
    max_service_protocol_version INTEGER, services TEXT
);

CREATE TEMP TABLE sys_service (
    name TEXT, revision INTEGER, public BOOLEAN, ty TEXT, deployment_id TEXT
);

CREATE TEMP TABLE sys_rules (
    pattern TEXT, concurrency INTEGER, description TEXT, disabled BOOLEAN, version INTEGER,
    last_modified TEXT
);

-- `information_schema.columns`.
CREATE TEMP TABLE restate_columns (
    table_catalog TEXT, table_schema TEXT, table_name TEXT, column_name TEXT,
    ordinal_position INTEGER
);
