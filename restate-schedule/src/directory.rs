//! The names of all schedules.

use restate::{Channel, HandlerResult, ObjectContext, SharedObjectContext, well_known::Empty};

use crate::{
    contract::{Directory, DirectoryClient, ListRequest, ListResponse, Name},
    times::hash,
};

/// Objects over which names are spread: with 100,000 schedules, each has about 1,600. Fixed, because a name is
/// found by it.
const OBJECTS: u64 = 64;

/// One key of state for each name, so that adding one writes nothing else.
pub(crate) struct NamesInState;

#[restate::handlers]
impl Directory for NamesInState {
    async fn add(&self, ctx: ObjectContext<'_>, Name { name }: Name) -> HandlerResult<()> {
        ctx.set(&name, true);
        Ok(())
    }

    async fn remove(&self, ctx: ObjectContext<'_>, Name { name }: Name) -> HandlerResult<()> {
        ctx.clear(&name);
        Ok(())
    }

    async fn list(
        &self,
        ctx: SharedObjectContext<'_>,
        ListRequest { prefix }: ListRequest,
    ) -> HandlerResult<ListResponse> {
        let mut names = ctx.state_keys().await?;
        names.retain(|name| name.starts_with(&prefix));
        names.sort();
        Ok(ListResponse { names })
    }
}

/// The object that knows `name`.
pub(crate) fn directory_of<C: Channel>(channel: C, name: &str) -> DirectoryClient<C> {
    DirectoryClient::new(channel, (hash(name) % OBJECTS).to_string())
}

/// All objects with names.
pub(crate) fn directories<C: Channel>(channel: &C) -> impl Iterator<Item = DirectoryClient<C>> {
    (0..OBJECTS).map(|object| DirectoryClient::new(channel.clone(), object.to_string()))
}

/// The request of `add` and `remove`.
pub(crate) fn name(name: &str) -> Name {
    Name { name: name.to_owned() }
}

/// The request of handlers that need none.
pub(crate) const NOTHING: Empty = Empty {};
