//! One handler that has many others do the work, within limits.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use restate::{Call, Context, Engine, HandlerResult, Json, embedded::shutdown_signal};

#[cfg(test)]
mod tests;

#[restate::service]
trait Images {
    /// Makes a small version, and returns its size in bytes.
    async fn shrink(&self, ctx: Context<'_>, url: String) -> HandlerResult<u32>;
}

#[restate::service]
trait Albums {
    /// Shrinks all images, ten at a time, and returns the sum of their sizes.
    async fn shrink_all(&self, ctx: Context<'_>, urls: Json<Vec<String>>) -> HandlerResult<u32>;

    /// Has all images shrunk some time, and does not wait for it. At most as many run at a time as the rules of the
    /// scope `images` say, over all albums; and of each customer as many as those of `images/*` say.
    async fn shrink_later(&self, ctx: Context<'_>, album: Json<Album>) -> HandlerResult<()>;
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Album {
    customer: String,
    urls: Vec<String>,
}

const AT_A_TIME: usize = 10;

struct ByOthers;

#[restate::handlers]
impl Albums for ByOthers {
    async fn shrink_all(
        &self,
        ctx: Context<'_>,
        Json(urls): Json<Vec<String>>,
    ) -> HandlerResult<u32> {
        let images = ImagesClient::new(ctx);
        let calls = urls.into_iter().map(|url| images.shrink(url));
        // Boxed because of rust-lang/rust#100013.
        let sizes = stream::iter(calls).map(Call::call).boxed().buffered(AT_A_TIME);
        Ok(sizes.try_fold(0, async |sum, size| Ok(sum + size)).await?)
    }

    async fn shrink_later(&self, ctx: Context<'_>, Json(album): Json<Album>) -> HandlerResult<()> {
        let images = ImagesClient::new(ctx);
        for url in album.urls {
            images.shrink(url).scope("images").limit_key(&album.customer).one_way().await?;
        }
        Ok(())
    }
}

/// In place of something that needs a processor.
struct ByName;

#[restate::handlers]
impl Images for ByName {
    async fn shrink(&self, ctx: Context<'_>, url: String) -> HandlerResult<u32> {
        ctx.run(|| async { Ok(u32::try_from(url.len())?) }).name("shrink").await
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let engine = Engine::builder()
        .bind(AlbumsServer::new(ByOthers))
        .bind(ImagesServer::new(ByName))
        .data_dir("restate-data")
        .ingress("127.0.0.1:8080")
        .admin("127.0.0.1:9070")
        .start()
        .await?;
    engine.run_until(shutdown_signal()).await?;
    Ok(())
}
