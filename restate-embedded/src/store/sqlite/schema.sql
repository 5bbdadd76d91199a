-- Tables of the embedded engine, version 4 (PRAGMA user_version).
--
-- Open the file with any sqlite3, and start with: SELECT * FROM invocations; (see sqlite/views.sql)
-- Times are milliseconds since the Unix epoch. `frames` and `input` hold messages of Restate's
-- service protocol, each behind its eight-byte header. The columns of a primary key are the first of
-- their table: SQLite 3.40 takes those behind it for NULL in `PRAGMA integrity_check` otherwise.

-- One row for each invocation that is not over.
CREATE TABLE invocation (
    id              INTEGER PRIMARY KEY, -- order of creation; its upper bits are the time
    full_id         TEXT NOT NULL,       -- the id that people see; it contains `id`
    service         TEXT NOT NULL,
    handler         TEXT NOT NULL,
    key             TEXT NOT NULL,       -- empty for plain services
    scope           TEXT NOT NULL,       -- empty: called in no scope
    idempotency_key TEXT,                -- empty: the one run of a workflow
    limit_key       TEXT,                -- what it counts against in its scope
    caller          INTEGER,             -- the invocation that called it and waits for the result,
    caller_partition_key INTEGER,        -- with `id` and the nonce, this is the full id
    caller_nonce    INTEGER,
    caller_entry    INTEGER,             -- and the completion id of that call
    retained        INTEGER NOT NULL,    -- 1: the result will be kept until its timer fires
    phase           INTEGER NOT NULL,    -- 0 scheduled, 1 ready, 2 suspended, 3 paused
    arrived         INTEGER NOT NULL,    -- position in the queue of the key
    awaiting        BLOB,                -- body of the suspension message, in phase 2
    error           TEXT,                -- why it is paused, in phase 3
    input           BLOB NOT NULL,       -- frame of the input command
    last_failure    TEXT,                -- why its last attempt failed, until the journal grows
    last_failure_step TEXT,              -- the command of the journal that failed
    failed_attempts INTEGER,             -- how many have failed since the journal last grew
    deployment      TEXT,                -- the deployment behind a URL on which it has started
    trace           BLOB,                -- its trace, if that is recorded (model/trace.rs)
    random_seed     INTEGER,             -- of its random numbers, unless its id tells it: what it
                                         -- was restarted from is another invocation
    protocol        INTEGER              -- the version of the service protocol that its journal is
                                         -- written in; NULL: 7, 0: no attempt has
                                         -- written it, but there are signals in it
);

CREATE UNIQUE INDEX invocation_by_idempotency_key
    ON invocation (service, handler, key, idempotency_key, scope)
    WHERE idempotency_key IS NOT NULL;

-- One row for each retained result. A table of its own, so that completed invocations do not slow
-- down those that run.
CREATE TABLE completed (
    id              INTEGER PRIMARY KEY,
    full_id         TEXT NOT NULL,
    service         TEXT NOT NULL,
    handler         TEXT NOT NULL,
    key             TEXT NOT NULL,
    scope           TEXT NOT NULL,
    idempotency_key TEXT,
    limit_key       TEXT,
    output          BLOB,                -- one of output
    failure         BLOB,                -- and failure (a protobuf message)
    completed_at    INTEGER NOT NULL,
    input           BLOB,                -- as above, while the journal is kept
    content_type    TEXT,                -- of the output, if it has one that is known
    deployment      TEXT,                -- as above
    random_seed     INTEGER,             -- as above
    protocol        INTEGER,             -- as above
    -- whether the result is a failure, for those who must not read it
    failed          INTEGER GENERATED ALWAYS AS (failure IS NOT NULL) VIRTUAL
);

CREATE UNIQUE INDEX completed_by_idempotency_key
    ON completed (service, handler, key, idempotency_key, scope)
    WHERE idempotency_key IS NOT NULL;

-- Journal entries after the input. What one step of the engine added is one part, or several if it is
-- long.
CREATE TABLE journal (
    invocation INTEGER NOT NULL,
    part       INTEGER NOT NULL,
    frames     BLOB NOT NULL,
    PRIMARY KEY (invocation, part)
) WITHOUT ROWID;

