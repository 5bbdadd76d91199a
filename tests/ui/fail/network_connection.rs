use std::net::TcpStream;
use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let stream = TcpStream::connect("localhost:80")?;
        Ok(())
    }
}
fn main() {}
