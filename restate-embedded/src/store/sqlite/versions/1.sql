-- Tables of the embedded engine, version 1 (PRAGMA user_version).
--
-- Open the file with any sqlite3; start with: SELECT * FROM invocations;
-- Times are milliseconds since the Unix epoch. `frames` and `input` hold messages of Restate's
-- service protocol, each behind its eight-byte header.

-- One row for each invocation that is not over.
CREATE TABLE invocation (
    id              INTEGER PRIMARY KEY, -- first half of the name; its upper bits are the time
    nonce           INTEGER NOT NULL,    -- second half of the name
    service         TEXT NOT NULL,
    handler         TEXT NOT NULL,
    key             TEXT NOT NULL,       -- empty for plain services
    idempotency_key TEXT,
    caller          INTEGER,             -- the invocation that waits for the result,
    caller_nonce    INTEGER,
    caller_entry    INTEGER,             -- and the completion id it waits under
    retained        INTEGER NOT NULL,    -- 1: the result will be kept until its timer fires
    phase           INTEGER NOT NULL,    -- 0 scheduled, 1 ready, 2 suspended, 3 paused
    arrived         INTEGER NOT NULL,    -- place in the queue of the key
    awaiting        BLOB,                -- body of the suspension message, in phase 2
    input           BLOB NOT NULL        -- frame of the input command
);

CREATE UNIQUE INDEX invocation_by_idempotency_key
    ON invocation (service, handler, key, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- One row for each retained result. Apart, so that what is over does not slow what runs.
CREATE TABLE completed (
    id              INTEGER PRIMARY KEY,
    nonce           INTEGER NOT NULL,
    service         TEXT NOT NULL,
    handler         TEXT NOT NULL,
    key             TEXT NOT NULL,
    idempotency_key TEXT,
    output          BLOB,                -- one of output
    failure         BLOB                 -- and failure (a protobuf message)
);

CREATE UNIQUE INDEX completed_by_idempotency_key
    ON completed (service, handler, key, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- What happened in an invocation after its input, in parts as they arrived.
CREATE TABLE journal (
    invocation INTEGER NOT NULL,
    part       INTEGER NOT NULL,
    frames     BLOB NOT NULL,
    PRIMARY KEY (invocation, part)
) WITHOUT ROWID;

-- Invocations that wait for the result of one which they did not start.
CREATE TABLE awaiter (
    invocation   INTEGER NOT NULL,
    caller       INTEGER NOT NULL,
    caller_nonce INTEGER NOT NULL,
    caller_entry INTEGER NOT NULL,
    attached     INTEGER NOT NULL,       -- 1: by attach, 0: by a call with an idempotency key
    PRIMARY KEY (invocation, caller, caller_entry)
) WITHOUT ROWID;

-- State of objects.
CREATE TABLE state (
    service TEXT NOT NULL,
    key     TEXT NOT NULL,
    name    BLOB NOT NULL,               -- UTF-8
    value   BLOB NOT NULL,
    PRIMARY KEY (service, key, name)
) WITHOUT ROWID;

-- What happens at a point in time.
CREATE TABLE timer (
    due        INTEGER NOT NULL,
    invocation INTEGER NOT NULL,
    nonce      INTEGER NOT NULL,
    kind       INTEGER NOT NULL,         -- 0 release, 1 end of a sleep, 2 end of retention
    entry      INTEGER NOT NULL,         -- completion id of the sleep
    PRIMARY KEY (due, invocation, kind, entry)
) WITHOUT ROWID;

-- For people: all invocations with their names, phases and times.
CREATE VIEW invocations AS
    SELECT printf('inv_1%016x%016x', id, nonce) AS id,
           service || iif(key = '', '', '/' || key) || '/' || handler AS target,
           phase,
           strftime('%Y-%m-%dT%H:%M:%fZ', (id >> 15) / 1000.0, 'unixepoch') AS created,
           idempotency_key
      FROM (SELECT id, nonce, service, handler, key, idempotency_key,
                   CASE phase WHEN 0 THEN 'scheduled' WHEN 1 THEN 'ready'
                              WHEN 2 THEN 'suspended' ELSE 'paused' END AS phase
              FROM invocation
            UNION ALL
            SELECT id, nonce, service, handler, key, idempotency_key, 'completed'
              FROM completed);

PRAGMA user_version = 1;
