-- Version 4 has the ids of Restate: a partition key and a UUID of 128 bits, in base 62. Those of version 3
-- get the partition key 0, which also says that attempts of these invocations see their ids as 32
-- hexadecimal digits.

DROP VIEW IF EXISTS invocations;

CREATE TABLE renamed (id INTEGER PRIMARY KEY, full_id TEXT NOT NULL);

-- The digits are those of the number whose lowest byte is the first of the UUID. `reversed` has it in
-- words of 32 bits, the highest first, and `division` divides it by 62 as on paper. As 2^32 is 4 modulo
-- 62, `4 * a + b` has the remainder of the number of these two words.
INSERT INTO renamed
    WITH RECURSIVE
    halves(id, nonce, time) AS (
        SELECT id, nonce, id << 1 FROM invocation UNION ALL SELECT id, nonce, id << 1 FROM completed
    ),
    reversed(id, a, b, c, d) AS (
        SELECT id,
               ((nonce & 255) << 24) | ((nonce >> 8 & 255) << 16)
               | ((nonce >> 16 & 255) << 8) | (nonce >> 24 & 255),
               ((nonce >> 32 & 255) << 24) | ((nonce >> 40 & 255) << 16)
               | ((nonce >> 48 & 255) << 8) | (nonce >> 56 & 255),
               ((time & 255) << 24) | ((time >> 8 & 255) << 16)
               | ((time >> 16 & 255) << 8) | (time >> 24 & 255),
               ((time >> 32 & 255) << 24) | ((time >> 40 & 255) << 16)
               | ((time >> 48 & 255) << 8) | (time >> 56 & 255)
          FROM halves
    ),
    division(id, n, a, b, c, d, digits) AS (
        SELECT id, 0, a, b, c, d, '' FROM reversed
        UNION ALL
        SELECT id, n + 1,
               a / 62,
               ((a % 62 << 32) + b) / 62,
               (((4 * a + b) % 62 << 32) + c) / 62,
               (((16 * a + 4 * b + c) % 62 << 32) + d) / 62,
               substr('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
                      (64 * a + 16 * b + 4 * c + d) % 62 + 1, 1) || digits
          FROM division WHERE n < 22
    )
    SELECT id, 'inv_100000000000' || digits FROM division WHERE n = 22;

ALTER TABLE invocation ADD COLUMN full_id TEXT NOT NULL DEFAULT '';
UPDATE invocation SET full_id = (SELECT full_id FROM renamed WHERE renamed.id = invocation.id);
ALTER TABLE invocation DROP COLUMN nonce;
ALTER TABLE completed ADD COLUMN full_id TEXT NOT NULL DEFAULT '';
UPDATE completed SET full_id = (SELECT full_id FROM renamed WHERE renamed.id = completed.id);
ALTER TABLE completed DROP COLUMN nonce;
DROP TABLE renamed;

ALTER TABLE invocation ADD COLUMN caller_partition_key INTEGER;
UPDATE invocation SET caller_partition_key = 0 WHERE caller IS NOT NULL;

-- Rows that are stored in their primary key begin with its columns. SQLite 3.40 takes the columns behind
-- it for NULL in `PRAGMA integrity_check` otherwise.
ALTER TABLE awaiter RENAME TO awaiter_3;
CREATE TABLE awaiter (
    invocation           INTEGER NOT NULL,
    caller               INTEGER NOT NULL,
    caller_entry         INTEGER NOT NULL,
    caller_partition_key INTEGER NOT NULL,
    caller_nonce         INTEGER NOT NULL,
    attached             INTEGER NOT NULL,
    PRIMARY KEY (invocation, caller, caller_entry)
) WITHOUT ROWID;
INSERT INTO awaiter
    SELECT invocation, caller, caller_entry, 0, caller_nonce, attached FROM awaiter_3;
DROP TABLE awaiter_3;

ALTER TABLE promise_awaiter RENAME TO promise_awaiter_3;
CREATE TABLE promise_awaiter (
    service              TEXT NOT NULL,
    key                  TEXT NOT NULL,
    scope                TEXT NOT NULL,
    name                 TEXT NOT NULL,
    caller               INTEGER NOT NULL,
    caller_entry         INTEGER NOT NULL,
    caller_partition_key INTEGER NOT NULL,
    caller_nonce         INTEGER NOT NULL,
    PRIMARY KEY (service, key, scope, name, caller, caller_entry)
) WITHOUT ROWID;
INSERT INTO promise_awaiter
    SELECT service, key, scope, name, caller, caller_entry, 0, caller_nonce FROM promise_awaiter_3;
DROP TABLE promise_awaiter_3;

ALTER TABLE timer RENAME TO timer_3;
CREATE TABLE timer (
    due           INTEGER NOT NULL,
    invocation    INTEGER NOT NULL,
    kind          INTEGER NOT NULL,
    entry         INTEGER NOT NULL,
    partition_key INTEGER NOT NULL,
    nonce         INTEGER NOT NULL,
    PRIMARY KEY (due, invocation, kind, entry)
) WITHOUT ROWID;
INSERT INTO timer SELECT due, invocation, kind, entry, 0, nonce FROM timer_3;
DROP TABLE timer_3;

-- Results name the encoding that their handler answered in. It is not known of earlier ones.
ALTER TABLE completed ADD COLUMN content_type TEXT;

-- Why the last attempt failed is known after a restart, too.
ALTER TABLE invocation ADD COLUMN last_failure TEXT;
ALTER TABLE invocation ADD COLUMN last_failure_step TEXT;
ALTER TABLE invocation ADD COLUMN failed_attempts INTEGER;

-- Values of these services are not shown.
CREATE TABLE redacted_service (name TEXT PRIMARY KEY) WITHOUT ROWID;

-- Values can be encrypted, with these keys.
CREATE TABLE encryption_key (id TEXT PRIMARY KEY, probe BLOB) WITHOUT ROWID;

-- The file is marked as one of this engine, and as in use while it runs.
CREATE TABLE run (id TEXT NOT NULL);
PRAGMA application_id = 0x72737445;

ALTER TABLE invocation ADD COLUMN deployment TEXT;
ALTER TABLE invocation ADD COLUMN trace BLOB;
ALTER TABLE completed ADD COLUMN deployment TEXT;
ALTER TABLE invocation ADD COLUMN random_seed INTEGER;
ALTER TABLE completed ADD COLUMN random_seed INTEGER;
ALTER TABLE invocation ADD COLUMN protocol INTEGER;
ALTER TABLE completed ADD COLUMN protocol INTEGER;
ALTER TABLE completed ADD COLUMN failed INTEGER GENERATED ALWAYS AS (failure IS NOT NULL) VIRTUAL;
CREATE TABLE deployment (
    id           TEXT PRIMARY KEY,
    uri          TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    mode         INTEGER NOT NULL,
    use_http_11  INTEGER NOT NULL,
    min_protocol INTEGER NOT NULL,
    max_protocol INTEGER NOT NULL,
    sdk          TEXT,
    headers      BLOB NOT NULL,
    services     TEXT NOT NULL,
    metadata     TEXT NOT NULL
) WITHOUT ROWID;
