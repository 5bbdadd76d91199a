//! What reaches outside of the handler happens again, with another outcome, in every replay.

use std::net::TcpStream;
use tokio::fs;
use restate_core::{Context, HandlerResult, handlers};

struct Polite;

#[handlers]
impl Polite {
    // Environment read
    async fn environment(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let home = std::env::var("HOME");
        Ok(())
    }

    // File read
    async fn file(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let text = std::fs::read_to_string("greeting.txt")?;
        Ok(())
    }

    // File read by tokio
    async fn file_by_tokio(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let text = fs::read_to_string("greeting.txt").await?;
        Ok(())
    }

    // Network connection
    async fn connection(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let stream = TcpStream::connect("localhost:80")?;
        Ok(())
    }

    // Program started
    async fn program(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let date = std::process::Command::new("date").output()?;
        Ok(())
    }
}

fn main() {}
