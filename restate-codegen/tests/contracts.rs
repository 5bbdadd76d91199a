//! The generated code of all kinds of contracts compiles and behaves as they specify.

#![allow(missing_docs, reason = "as in the contracts")]
#![deny(warnings)]

pub mod all {
    include!("golden/forms.v1.rs");
}

pub mod helloworld {
    include!("golden/helloworld.rs");
}

pub mod hostile {
    pub mod r#type {
        pub mod v1 {
            include!("golden/hostile.type.v1.rs");
        }
    }
}

pub mod old {
    include!("golden/_.rs");
}

pub mod settings {
    include!("golden/settings.v1.rs");
}

mod go {
    use restate_core::{
        Context, HandlerResult, ObjectContext, Service, SharedObjectContext, SharedWorkflowContext,
        WorkflowContext,
        contract::{HandlerKind, ServiceKind},
    };

    use crate::helloworld::{
        AddRequest, AddWatcherRequest, AddWatcherResponse, Counter, CounterServer, FinishRequest,
        FinishResponse, GetRequest, GetResponse, Greeter, GreeterServer, HelloRequest,
        HelloResponse, RunRequest, RunResponse, StatusRequest, StatusResponse, WatchRequest,
        Workflow, WorkflowServer,
    };

    struct Hello;

    impl Greeter for Hello {
        async fn say_hello(
            &self,
            _: Context<'_>,
            request: HelloRequest,
        ) -> HandlerResult<HelloResponse> {
            Ok(HelloResponse { message: request.name })
        }
    }

    impl Counter for Hello {
        async fn add(&self, _: ObjectContext<'_>, _: AddRequest) -> HandlerResult<GetResponse> {
            Ok(GetResponse::default())
        }

        async fn get(
            &self,
            _: SharedObjectContext<'_>,
            _: GetRequest,
        ) -> HandlerResult<GetResponse> {
            Ok(GetResponse::default())
        }

        async fn add_watcher(
            &self,
            _: ObjectContext<'_>,
            _: AddWatcherRequest,
        ) -> HandlerResult<AddWatcherResponse> {
            Ok(AddWatcherResponse {})
        }

        async fn watch(
            &self,
            _: SharedObjectContext<'_>,
            _: WatchRequest,
        ) -> HandlerResult<GetResponse> {
            Ok(GetResponse::default())
        }
    }

    impl Workflow for Hello {
        async fn run(&self, _: WorkflowContext<'_>, _: RunRequest) -> HandlerResult<RunResponse> {
            Ok(RunResponse::default())
        }

        async fn finish(
            &self,
            _: SharedWorkflowContext<'_>,
            _: FinishRequest,
        ) -> HandlerResult<FinishResponse> {
            Ok(FinishResponse {})
        }

        async fn status(
            &self,
            _: SharedWorkflowContext<'_>,
            _: StatusRequest,
        ) -> HandlerResult<StatusResponse> {
            Ok(StatusResponse::default())
        }
    }

    type Described = (&'static str, ServiceKind, Vec<(&'static str, HandlerKind)>);

    fn described(service: &dyn Service) -> Described {
        let descriptor = service.descriptor();
        let handlers = descriptor.handlers().iter().map(|it| (it.name(), it.kind())).collect();
        (descriptor.name(), descriptor.kind(), handlers)
    }

    #[test]
    fn services_of_the_go_sdk_have_its_names_and_kinds() {
        use HandlerKind::{Exclusive, Plain, Run, Shared};
        assert_eq!(
            described(&GreeterServer::new(Hello)),
            ("helloworld.Greeter", ServiceKind::Service, vec![("SayHello", Plain)])
        );
        assert_eq!(
            described(&CounterServer::new(Hello)),
            (
                "helloworld.Counter",
                ServiceKind::Object,
                vec![
                    ("Add", Exclusive),
                    ("Get", Shared),
                    ("AddWatcher", Exclusive),
                    ("Watch", Shared),
                ]
            )
        );
        assert_eq!(
            described(&WorkflowServer::new(Hello)),
            (
                "helloworld.Workflow",
                ServiceKind::Workflow,
                vec![("Run", Run), ("Finish", Shared), ("Status", Shared)]
            )
        );
    }

    #[test]
    fn messages_of_the_go_sdk_have_its_json() {
        use restate_core::{Encoding, Payload};

        use crate::helloworld::Test;

        // The output of Go's protojson for the same values.
        let json = r#"{"inner":{"primitive":"a"},"anotherInner":{"timeoutMillis":"250"}}"#;
        let message = Test::decode(json.into(), Encoding::Json).unwrap();
        assert_eq!(message.another_inner.map(|it| it.timeout_millis), Some(250));
        assert_eq!(message.encode(Encoding::Json).unwrap(), json);
        let json = GetResponse { value: 7 }.encode(Encoding::Json).unwrap();
        assert_eq!(json, r#"{"value":"7"}"#);
    }
}

