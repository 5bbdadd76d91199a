use std::{env, error::Error, path::Path, process::Command, time::Duration};

use restate_embedded::Engine;
use restate_tests::client::post_json;

use crate::{
    clock::instant,
    load::{builder, fill, resident, start},
    services::{Arrivals, WorkClient},
    verdict::{Verdict, verdict},
};

/// Suspends many invocations, and starts another process on the same data.
pub(crate) async fn measure(directory: &Path, invocations: u64) -> Verdict {
    let engine = builder(directory, &Arrivals::default()).inactivity_timeout(Duration::ZERO);
    let engine = engine.admin("127.0.0.1:0").start().await?;
    let before = resident()?;
    let work = WorkClient::new(engine.client());
    fill(invocations, |_| {
        let sent = work.rest().one_way();
        async { sent.await.map(drop) }
    })
    .await?;
    while suspended(&engine).await? < invocations {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("{before:.0} MB before, {:.0} MB when they were suspended", resident()?);
    engine.shutdown().await?;
    let mut recover = Command::new(env::current_exe()?);
    let recovered = recover.arg("recover").arg(directory).status()?.success();
    Ok(recovered)
}

async fn suspended(engine: &Engine) -> Result<u64, Box<dyn Error>> {
    let admin = engine.admin_addr().ok_or("the engine has no admin interface")?;
    let query = r#"{"query":"SELECT count(*) AS n FROM invocation WHERE phase = 2"}"#;
    let answer = post_json(admin, "/query", query).await?;
    let answer: serde_json::Value = serde_json::from_slice(&answer.body)?;
    Ok(answer["rows"][0]["n"].as_u64().ok_or("the query has no answer")?)
}

/// Starts an engine on the data of `measure`.
pub(crate) async fn recover(directory: &Path) -> Verdict {
    let started = instant();
    let engine = start(directory).await?;
    let took = started.elapsed();
    WorkClient::new(engine.client()).greet("Pete".to_owned()).await?;
    let memory = resident()?;
    println!("recovered in {:.2} s, {memory:.0} MB resident", took.as_secs_f64());
    engine.shutdown().await?;
    let quick = verdict("recovery within 3 s", took < Duration::from_secs(3));
    Ok(verdict("less than 200 MB", memory < 200.0) && quick)
}
