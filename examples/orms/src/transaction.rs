//! The transaction of a step as a connection of SeaORM.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection, query::Query, query_with, raw_sql};
use tokio::sync::Mutex;

/// The transaction of a step in SQLite. Entities and queries of SeaORM take it as their connection.
///
/// For PostgreSQL, `Sqlite` and `SqliteConnection` become `Postgres` and `PgConnection`.
#[derive(Debug)]
pub struct StepTransaction<'a>(Mutex<&'a mut SqliteConnection>);

impl<'a> StepTransaction<'a> {
    /// Of what the closure of a step receives.
    pub fn new(tx: &'a mut SqliteConnection) -> Self {
        Self(Mutex::new(tx))
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for StepTransaction<'_> {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let executed = query(statement).execute(&mut **self.0.lock().await).await;
        Ok(executed.map_err(|error| DbErr::Exec(cause(error)))?.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let executed = raw_sql(AssertSqlSafe(sql)).execute(&mut **self.0.lock().await).await;
        Ok(executed.map_err(|error| DbErr::Exec(cause(error)))?.into())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let row = query(statement).fetch_optional(&mut **self.0.lock().await).await;
        Ok(row.map_err(|error| DbErr::Query(cause(error)))?.map(QueryResult::from))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let rows = query(statement).fetch_all(&mut **self.0.lock().await).await;
        let rows = rows.map_err(|error| DbErr::Query(cause(error)))?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }
}

fn query(statement: Statement) -> Query<'static, Sqlite, SqlxValues> {
    let values = statement.values.unwrap_or(Values(Vec::new()));
    query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

fn cause(error: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(Arc::new(error))
}
