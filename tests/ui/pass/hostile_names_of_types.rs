#![deny(warnings)]
#![allow(dead_code, unused_variables)]

mod names {
    pub struct Context;
    pub struct Option;
    pub struct Result;
    pub struct String;
    pub struct Call;
    pub struct Send;
    pub struct Sync;
    pub struct Future;
    pub struct Into;
    pub struct C;
    pub struct S;
}

#[allow(unused_imports)]
mod contract {
    use super::names::{C, Call, Context, Future, Into, Option, Result, S, Send, String, Sync};

    #[restate_core::service]
    pub trait Greeter {
        async fn greet(
            &self,
            ctx: ::restate_core::Context<'_>,
            name: ::std::string::String,
        ) -> ::restate_core::HandlerResult<u64>;
    }

    #[restate_core::object]
    pub trait Counter {
        async fn add(
            &self,
            ctx: ::restate_core::ObjectContext<'_>,
            amount: i64,
        ) -> ::restate_core::HandlerResult<i64>;
    }
}

fn main() {}
