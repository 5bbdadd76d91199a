use std::time::Duration;

/// What bounds the SQL queries of the admin interface, so that none of them delays the engine or another
/// query.
///
/// Queries run on threads of their own and can only read. One that exceeds `timeout`, `value_bytes` or
/// `memory` fails with code 400; of one that exceeds `rows` or `bytes`, the first rows are returned, with
/// `"truncated": true`. Below a version, such as `/v4/query`, it fails: Restate's tools expect whole results.
///
/// ```
/// use std::time::Duration;
/// use restate_embedded::{Engine, SqlLimits};
///
/// let limits = SqlLimits::new().timeout(Duration::from_secs(60)).concurrency(1);
/// let builder = Engine::builder().admin("127.0.0.1:9070").sql_limits(limits);
/// # let _ = builder;
/// ```
#[derive(Clone, Debug)]
#[must_use = "give the limits to `EngineBuilder::sql_limits`"]
pub struct SqlLimits {
    pub(crate) timeout: Duration,
    pub(crate) rows: usize,
    pub(crate) bytes: usize,
    pub(crate) value_bytes: usize,
    pub(crate) memory: usize,
    pub(crate) concurrency: usize,
}

/// SQLite reads the definitions of tables and views under the same limit.
const MIN_VALUE_BYTES: usize = 16 * 1024;

impl SqlLimits {
    /// The default limits.
    pub fn new() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            rows: 10_000,
            bytes: 32 * 1024 * 1024,
            value_bytes: 1024 * 1024,
            memory: 256 * 1024 * 1024,
            concurrency: 4,
        }
    }

    /// How long a query may run, and how long it may wait for its turn; default 10 s.
    ///
    /// SQLite cannot shrink its write-ahead log while a query reads.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many rows a response has at most; default 10,000.
    pub fn rows(mut self, rows: usize) -> Self {
        self.rows = rows;
        self
    }

    /// How much memory the rows of a response take, in bytes, before the row that exceeds it; default
    /// 32 MiB. The response itself is about half as long.
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// How long a value may be that a query reads or computes, in bytes; default 1 MiB, at least 16 KiB.
    ///
    /// Some SQL functions take time in proportion to the square of this, and cannot be interrupted.
    pub fn value_bytes(mut self, bytes: usize) -> Self {
        self.value_bytes = bytes.max(MIN_VALUE_BYTES);
        self
    }

    /// How much the process may grow while a query runs, in bytes; default 256 MiB.
    ///
    /// Queries sort in memory, as files could fill the disk that the engine writes to. Only Linux tells
    /// how large the process is: elsewhere the other limits have to suffice.
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// How many queries run at the same time, at least 1; default 4.
    ///
    /// A query that does not get its turn within the timeout is refused with code 503. Listing
    /// invocations does not count.
    pub fn concurrency(mut self, queries: usize) -> Self {
        self.concurrency = queries.max(1);
        self
    }
}

impl Default for SqlLimits {
    fn default() -> Self {
        Self::new()
    }
}
