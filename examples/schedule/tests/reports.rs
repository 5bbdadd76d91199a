//! A week of reports, in virtual time.

use std::time::Duration;

use restate::testing::TestEngine;
use restate_schedule::{Declared, Schedules, directory, schedule};
use restate_schedule_example::{
    ToTerminal,
    contract::{ReportsClient, ReportsServer, SubscribeRequest},
};

#[tokio::test]
async fn a_week_has_five_reports_for_the_board_and_one_for_a_subscriber() {
    let reports = ReportsServer::new(ToTerminal);
    let declared = Declared::by("reports").service(&reports).unwrap();
    let test = TestEngine::builder().bind(reports).bind(schedule()).bind(directory()).start().await;
    let schedules = Schedules::new(test.client());
    schedules.reconcile(&declared).await.unwrap();
    let ann = SubscribeRequest { to: "ann".to_owned() };
    ReportsClient::new(test.client()).subscribe(ann).await.unwrap();

    test.advance(Duration::from_secs(7 * 86_400)).await;

    let fired = async |name: &str| schedules.describe(name).await.unwrap().fired;
    assert_eq!(fired("declared/reports/reports.v1.Reports/Send").await, 5);
    assert_eq!(fired("weekly/ann").await, 1);
    test.replay().await.unwrap();
}
