#![deny(warnings)]
#![allow(dead_code, unused_variables)]

pub mod contract {
    pub mod v1 {
        #[restate_core::service(name = "greeter.v1.Greeter")]
        pub trait Greeter {
            async fn greet(
                &self,
                ctx: restate_core::Context<'_>,
                name: super::Name,
            ) -> restate_core::HandlerResult<String>;
        }
    }

    pub type Name = String;
}

mod handlers {
    use restate_core::{Context, HandlerResult};

    use super::contract::v1::Greeter;

    pub struct Polite;

    impl Greeter for Polite {
        async fn greet(
            &self,
            _: Context<'_>,
            name: super::contract::Name,
        ) -> HandlerResult<String> {
            Ok(name)
        }
    }
}

fn server() -> contract::v1::GreeterServer<handlers::Polite> {
    contract::v1::GreeterServer::new(handlers::Polite)
}

fn main() {}
