//! The engine's database as the admin interface reads it: by statements that cannot change anything, on
//! threads and connections of their own, which the engine never waits for.

mod arrow;
mod authorizer;
mod dialect;
mod form;
mod memory;
mod reader;
mod request;
mod system;
mod tokens;
mod watch;

use std::{future::poll_fn, path::PathBuf, pin::pin, sync::Arc, task::Poll, thread};

use restate_core::TerminalError;
use serde_json::{Value, json};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch as flag},
    time::timeout,
};

pub(super) use self::form::{ARROW, Form};
use self::{
    authorizer::Hidden,
    reader::{Rows, RowsFound, Statement, read},
    watch::{Guard, Watch, too_long},
};
use super::{
    reply::{AdminReply, Body},
    stopped,
};
use crate::{engine::handle::EngineHandle, http::refusal::refusal, model::sql_limits::SqlLimits};

/// The name of the threads that read, for debuggers.
const THREAD_NAME: &str = "restate-sql";

/// Stack of such a thread. SQLite's parser and planner recurse as deep as the limits of `reader` allow.
const STACK_SIZE: usize = 2 * 1024 * 1024;

/// The database of an engine.
#[derive(Debug)]
pub(super) struct Database {
    path: PathBuf,
    engine: EngineHandle,
    limits: SqlLimits,
    /// A permit for each query that may run.
    queries: Arc<Semaphore>,
    /// The same for statements of the engine's own, which must not wait for queries.
    lists: Arc<Semaphore>,
    stopping: flag::Sender<bool>,
}

impl Database {
    pub(super) fn new(engine: EngineHandle, path: PathBuf, limits: SqlLimits) -> Self {
        let permits = || Arc::new(Semaphore::new(limits.concurrency));
        let (queries, lists) = (permits(), permits());
        Self { path, engine, limits, queries, lists, stopping: flag::Sender::new(false) }
    }

    /// The rows of an SQL query.
    pub(super) async fn query(&self, sql: String, form: Form) -> Result<AdminReply, TerminalError> {
        let SqlLimits { rows, bytes, value_bytes, .. } = self.limits;
        let parameters = Vec::new();
        // The types of values are unknown, and so are the fields that people must not see.
        let hidden = match self.engine.catalog().hides_any() {
            true => Hidden::FramesAndValues,
            false => Hidden::Frames,
        };
        let statement = Statement { sql, parameters, rows, bytes, value_bytes, hidden, form };
        let found = self.read(statement, &self.queries).await?;
        let Rows { rows, truncated, hidden } = found;
        if form != Form::Readable {
            // Restate's tools would take a part for the whole.
            self.check_whole(truncated, &hidden)?;
        }
        let rows = match rows {
            RowsFound::Arrow(table) => return Ok(Body::Arrow(table.stream()).into()),
            RowsFound::Json(rows) => rows,
        };
        let mut reply = json!({ "rows": rows });
        if form == Form::Readable {
            reply["truncated"] = truncated.into();
            if !hidden.is_empty() {
                reply["hidden"] = hidden.into();
            }
        }
        Ok(reply.into())
    }

    fn check_whole(&self, truncated: bool, hidden: &[String]) -> Result<(), TerminalError> {
        let SqlLimits { rows, bytes, .. } = self.limits;
        if truncated {
            let message = format!(
                "the result has more than {rows} rows or {bytes} bytes; add a LIMIT or select less, or raise \
                 `SqlLimits::rows` or `SqlLimits::bytes`"
            );
            return Err(refusal(400, message));
        }
        if !hidden.is_empty() {
            let hidden = hidden.join("`, `");
            return Err(refusal(403, format!("`{hidden}` cannot be shown; select other columns")));
        }
        Ok(())
    }

    /// The first `limit` rows of a statement of the engine's own, and whether there are more.
    pub(super) async fn rows(
        &self,
        sql: String,
        parameters: Vec<String>,
        limit: usize,
    ) -> Result<(Vec<Value>, bool), TerminalError> {
        let (bytes, value_bytes, hidden) = (usize::MAX, usize::MAX, Hidden::Nothing);
        let (rows, form) = (limit, Form::Readable);
        let statement = Statement { sql, parameters, rows, bytes, value_bytes, hidden, form };
        match self.read(statement, &self.lists).await? {
            Rows { rows: RowsFound::Json(rows), truncated, .. } => Ok((rows, truncated)),
            Rows { rows: RowsFound::Arrow(_), .. } => Err(refusal(500, "a list is not in JSON")),
        }
    }

    /// The longest request that is searched, in bytes.
    pub(super) fn searched_bytes(&self) -> usize {
        self.limits.value_bytes
    }

    /// Ends what runs, and refuses all else.
    pub(super) fn stop(&self) {
        self.stopping.send_replace(true);
        self.queries.close();
        self.lists.close();
    }

    async fn read(
        &self,
        statement: Statement,
        permits: &Arc<Semaphore>,
    ) -> Result<Rows, TerminalError> {
        let permit = self.permit(permits).await?;
        let watch = Arc::new(Watch::new(&self.limits));
        // When the client goes away, this future is dropped, and the guard with it.
        let _guard = Guard(Arc::clone(&watch));
        let read = self.spawn(statement, watch, permit)?;
        // The thread looks at the deadline, too, but only between two instructions of SQLite.
        match timeout(self.limits.timeout, self.unless_stopped(read)).await {
            Ok(Some(Ok(read))) => read,
            Ok(Some(Err(_))) => Err(refusal(500, "the query panicked; please report it")),
            Ok(None) => Err(stopped()),
            Err(_) => Err(too_long(self.limits.timeout)),
        }
    }

    async fn permit(
        &self,
        permits: &Arc<Semaphore>,
    ) -> Result<OwnedSemaphorePermit, TerminalError> {
        match timeout(self.limits.timeout, Arc::clone(permits).acquire_owned()).await {
            Ok(permit) => permit.map_err(|_| stopped()),
            Err(_) => {
                let running = self.limits.concurrency;
                let message = format!(
                    "too many queries: they run {running} at a time, and none of those ended in \
                     time; repeat the query later, or raise `SqlLimits::concurrency`"
                );
                Err(refusal(503, message))
            }
        }
    }

    fn spawn(
        &self,
        statement: Statement,
        watch: Arc<Watch>,
        permit: OwnedSemaphorePermit,
    ) -> Result<oneshot::Receiver<Result<Rows, TerminalError>>, TerminalError> {
        let (path, engine) = (self.path.clone(), self.engine.clone());
        let (tell, told) = oneshot::channel();
        // Not a thread of the runtime, as the end of a runtime waits for those.
        let thread = thread::Builder::new().name(THREAD_NAME.into()).stack_size(STACK_SIZE);
        let spawned = thread.spawn(move || {
            // Fails if the client has gone away.
            drop(tell.send(read(&path, statement, &engine, &watch)));
            drop(permit);
        });
        match spawned {
            Ok(_) => Ok(told),
            Err(error) => {
                Err(refusal(503, format!("no thread can be started for a query: {error}")))
            }
        }
    }

    /// The output of `future`, or `None` if the engine stops first.
    async fn unless_stopped<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut stopping = self.stopping.subscribe();
        let mut stopping = pin!(stopping.wait_for(|stopping| *stopping));
        let mut future = pin!(future);
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => stopping.as_mut().poll(cx).map(|_| None),
        })
        .await
    }
}
