//! A list under one key of state.

use restate_core::{HandlerResult, Json, ObjectContext, object};

/// A list for each key.
#[object(name = "ListObject")]
pub trait ListObject {
    /// Adds to the end of the list.
    async fn append(&self, ctx: ObjectContext<'_>, value: String) -> HandlerResult<()>;

    /// The list.
    async fn get(&self, ctx: ObjectContext<'_>) -> HandlerResult<Json<Vec<String>>>;

    /// Clears the list, and returns its values.
    async fn clear(&self, ctx: ObjectContext<'_>) -> HandlerResult<Json<Vec<String>>>;
}

/// Keeps the list in state.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListInState;

const LIST: &str = "list";

impl ListObject for ListInState {
    async fn append(&self, ctx: ObjectContext<'_>, value: String) -> HandlerResult<()> {
        let Json(mut list) = self.get(ctx).await?;
        list.push(value);
        ctx.set(LIST, Json(list));
        Ok(())
    }

    async fn get(&self, ctx: ObjectContext<'_>) -> HandlerResult<Json<Vec<String>>> {
        Ok(ctx.get(LIST).await?.unwrap_or_default())
    }

    async fn clear(&self, ctx: ObjectContext<'_>) -> HandlerResult<Json<Vec<String>>> {
        let list = self.get(ctx).await?;
        ctx.clear(LIST);
        Ok(list)
    }
}
