use restate::{embedded::ClientError, testing::TestEngine};

use super::{
    ByManager, DAY,
    contract::{ApprovalClient, ApprovalServer, Claim, Decision, StatusRequest},
};

async fn start() -> TestEngine {
    TestEngine::builder().bind(ApprovalServer::new(ByManager)).start().await
}

fn claim() -> Claim {
    Claim { employee: "Ann".to_owned(), cents: 4200 }
}

#[tokio::test]
async fn a_decision_after_the_reminder_counts() -> Result<(), ClientError> {
    let test = start().await;
    let approval = ApprovalClient::new(test.client(), "claim-1");
    let run = approval.run(claim()).one_way().await?;
    test.advance(5 * DAY).await;
    assert_eq!(approval.status(StatusRequest {}).await?.status, "waiting");
    approval.decide(Decision { approved: true, by: "Bob".to_owned() }).await?;
    assert_eq!(run.attach::<super::Outcome>().await?.status, "approved by Bob");
    assert_eq!(approval.status(StatusRequest {}).await?.status, "approved by Bob");
    Ok(())
}

#[tokio::test]
async fn a_claim_expires_after_a_week() -> Result<(), ClientError> {
    let test = start().await;
    let outcome = ApprovalClient::new(test.client(), "claim-1").run(claim()).await?;
    assert_eq!(outcome.status, "expired");
    assert_eq!(test.elapsed(), 7 * DAY);
    test.replay().await.expect("every journal replays");
    Ok(())
}

#[tokio::test]
async fn only_the_first_decision_counts() -> Result<(), ClientError> {
    let test = start().await;
    let approval = ApprovalClient::new(test.client(), "claim-1");
    let run = approval.run(claim()).one_way().await?;
    approval.decide(Decision { approved: false, by: "Bob".to_owned() }).await?;
    let second = approval.decide(Decision { approved: true, by: "Eve".to_owned() }).await;
    let Err(ClientError::Failed(error)) = second else { panic!("it was decided already") };
    assert_eq!(error.code(), 409);
    assert_eq!(run.attach::<super::Outcome>().await?.status, "refused by Bob");
    Ok(())
}
