-- Version 3 adds scopes, and limits of how many invocations run concurrently in them. All rows of
-- version 2 are in no scope.

DROP VIEW IF EXISTS invocations;

ALTER TABLE invocation ADD COLUMN scope TEXT NOT NULL DEFAULT '';
ALTER TABLE invocation ADD COLUMN limit_key TEXT;
ALTER TABLE completed ADD COLUMN scope TEXT NOT NULL DEFAULT '';
ALTER TABLE completed ADD COLUMN limit_key TEXT;

DROP INDEX invocation_by_idempotency_key;
CREATE UNIQUE INDEX invocation_by_idempotency_key
    ON invocation (service, handler, key, idempotency_key, scope)
    WHERE idempotency_key IS NOT NULL;
DROP INDEX completed_by_idempotency_key;
CREATE UNIQUE INDEX completed_by_idempotency_key
    ON completed (service, handler, key, idempotency_key, scope)
    WHERE idempotency_key IS NOT NULL;

ALTER TABLE state RENAME TO state_2;
CREATE TABLE state (
    service TEXT NOT NULL,
    key     TEXT NOT NULL,
    scope   TEXT NOT NULL,
    name    BLOB NOT NULL,
    value   BLOB NOT NULL,
    PRIMARY KEY (service, key, scope, name)
) WITHOUT ROWID;
INSERT INTO state SELECT service, key, '', name, value FROM state_2;
DROP TABLE state_2;

ALTER TABLE promise RENAME TO promise_2;
CREATE TABLE promise (
    service TEXT NOT NULL,
    key     TEXT NOT NULL,
    scope   TEXT NOT NULL,
    name    TEXT NOT NULL,
    output  BLOB,
    failure BLOB,
    PRIMARY KEY (service, key, scope, name)
) WITHOUT ROWID;
INSERT INTO promise SELECT service, key, '', name, output, failure FROM promise_2;
DROP TABLE promise_2;

ALTER TABLE promise_awaiter RENAME TO promise_awaiter_2;
CREATE TABLE promise_awaiter (
    service      TEXT NOT NULL,
    key          TEXT NOT NULL,
    scope        TEXT NOT NULL,
    name         TEXT NOT NULL,
    caller       INTEGER NOT NULL,
    caller_nonce INTEGER NOT NULL,
    caller_entry INTEGER NOT NULL,
    PRIMARY KEY (service, key, scope, name, caller, caller_entry)
) WITHOUT ROWID;
INSERT INTO promise_awaiter
    SELECT service, key, '', name, caller, caller_nonce, caller_entry FROM promise_awaiter_2;
DROP TABLE promise_awaiter_2;

CREATE TABLE rule (
    pattern     TEXT PRIMARY KEY,
    concurrency INTEGER,
    description TEXT,
    disabled    INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    modified    INTEGER NOT NULL
) WITHOUT ROWID;
