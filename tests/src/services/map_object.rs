//! A map, each entry under a key of state of its own.

use restate_core::{HandlerResult, Json, ObjectContext, object};
use serde::{Deserialize, Serialize};

/// An entry of a map.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its key in the map.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// A map for each key.
#[object(name = "MapObject")]
pub trait MapObject {
    /// Puts an entry in.
    async fn set(&self, ctx: ObjectContext<'_>, entry: Json<Entry>) -> HandlerResult<()>;

    /// The value of a key; empty if it is missing.
    async fn get(&self, ctx: ObjectContext<'_>, key: String) -> HandlerResult<String>;

    /// Clears the map, and returns its entries.
    #[handler(name = "clearAll")]
    async fn clear_all(&self, ctx: ObjectContext<'_>) -> HandlerResult<Json<Vec<Entry>>>;
}

/// Keeps the map in state.
#[derive(Clone, Copy, Debug, Default)]
pub struct MapInState;

impl MapObject for MapInState {
    async fn set(&self, ctx: ObjectContext<'_>, Json(entry): Json<Entry>) -> HandlerResult<()> {
        ctx.set(&entry.key, entry.value);
        Ok(())
    }

    async fn get(&self, ctx: ObjectContext<'_>, key: String) -> HandlerResult<String> {
        Ok(ctx.get(&key).await?.unwrap_or_default())
    }

    async fn clear_all(&self, ctx: ObjectContext<'_>) -> HandlerResult<Json<Vec<Entry>>> {
        let mut entries = Vec::new();
        for key in ctx.state_keys().await? {
            let value = ctx.get(&key).await?.ok_or("a key that is listed has no value")?;
            entries.push(Entry { key, value });
        }
        ctx.clear_all();
        Ok(Json(entries))
    }
}
