-- Version 1 of the tables of transactional steps, for SQLite. It may be executed repeatedly.

-- One row for each step that has committed, in the same transaction as what the step has written.
CREATE TABLE IF NOT EXISTS restate_steps (
    -- The id of the invocation, `inv_..`.
    invocation TEXT NOT NULL,
    -- A random UUID from the journal of the invocation.
    step TEXT NOT NULL,
    -- The result as a payload: JSON, or binary protobuf of a message. NULL if the step has failed.
    result BLOB,
    -- A terminal error as JSON: [code, message, [[key, value], ..]]. NULL if the step has succeeded.
    failure TEXT,
    -- Seconds since 1970.
    created_at INTEGER NOT NULL DEFAULT (unixepoch()),
    PRIMARY KEY (invocation, step),
    CHECK ((result IS NULL) <> (failure IS NULL))
) STRICT;

-- One row: the version of `restate_steps`, which every step checks.
CREATE TABLE IF NOT EXISTS restate_steps_version (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO restate_steps_version (only_row, version) VALUES (1, 1) ON CONFLICT DO NOTHING;
