use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::SeqCst},
};

use restate::{Context, Engine, HandlerResult, Json, testing::TestEngine};
use tokio::sync::{Semaphore, watch};

use super::{Album, AlbumsClient, AlbumsServer, ByName, ByOthers, Images, ImagesServer};

#[tokio::test]
async fn all_images_are_shrunk() {
    let test = TestEngine::builder();
    let test = test.bind(AlbumsServer::new(ByOthers)).bind(ImagesServer::new(ByName)).start().await;
    let urls: Vec<String> = (0..50).map(|number| format!("{number:08}")).collect();
    let sum = AlbumsClient::new(test.client()).shrink_all(Json(urls)).await;
    assert_eq!(sum.expect("all succeed"), 400);
    test.replay().await.expect("every journal replays");
}

/// Images that tell how many of them run, and end when the test lets them.
#[derive(Clone)]
struct Gated {
    running: watch::Sender<u32>,
    most: Arc<AtomicU32>,
    gate: Arc<Semaphore>,
}

impl Images for Gated {
    async fn shrink(&self, ctx: Context<'_>, _: String) -> HandlerResult<u32> {
        let work = async || {
            self.running.send_modify(|running| *running += 1);
            self.most.fetch_max(*self.running.borrow(), SeqCst);
            self.gate.acquire().await?.forget();
            self.running.send_modify(|running| *running -= 1);
            Ok(0)
        };
        Ok(ctx.run(work).await?)
    }
}

#[tokio::test]
async fn a_customer_has_two_images_shrunk_at_a_time() -> Result<(), Box<dyn std::error::Error>> {
    let (running, mut observed) = watch::channel(0);
    let gate = Arc::new(Semaphore::new(0));
    let images = Gated { running, most: Arc::default(), gate: Arc::clone(&gate) };
    let directory = tempfile::tempdir()?;
    let engine = Engine::builder()
        .bind(AlbumsServer::new(ByOthers))
        .bind(ImagesServer::new(images.clone()))
        .data_dir(directory.path())
        .admin("127.0.0.1:0")
        .start()
        .await?;
    let admin = format!("http://{}", engine.admin_addr().expect("it has an address"));

    // As `restate-embedded rules set 'images/*' --concurrency 2`.
    let rule = r#"[{ "pattern": "images/*", "limits": { "concurrency": 2 } }]"#;
    let rules = format!("{admin}/limits/rules");
    let set = move || ureq::put(rules).content_type("application/json").send(rule);
    tokio::task::spawn_blocking(set).await??;

    let urls = (0..6).map(|number| number.to_string()).collect();
    let album = Album { customer: "ann".to_owned(), urls };
    AlbumsClient::new(engine.client()).shrink_later(Json(album)).await?;
    observed.wait_for(|running| *running == 2).await?;
    let held_back = format!("{admin}/invocations?status=held-back");
    let list = move || ureq::get(held_back).call()?.body_mut().read_to_string();
    let list: serde_json::Value = serde_json::from_str(&tokio::task::spawn_blocking(list).await??)?;
    assert_eq!(list["invocations"].as_array().map(Vec::len), Some(4));

    gate.add_permits(6);
    observed.wait_for(|running| *running == 0 && gate.available_permits() == 0).await?;
    assert_eq!(images.most.load(SeqCst), 2);
    engine.shutdown().await?;
    Ok(())
}
