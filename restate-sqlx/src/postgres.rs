//! Steps in PostgreSQL.

use std::time::Duration;

use sqlx::{PgConnection, Postgres, error::DatabaseError, query, query_as, query_scalar, raw_sql};

use crate::{
    VERSION,
    database::{DELETED_AT_ONCE, StepDatabase, columns, outcome, sealed::Sealed},
    error::StepError,
    schema,
    step::{Outcome, Step},
};

impl Sealed for Postgres {}

impl StepDatabase for Postgres {
    const BEGIN: &'static str = "BEGIN";

    async fn find(
        connection: &mut PgConnection,
        step: &Step,
    ) -> Result<Option<Outcome>, StepError> {
        let row: Option<(i32, Option<Vec<u8>>, Option<String>)> = query_as(
            "SELECT version, result, failure FROM restate_steps_version \
             LEFT JOIN restate_steps ON invocation = $1 AND step = $2::uuid",
        )
        .bind(&step.invocation)
        .bind(&step.id)
        .fetch_optional(connection)
        .await
        .map_err(table_missing)?;
        match row {
            Some((VERSION, result, failure)) => Ok(outcome(result, failure)),
            other => Err(StepError::Version(other.map(|(version, ..)| version))),
        }
    }

    async fn insert(
        connection: &mut PgConnection,
        step: &Step,
        outcome: &Outcome,
    ) -> Result<bool, StepError> {
        let (result, failure) = columns(outcome);
        let inserted = query(
            "INSERT INTO restate_steps (invocation, step, result, failure) \
             SELECT $1, $2::uuid, $3, $4 FROM restate_steps_version WHERE version = $5 \
             ON CONFLICT DO NOTHING",
        )
        .bind(&step.invocation)
        .bind(&step.id)
        .bind(result)
        .bind(failure)
        .bind(VERSION)
        .execute(connection)
        .await
        .map_err(table_missing)?;
        Ok(inserted.rows_affected() == 1)
    }

    fn is_conflict(error: &dyn DatabaseError) -> bool {
        // Serialization failure, and deadlock.
        matches!(error.code().as_deref(), Some("40001" | "40P01"))
    }

    async fn version(connection: &mut PgConnection) -> Result<i32, StepError> {
        let version = query_scalar("SELECT version FROM restate_steps_version");
        let version = version.fetch_optional(connection).await.map_err(table_missing)?;
        version.ok_or(StepError::Version(None))
    }

    async fn create(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        // `CREATE TABLE IF NOT EXISTS` fails if two sessions execute it at the same time. The number is
        // the text `restate` in ASCII.
        raw_sql("SELECT pg_advisory_xact_lock(x'72657374617465'::bigint)")
            .execute(&mut *connection)
            .await?;
        raw_sql(schema::POSTGRES).execute(connection).await?;
        Ok(())
    }

    async fn delete_some(connection: &mut PgConnection, age: Duration) -> Result<u64, StepError> {
        let deleted = query(
            "DELETE FROM restate_steps WHERE ctid = ANY (ARRAY \
             (SELECT ctid FROM restate_steps WHERE created_at < now() - make_interval(secs => $1) LIMIT $2))",
        )
        .bind(age.as_secs_f64())
        .bind(i64::from(DELETED_AT_ONCE))
        .execute(connection)
        .await
        .map_err(table_missing)?;
        Ok(deleted.rows_affected())
    }
}

fn table_missing(error: sqlx::Error) -> StepError {
    // The name of an undefined table is only in the message, whose language is a setting of the server.
    let code = error.as_database_error().and_then(DatabaseError::code);
    if code.as_deref() == Some("42P01") { StepError::TableMissing } else { error.into() }
}
