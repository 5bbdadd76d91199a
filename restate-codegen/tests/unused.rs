//! A program that uses none of the generated code compiles without a warning.

#![deny(warnings)]
#![allow(unreachable_pub, reason = "contracts are public")]

// Private, so that the compiler reports dead code.
mod greeter {
    include!("golden/greeter.v1.rs");
}

mod counter {
    include!("golden/counter.v1.rs");
}

mod signup {
    include!("golden/signup.v1.rs");
}

mod old {
    include!("golden/_.rs");
}

mod all {
    include!("golden/forms.v1.rs");
}

mod written {
    use restate_core::{Context, HandlerResult, ObjectContext, WorkflowContext};

    #[restate_core::service]
    trait Greeter {
        async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
    }

    #[restate_core::object]
    trait Counter {
        async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64>;
    }

    #[restate_core::workflow]
    trait Signup {
        async fn run(&self, ctx: WorkflowContext<'_>, email: String) -> HandlerResult<()>;
    }
}
