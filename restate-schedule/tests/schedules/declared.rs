//! Schedules in contracts.

use std::time::Duration;

use restate::{Context, HandlerResult, ObjectContext, testing::TestEngine};
use restate_schedule::{Declared, Schedules, directory, schedule};

use crate::services::{InState, LogClient, LogServer, lines};

/// The first version of a program.
#[restate::service(name = "Reports")]
trait Reports {
    #[handler(schedule(cron = "0 9 * * *", time_zone = "Europe/Berlin"))]
    async fn send(&self, ctx: Context<'_>) -> HandlerResult<()>;

    #[handler(schedule(interval = "1h", overlap = "allow", request = "\"hourly\""))]
    async fn remind(&self, ctx: Context<'_>, whom: String) -> HandlerResult<()>;
}

/// The second version.
#[restate::object(name = "Reports")]
trait LaterReports {
    #[handler(schedule(interval = "2h", key = "all", request = "\"two-hourly\""))]
    async fn remind(&self, ctx: ObjectContext<'_>, whom: String) -> HandlerResult<()>;
}

/// A request that its handler cannot read, which no build can find.
#[restate::service]
trait Wrong {
    #[handler(schedule(interval = "1h", request = "\"seven\""))]
    async fn count(&self, ctx: Context<'_>, number: u64) -> HandlerResult<()>;
}

struct ToLog;

#[restate::handlers]
impl Reports for ToLog {
    async fn send(&self, ctx: Context<'_>) -> HandlerResult<()> {
        LogClient::new(ctx, "log").append("daily".to_owned()).await?;
        Ok(())
    }

    async fn remind(&self, ctx: Context<'_>, whom: String) -> HandlerResult<()> {
        LogClient::new(ctx, "log").append(whom).await?;
        Ok(())
    }
}

#[restate::handlers]
impl LaterReports for ToLog {
    async fn remind(&self, ctx: ObjectContext<'_>, whom: String) -> HandlerResult<()> {
        LogClient::new(ctx, "log").append(format!("{whom} {}", ctx.key())).await?;
        Ok(())
    }
}

#[restate::handlers]
impl Wrong for ToLog {
    async fn count(&self, _: Context<'_>, _: u64) -> HandlerResult<()> {
        Ok(())
    }
}

#[tokio::test]
async fn declared_schedules_start_change_and_stop_with_the_contract() {
    let test = TestEngine::builder()
        .bind(ReportsServer::new(ToLog))
        .bind(LogServer::new(InState))
        .bind(schedule())
        .bind(directory())
        .start()
        .await;
    let schedules = Schedules::new(test.client());
    let call = LogClient::new(test.client(), "log").append(String::new());
    let later = restate_schedule::Timetable::cron("0 0 1 1 *");
    schedules.create("of a client", later, call).await.unwrap();
    let first = Declared::by("shop").service(&ReportsServer::new(ToLog)).unwrap();

    let reconciled = schedules.reconcile(&first).await.unwrap();
    let (send, remind) = ("declared/shop/Reports/send", "declared/shop/Reports/remind");
    assert_eq!(reconciled.started, [send, remind]);
    let described = schedules.describe(send).await.unwrap();
    assert_eq!(described.declared_by.as_deref(), Some("shop"));
    let again = schedules.reconcile(&first).await.unwrap();
    assert_eq!(again, restate_schedule::Reconciled::default());

    test.advance(Duration::from_secs(24 * 3600)).await;
    let said = lines(&test, "log").await;
    assert_eq!(said.iter().filter(|(what, _)| what == "hourly").count(), 24);
    assert_eq!(said.iter().filter(|(what, _)| what == "daily").count(), 1);

    let second = Declared::by("shop").service(&LaterReportsServer::new(ToLog)).unwrap();
    let reconciled = schedules.reconcile(&second).await.unwrap();
    assert!(reconciled.started.is_empty());
    assert_eq!(
        (&reconciled.changed[..], &reconciled.stopped[..]),
        (&[remind.to_owned()][..], &[send.to_owned()][..])
    );
    let described = schedules.describe(remind).await.unwrap();
    assert_eq!(described.key.as_deref(), Some("all"));
    let other = Declared::by("shop 2");
    assert_eq!(schedules.reconcile(&other).await.unwrap().stopped, [""; 0]);
    assert_eq!(schedules.list("").await.unwrap(), [remind, "of a client"]);
}

#[test]
fn a_request_that_its_handler_cannot_read_is_an_error() {
    let error = Declared::by("shop").service(&WrongServer::new(ToLog)).unwrap_err().to_string();
    let start = "the schedule that the contract declares for Wrong/count cannot be kept: the call cannot be \
                 stored: ";
    assert!(error.starts_with(start) && error.contains("u64"), "{error}");
}
