use std::path::Path;

use bytes::Bytes;
use prost::Message as _;
use restate_core::wire::{
    framing::Frame,
    protocol::{Failure, InputCommand},
};
use rusqlite::{Connection, functions::FunctionFlags, params};

use crate::model::id::InvocationId;

/// Adds `count` completed invocations of a plain service to the database at `path`, which no engine uses: one
/// each millisecond up to `now`, in milliseconds since 1970. Their idempotency keys are their numbers from 0,
/// which are also in their requests and results; every hundredth has failed.
///
/// # Errors
///
/// When the database cannot be written.
pub fn complete_many(
    path: &Path,
    service: &str,
    handler: &str,
    count: u32,
    now: u64,
) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("full_id", 1, flags, |context| {
        let order = context.get::<i64>(0)?.cast_unsigned();
        Ok(InvocationId::new(order, order.rotate_left(40), order).to_string())
    })?;
    connection.create_scalar_function("input", 1, flags, |context| {
        let request = format!(r#"{{"buyer":"ann","article":"book {}"}}"#, context.get::<i64>(0)?);
        let value = Some(Bytes::from(request).into());
        Ok(Frame::new(&InputCommand { value, ..InputCommand::default() }).raw().to_vec())
    })?;
    let failure =
        Failure { code: 500, message: "the card was declined".to_owned(), ..Failure::default() };
    let failure = failure.encode_to_vec();
    let first = now.saturating_sub(count.into());
    connection.execute(
        "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?3) \
         INSERT INTO completed (id, full_id, service, handler, key, scope, idempotency_key, output, failure, \
         completed_at, input) \
         SELECT (?4 + n) << 15, full_id((?4 + n) << 15), ?1, ?2, '', '', n, \
                iif(n % 100 = 99, NULL, '\"receipt ' || n || '\"'), iif(n % 100 = 99, ?5, NULL), ?4 + n, input(n) \
           FROM numbers",
        params![service, handler, count, first.cast_signed(), failure],
    )?;
    Ok(())
}
