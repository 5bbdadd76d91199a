-- Version 2 adds workflows with their promises, and columns for paused and completed invocations.
-- It is not known when invocations of version 1 completed; they get the time of their creation.

ALTER TABLE invocation ADD COLUMN error TEXT;
ALTER TABLE completed ADD COLUMN completed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE completed ADD COLUMN input BLOB;
UPDATE completed SET completed_at = id >> 15;

CREATE TABLE promise (
    service TEXT NOT NULL,
    key     TEXT NOT NULL,
    name    TEXT NOT NULL,
    output  BLOB,
    failure BLOB,
    PRIMARY KEY (service, key, name)
) WITHOUT ROWID;

CREATE TABLE promise_awaiter (
    service      TEXT NOT NULL,
    key          TEXT NOT NULL,
    name         TEXT NOT NULL,
    caller       INTEGER NOT NULL,
    caller_nonce INTEGER NOT NULL,
    caller_entry INTEGER NOT NULL,
    PRIMARY KEY (service, key, name, caller, caller_entry)
) WITHOUT ROWID;

DROP VIEW invocations;
