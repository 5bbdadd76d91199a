-- Version 1 of the tables of transactional steps, for PostgreSQL. It may be executed repeatedly.

-- One row for each step that has committed, in the same transaction as what the step has written.
CREATE TABLE IF NOT EXISTS restate_steps (
    -- The id of the invocation, `inv_..`.
    invocation text NOT NULL,
    -- A random UUID from the journal of the invocation.
    step uuid NOT NULL,
    -- The result as a payload: JSON, or binary protobuf of a message. NULL if the step has failed.
    result bytea,
    -- A terminal error as JSON: [code, message, [[key, value], ..]]. NULL if the step has succeeded.
    failure text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (invocation, step),
    CHECK ((result IS NULL) <> (failure IS NULL))
);

-- For deleting old rows. Rows are added in the order of this column, so the index stays tiny.
CREATE INDEX IF NOT EXISTS restate_steps_created_at ON restate_steps USING brin (created_at);

-- One row: the version of `restate_steps`, which every step checks.
CREATE TABLE IF NOT EXISTS restate_steps_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version integer NOT NULL
);
INSERT INTO restate_steps_version (version) VALUES (1) ON CONFLICT DO NOTHING;
