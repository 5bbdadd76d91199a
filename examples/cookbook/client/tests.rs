use restate::{Context, Engine, HandlerResult, IngressClient, Json, TerminalError};

use super::{Outcome, Report, Reports, ReportsServer, write};

/// Numbers its reports.
struct Numbered;

impl Reports for Numbered {
    async fn write(&self, ctx: Context<'_>, topic: String) -> HandlerResult<Json<Report>> {
        if topic.is_empty() {
            return Err(TerminalError::bad_request("about what?").into());
        }
        Ok(Json(Report { text: format!("{topic}, {}", ctx.uuid()) }))
    }
}

#[tokio::test]
async fn a_report_is_written_once() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::builder().bind(ReportsServer::new(Numbered)).in_memory();
    let engine = engine.ingress("127.0.0.1:0").start().await?;
    let url = format!("http://{}", engine.ingress_addr().expect("it has an address"));
    let ingress = IngressClient::new(url)?;

    let first = write(&ingress, "report-1", "rain").await?;
    assert!(matches!(&first, Outcome::Written(text) if text.starts_with("rain, ")), "{first:?}");
    assert_eq!(write(&ingress, "report-1", "rain").await?, first);
    assert_ne!(write(&ingress, "report-2", "rain").await?, first);
    let refused = write(&ingress, "report-3", "").await?;
    assert_eq!(refused, Outcome::Refused("about what?".to_owned()));
    engine.shutdown().await?;
    Ok(())
}
