//! Runs the shop; the carrier is `npm start` in `carrier`.

use restate::embedded::shutdown_signal;
use restate_typescript_example::shop;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let engine = shop("http://127.0.0.1:9080")
        .data_dir("restate-data")
        .ingress("127.0.0.1:8080")
        .admin("127.0.0.1:9070")
        .start()
        .await?;
    engine.run_until(shutdown_signal()).await?;
    Ok(())
}
