//! The services that the clients of these tests call.

#[allow(missing_docs, missing_debug_implementations, reason = "the contract has the comments")]
mod contract {
    restate_core::include_proto!("shop.v1");
}

pub mod certificate;
pub mod clients;
pub mod conformance;

use std::sync::Arc;

use restate_core::{
    Context, HandlerResult, ObjectContext, RpcCode, SharedWorkflowContext, TerminalError,
    WorkflowContext, handlers, well_known::StringValue,
};
use restate_embedded::{Engine, EngineBuilder};
use tokio::sync::Notify;

pub use self::contract::*;

/// A builder of an engine in memory with the services, on a free port.
pub fn engine() -> EngineBuilder {
    Engine::builder()
        .bind(DeskServer::new(Clerk::default()))
        .bind(StockServer::new(Shelf))
        .bind(NoteServer::new(Paper))
        .bind(TillServer::new(Drawer))
        .bind(SafeServer::new(Vault))
        .bind(OrderServer::new(Parcel))
        .bind(AuditServer::new(Books))
        .in_memory()
        .ingress("127.0.0.1:0")
}

/// Answers at the desk.
#[derive(Clone, Debug, Default)]
pub struct Clerk {
    open: Arc<Notify>,
}

#[handlers]
impl Desk for Clerk {
    async fn greet(&self, _: Context<'_>, request: GreetRequest) -> HandlerResult<Greeting> {
        Ok(greeting(&request))
    }

    async fn preview(&self, _: Context<'_>, request: GreetRequest) -> HandlerResult<Greeting> {
        Ok(greeting(&request))
    }

    async fn fail(&self, _: Context<'_>, request: FailRequest) -> HandlerResult<Greeting> {
        let error = TerminalError::with_code(u16::try_from(request.code)?, request.message);
        let error = error.with_detail(&StringValue { value: "why".to_owned() });
        let error = error.with_detail(&Full { item: "tea".to_owned(), left: 7 });
        let error = error.with_metadata("shelf", "3");
        Err(match RpcCode::from_number(request.rpc_code) {
            Some(code) => error.with_rpc_code(code),
            None => error,
        }
        .into())
    }

    async fn wait(&self, _: Context<'_>, request: GreetRequest) -> HandlerResult<Greeting> {
        self.open.notified().await;
        Ok(greeting(&request))
    }

    async fn open(&self, _: Context<'_>, request: GreetRequest) -> HandlerResult<Greeting> {
        self.open.notify_one();
        Ok(greeting(&request))
    }

    async fn headers(&self, ctx: Context<'_>, _: GreetRequest) -> HandlerResult<SeenHeaders> {
        let headers = ctx.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(SeenHeaders { headers: headers.collect() })
    }

    async fn hide(&self, _: Context<'_>, request: GreetRequest) -> HandlerResult<Greeting> {
        Ok(greeting(&request))
    }
}

fn greeting(request: &GreetRequest) -> Greeting {
    Greeting { text: format!("Good day, {}", request.name) }
}

/// Counts in the state of an item.
#[derive(Clone, Copy, Debug)]
pub struct Shelf;

#[handlers]
impl Stock for Shelf {
    async fn add(&self, ctx: ObjectContext<'_>, request: AddRequest) -> HandlerResult<Pieces> {
        let pieces = ctx.get::<i64>("pieces").await?.unwrap_or_default() + request.pieces;
        ctx.set("pieces", pieces);
        Ok(Pieces { pieces })
    }
}

/// Keeps one text for each key.
#[derive(Clone, Copy, Debug)]
pub struct Paper;

#[handlers]
impl Note for Paper {
    async fn write(
        &self,
        ctx: ObjectContext<'_>,
        request: GreetRequest,
    ) -> HandlerResult<Greeting> {
        let before = ctx.get::<String>("text").await?.unwrap_or_default();
        ctx.set("text", request.name);
        Ok(Greeting { text: before })
    }
}

/// Opens only from inside.
#[derive(Clone, Copy, Debug)]
pub struct Vault;

#[handlers]
impl Safe for Vault {
    async fn unlock(&self, _: Context<'_>, request: GreetRequest) -> HandlerResult<Greeting> {
        Ok(greeting(&request))
    }
}

/// Counts in the state of the one till.
#[derive(Clone, Copy, Debug)]
pub struct Drawer;

#[handlers]
impl Till for Drawer {
    async fn put(&self, ctx: ObjectContext<'_>, request: Pieces) -> HandlerResult<Pieces> {
        let pieces = ctx.get::<i64>("pieces").await?.unwrap_or_default() + request.pieces;
        ctx.set("pieces", pieces);
        Ok(Pieces { pieces })
    }
}

/// Waits for a payment and a packer.
#[derive(Clone, Copy, Debug)]
pub struct Parcel;

#[handlers]
impl Order for Parcel {
    async fn run(&self, ctx: WorkflowContext<'_>, _: OrderRequest) -> HandlerResult<Greeting> {
        let payment = ctx.awakeable::<String>();
        ctx.set("payment", payment.id().to_string());
        let card = payment.await?;
        let packer = ctx.promise::<String>("packer").await?;
        Ok(Greeting { text: format!("Paid by {card}, packed by {packer}") })
    }

    async fn invoice(
        &self,
        ctx: SharedWorkflowContext<'_>,
        _: OrderRequest,
    ) -> HandlerResult<Payment> {
        Ok(Payment { awakeable: ctx.get::<String>("payment").await?.unwrap_or_default() })
    }

    async fn pack(
        &self,
        ctx: SharedWorkflowContext<'_>,
        request: PackRequest,
    ) -> HandlerResult<Greeting> {
        ctx.promise("packer").resolve(request.by).await?;
        Ok(Greeting::default())
    }
}

/// Waits for an audit.
#[derive(Clone, Copy, Debug)]
pub struct Books;

#[handlers]
impl Audit for Books {
    async fn run(&self, ctx: WorkflowContext<'_>, _: OrderRequest) -> HandlerResult<Greeting> {
        Ok(Greeting { text: ctx.promise::<String>("auditor").await? })
    }
}
