use hyper::Method;
use serde_json::json;

use super::{database::Database, reply::AdminResult};
use crate::engine::handle::EngineHandle;

/// Begins or ends a drain, if that is asked for; how much is under way.
///
/// Calls that come in before it are stored, and so counted: the engine's thread has taken them when the
/// database is read.
pub(super) async fn drain(
    engine: &EngineHandle,
    database: &Database,
    method: &Method,
) -> AdminResult {
    match *method {
        Method::PUT => engine.drain(true),
        Method::DELETE => engine.drain(false),
        _ => {}
    }
    engine.inspect(|_, _| ()).await.map_err(|_| super::stopped())?;
    let sql = "SELECT count(*) FILTER (WHERE phase = 0) AS delayed, \
               count(*) FILTER (WHERE phase = 3) AS paused, \
               count(*) FILTER (WHERE phase IN (1, 2)) AS under_way FROM invocation";
    let (rows, _) = database.rows(sql.to_owned(), Vec::new(), 1).await?;
    let counts = rows.first().cloned().unwrap_or_default();
    Ok(json!({
        "draining": engine.is_draining(),
        "under_way": counts["under_way"],
        "delayed": counts["delayed"],
        "paused": counts["paused"],
    }))
}
