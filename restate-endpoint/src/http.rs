//! Requests of a Restate server, and responses to them.

mod body;
mod response;
mod route;

pub use self::body::ResponseBody;
pub(crate) use self::{
    response::{Refusal, ok, ok_reusing},
    route::Route,
};
