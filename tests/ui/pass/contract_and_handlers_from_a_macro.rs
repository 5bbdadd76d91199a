#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult};

macro_rules! echo {
    ($service:ident, $server:ident, $implementation:ident, $ty:ty) => {
        #[restate_core::service]
        pub trait $service {
            async fn echo(&self, ctx: Context<'_>, value: $ty) -> HandlerResult<$ty>;
        }

        pub struct $implementation;

        #[restate_core::handlers]
        impl $service for $implementation {
            async fn echo(&self, ctx: Context<'_>, value: $ty) -> HandlerResult<$ty> {
                ctx.now().await?;
                Ok(value)
            }
        }
    };
}

echo!(Strings, StringsServer, StringsEcho, String);
echo!(Numbers, NumbersServer, NumbersEcho, u64);

fn main() {}
