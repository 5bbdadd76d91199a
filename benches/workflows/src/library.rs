//! The workflow of three steps, in each library.

use std::{error::Error, path::Path, sync::Arc, time::Duration};

use dbos::{Config, DBOS, WorkflowRef, step};
use durare::{DurableContext, DurableEngine, SqliteProvider, WorkflowOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

/// A library that has been started.
pub(crate) enum Library {
    /// durare, with SQLite.
    Durare(DurableEngine),
    /// DBOS Transact, with Postgres.
    Dbos(WorkflowRef<String, String>),
}

/// Any error, such as one of a library.
pub(crate) type Failed = Box<dyn Error + Send + Sync>;

impl Library {
    /// As [`SqliteProvider::connect`] configures SQLite, except that each commit is synced.
    pub(crate) async fn durare(directory: &Path) -> Result<Self, Failed> {
        let options = SqliteConnectOptions::new()
            .filename(directory.join("durare.sqlite"))
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new().max_connections(5).connect_with(options).await?;
        let provider = SqliteProvider::from_pool(pool);
        let mut engine = DurableEngine::new(Arc::new(provider)).await?;
        engine.register("Steps", durare_steps);
        engine.launch().await?;
        Ok(Self::Durare(engine))
    }

    pub(crate) async fn dbos(url: &str) -> Result<Self, Failed> {
        let app_version = Some("1".to_owned());
        let dbos = DBOS::new(Config { app_version, ..Config::new("bench", url) });
        let steps = dbos.register_workflow("Steps", dbos_steps)?;
        dbos.launch().await?;
        Ok(Self::Dbos(steps))
    }

    /// Executes the workflow, and returns its result.
    pub(crate) async fn run(&self, name: String) -> Result<String, Failed> {
        match self {
            Self::Durare(engine) => {
                let started =
                    engine.start::<_, String>("Steps", name, WorkflowOptions::default()).await?;
                Ok(started.await?)
            }
            Self::Dbos(steps) => Ok(steps.run(name).await?),
        }
    }
}

async fn durare_steps(ctx: DurableContext, name: String) -> durare::Result<String> {
    let mut total = 0;
    for number in 0..3_u64 {
        total += ctx.step("number", || async move { Ok::<_, durare::Error>(number) }).await?;
    }
    Ok(format!("{name} {total}"))
}

async fn dbos_steps(name: String) -> dbos::Result<String> {
    let mut total = 0;
    for number in 0..3_u64 {
        total += step("number", || async move { Ok::<_, dbos::Error>(number) }).await?;
    }
    Ok(format!("{name} {total}"))
}