-- Journal entries that wait for the result of an invocation that they did not create.
CREATE TABLE awaiter (
    invocation   INTEGER NOT NULL,
    caller       INTEGER NOT NULL,
    caller_entry INTEGER NOT NULL,
    caller_partition_key INTEGER NOT NULL,
    caller_nonce INTEGER NOT NULL,
    attached     INTEGER NOT NULL,       -- 1: attach, 0: a call with an idempotency key
    PRIMARY KEY (invocation, caller, caller_entry)
) WITHOUT ROWID;

-- State of objects.
CREATE TABLE state (
    service TEXT NOT NULL,
    key     TEXT NOT NULL,
    scope   TEXT NOT NULL,
    name    BLOB NOT NULL,               -- UTF-8
    value   BLOB NOT NULL,
    PRIMARY KEY (service, key, scope, name)
) WITHOUT ROWID;

-- Completed promises of workflows.
CREATE TABLE promise (
    service TEXT NOT NULL,
    key     TEXT NOT NULL,
    scope   TEXT NOT NULL,
    name    TEXT NOT NULL,
    output  BLOB,                        -- one of output
    failure BLOB,                        -- and failure (a protobuf message)
    PRIMARY KEY (service, key, scope, name)
) WITHOUT ROWID;

-- Journal entries that wait for a promise.
CREATE TABLE promise_awaiter (
    service      TEXT NOT NULL,
    key          TEXT NOT NULL,
    scope        TEXT NOT NULL,
    name         TEXT NOT NULL,
    caller       INTEGER NOT NULL,
    caller_entry INTEGER NOT NULL,
    caller_partition_key INTEGER NOT NULL,
    caller_nonce INTEGER NOT NULL,
    PRIMARY KEY (service, key, scope, name, caller, caller_entry)
) WITHOUT ROWID;

-- Timers.
CREATE TABLE timer (
    due        INTEGER NOT NULL,
    invocation INTEGER NOT NULL,
    kind       INTEGER NOT NULL,         -- 0 release, 1 end of a sleep, 2 end of retention,
                                         -- 3 end of a journal's retention
    entry      INTEGER NOT NULL,         -- completion id of the sleep
    partition_key INTEGER NOT NULL,
    nonce      INTEGER NOT NULL,
    PRIMARY KEY (due, invocation, kind, entry)
) WITHOUT ROWID;

-- How many invocations may run concurrently in a scope, and under its limit keys.
CREATE TABLE rule (
    pattern     TEXT PRIMARY KEY,        -- such as orders/*
    concurrency INTEGER,                 -- NULL: no limit
    description TEXT,
    disabled    INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    modified    INTEGER NOT NULL         -- time of the last change
) WITHOUT ROWID;

-- Deployments: services behind a URL. Those that are bound in a process are in none.
CREATE TABLE deployment (
    id           TEXT PRIMARY KEY,       -- dp_1 and 22 digits; their order is not that of time
    uri          TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    mode         INTEGER NOT NULL,       -- 0 both directions stream, 1 a request and its response
    use_http_11  INTEGER NOT NULL,       -- 1: HTTP/1.1 is spoken although HTTP/2 could be
    min_protocol INTEGER NOT NULL,       -- versions of the service protocol
    max_protocol INTEGER NOT NULL,
    sdk          TEXT,                   -- the SDK by its own account
    headers      BLOB NOT NULL,          -- JSON: pairs of names and values, sent with each request
    services     TEXT NOT NULL,          -- JSON: [{"revision": 1, "manifest": {..}}, ..], from discovery
    metadata     TEXT NOT NULL           -- JSON: pairs of names and values, for people
) WITHOUT ROWID;

-- Services whose contracts have fields that people must not see. It tells those who open the database
-- without the services.
CREATE TABLE redacted_service (
    name TEXT PRIMARY KEY
) WITHOUT ROWID;

-- The keys that values are encrypted with (sqlite/sealing.rs): requests, frames, results, failures, state,
-- promises and headers of deployments then begin with a mark and the id of their key.
CREATE TABLE encryption_key (
    id    TEXT PRIMARY KEY,
    probe BLOB                           -- a text encrypted with it, to recognize a wrong key
) WITHOUT ROWID;

-- While an engine uses the database: its id for this run. It tells that the main file is incomplete
-- without the write-ahead log.
CREATE TABLE run (
    id TEXT NOT NULL
);

-- "rstE", so that other programs and the engine recognize the file.
PRAGMA application_id = 0x72737445;
PRAGMA user_version = 4;