mod asked {
    use std::time::Duration;

    use restate_core::{
        Encoding, HandlerResult, ObjectContext, OnMaxAttempts, RetryPolicy, Service, Settings,
        SharedObjectContext, WorkflowContext, well_known::Empty,
    };

    use crate::settings::{Batch, BatchServer, Import, ImportServer};

    struct Idle;

    #[restate_core::handlers]
    impl Batch for Idle {
        async fn start(&self, _: ObjectContext<'_>, _: Empty) -> HandlerResult<Empty> {
            Ok(Empty {})
        }

        async fn watch(&self, _: SharedObjectContext<'_>, _: Empty) -> HandlerResult<()> {
            Ok(())
        }
    }

    #[restate_core::handlers]
    impl Import for Idle {
        async fn run(&self, _: WorkflowContext<'_>, _: Empty) -> HandlerResult<Empty> {
            Ok(Empty {})
        }
    }

    #[test]
    fn settings_reach_the_descriptor() {
        let server = BatchServer::new(Idle);
        let descriptor = server.descriptor();
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let expected = Settings::new()
            .inactivity_timeout(minutes(10))
            .abort_timeout(minutes(1))
            .journal_retention(minutes(24 * 60))
            .idempotency_retention(minutes(12 * 60))
            .lazy_state(true)
            .encoding(Encoding::Json)
            .keep_headers(&["authorization"])
            .retry_policy(
                RetryPolicy::new()
                    .initial_interval(Duration::from_millis(50))
                    .factor(2.0)
                    .max_interval(Duration::from_secs(10))
                    .max_attempts(7),
            )
            .on_max_attempts(OnMaxAttempts::Pause);
        assert_eq!(descriptor.settings, expected);
        assert_eq!(descriptor.metadata, [("team", "billing")]);

        let watch = descriptor.handler("Watch").unwrap();
        assert_eq!(watch.documentation, "Looks on.");
        assert_eq!(watch.settings.private, Some(true));
        assert_eq!(watch.settings.encoding, Some(Encoding::Proto));
        assert_eq!(watch.settings.keep_headers, Some(&["cookie", "x-api-key"][..]));
        assert_eq!(watch.settings.on_max_attempts, Some(OnMaxAttempts::Kill));
    }

    #[test]
    fn a_workflow_is_kept_as_long_as_its_run() {
        let server = ImportServer::new(Idle);
        let run = server.descriptor().handler("Run").unwrap();
        let week = Duration::from_secs(7 * 24 * 60 * 60);
        assert_eq!(run.settings.workflow_retention, Some(week));
        assert_eq!(server.descriptor().settings.workflow_retention, None);
    }
}

mod one {
    use restate_core::{
        HandlerResult, ObjectContext, Service,
        contract::{HandlerKind, ServiceKind},
    };

    use crate::old::{Sequence, SequenceServer, Step};

    struct Count;

    impl Sequence for Count {
        async fn next(&self, ctx: ObjectContext<'_>, step: Step) -> HandlerResult<Step> {
            let number = ctx.get::<i64>("number").await?.unwrap_or_default() + step.number();
            ctx.set("number", number);
            Ok(Step { number: Some(number) })
        }
    }

    #[test]
    fn s4_a_singleton_is_an_object() {
        let server = SequenceServer::new(Count);
        let descriptor = server.descriptor();
        assert_eq!((descriptor.name(), descriptor.kind()), ("Sequence", ServiceKind::Object));
        assert_eq!(descriptor.handlers()[0].kind(), HandlerKind::Exclusive);
    }
}

#[test]
fn fields_of_proto2_have_presence() {
    use restate_core::{Encoding, Payload};

    let booking = old::Booking { account: "a".to_owned(), ..old::Booking::default() };
    assert_eq!(booking.encode(Encoding::Json).unwrap(), r#"{"account":"a"}"#);
    assert_eq!(booking.amount(), 5);
    let booked = old::Booked { balance: 0, kind: None };
    assert_eq!(booked.encode(Encoding::Json).unwrap(), r#"{"balance":"0"}"#);
}
