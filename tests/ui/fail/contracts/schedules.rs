//! A schedule is checked where the contract declares it.

use restate_core::{Context, HandlerResult, ObjectContext};

#[restate_core::service]
pub trait Reports {
    // Schedule that is not cron
    #[handler(schedule(cron = "0 25 * * *"))]
    async fn daily(&self, ctx: Context<'_>) -> HandlerResult<()>;

    // Schedule that never comes
    #[handler(schedule(cron = "0 0 30 2 *"))]
    async fn never(&self, ctx: Context<'_>) -> HandlerResult<()>;

    // Schedule in an unknown time zone
    #[handler(schedule(cron = "0 9 * * *", time_zone = "Europe/Berlim"))]
    async fn local(&self, ctx: Context<'_>) -> HandlerResult<()>;

    // Schedule without the request of its handler
    #[handler(schedule(interval = "1h"))]
    async fn send(&self, ctx: Context<'_>, to: String) -> HandlerResult<()>;

    // Schedule with an interval of zero
    #[handler(schedule(interval = "0s"))]
    async fn always(&self, ctx: Context<'_>) -> HandlerResult<()>;

    // Unknown part of a schedule
    #[handler(schedule(every = "1h"))]
    async fn hourly(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

#[restate_core::object]
pub trait Account {
    // Schedule of an object without a key
    #[handler(schedule(interval = "1h"))]
    async fn close(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;
}

// Schedule of a whole service
#[restate_core::service(schedule(interval = "1h"))]
pub trait Waver {
    async fn wave(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

fn main() {}
