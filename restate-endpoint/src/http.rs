//! What a request asks for, and what it is answered with.

mod body;
mod response;
mod route;

pub use self::body::ResponseBody;
pub(crate) use self::{
    response::{Refusal, ok, ok_reusing},
    route::Route,
};
