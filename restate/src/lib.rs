//! Durable service-to-service calls from protobuf contracts.
//!
//! A *handler* is ordinary async Rust. Each call it makes through a generated client, each sleep
//! and each step is an entry in the *journal* of its invocation. When the process dies, the engine
//! starts another attempt, which replays the journal up to where the last attempt came and goes on
//! from there. What was accepted is finished; what ran once is neither lost nor done twice.
//!
//! This page is a tour: [a contract](#a-contract), [its handlers](#handlers), [calls](#calls),
//! [what a handler can do](#what-a-handler-can-do), [what it must not
//! do](#the-rules-of-durable-code), [errors](#errors), [engines](#engines), [tests](#tests), and
//! the [features](#features) of this crate.
//!
//! # A contract
//!
//! A service is declared in a `.proto` file, as for gRPC:
//!
//! ```proto
//! syntax = "proto3";
//! package greeter.v1;
//!
//! service Greeter {
//!   rpc Greet(GreetRequest) returns (GreetResponse);
//! }
//! message GreetRequest { string name = 1; }
//! message GreetResponse { string message = 1; }
//! ```
//!
//! `build.rs` generates code for it. The generator is a crate of its own, so that nothing of it is
//! compiled into your program:
//!
//! ```toml
//! [dependencies]
//! restate = "0.1"
//!
//! [build-dependencies]
//! restate-codegen = "0.1"
//! ```
//!
//! ```ignore
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     restate_codegen::compile_protos(&["proto/greeter.proto"], &["proto"])?;
//!     Ok(())
//! }
//! ```
//!
//! and [`include_proto!`] includes the result: the trait `Greeter` to implement, the
//! `GreeterServer` that an engine binds, the `GreeterClient` that calls it, and the messages.
//!
//! ```ignore
//! mod greeter {
//!     restate::include_proto!("greeter.v1");
//! }
//! ```
//!
//! A trait with an attribute is a contract, too, and becomes the same code.
//! [`service`](macro@service) declares handlers without state; [`object`](macro@object) handlers
//! that share state under a key, one at a time; [`workflow`](macro@workflow) a run that is executed
//! once for each key:
//!
//! ```
//! use restate::{Context, HandlerResult, ObjectContext, SharedObjectContext};
//!
//! #[restate::service]
//! pub trait Greeter {
//!     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
//! }
//!
//! #[restate::object]
//! pub trait Counter {
//!     async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64>;
//!
//!     /// Runs beside `add`, and only reads.
//!     #[shared]
//!     async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64>;
//! }
//! ```
//!
//! In a `.proto`, options say the same: `import "restate/options.proto";` and
//! `option (restate.service) = { kind: OBJECT };`. What travels is a [`Payload`]: a protobuf
//! message, [`Json`] of any serde type, a string, a number, or bytes.
//!
//! # Handlers
//!
//! Implement the trait. [`handlers`](macro@handlers) on the `impl` is optional, and turns the
//! well-known mistakes of durable code into compile errors.
//!
//! ```
//! # use restate::{HandlerResult, ObjectContext, SharedObjectContext};
//! # #[restate::object]
//! # pub trait Counter {
//! #     async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64>;
//! #     #[shared]
//! #     async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64>;
//! # }
//! struct CountInState;
//!
//! #[restate::handlers]
//! impl Counter for CountInState {
//!     async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64> {
//!         let total = ctx.get::<i64>("total").await?.unwrap_or_default() + amount;
//!         ctx.set("total", total);
//!         Ok(total)
//!     }
//!
//!     async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64> {
//!         Ok(ctx.get("total").await?.unwrap_or_default())
//!     }
//! }
//! ```
//!
//! # Calls
//!
//! A client is made from the context of a handler, or outside of handlers from an engine's client.
//! Each of its methods returns a [`Call`], which is sent in one of three forms:
//!
//! ```
//! use std::time::Duration;
//! # use restate::{Context, HandlerResult};
//! # #[restate::service]
//! # pub trait Greeter {
//! #     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
//! # }
//!
//! async fn welcome(ctx: Context<'_>, name: String) -> HandlerResult<String> {
//!     let greeter = GreeterClient::new(ctx);
//!
//!     // Request-response: the reply is in the journal, and is not asked for again.
//!     let greeting = greeter.greet(name.clone()).await?;
//!
//!     // One-way: the engine has accepted the call when this returns, and will execute it.
//!     greeter.greet(name.clone()).one_way().await?;
//!
//!     // Delayed: one-way, executed in an hour, even if this process has ended by then.
//!     greeter.greet(name).delayed(Duration::from_secs(3600)).await?;
//!
//!     Ok(greeting)
//! }
//! ```
//!
//! A call is written to the journal when its form is chosen, not when it is awaited. So several
//! calls run at the same time when all of them are started before the first is awaited, and
//! `join!`, `FuturesUnordered` and other combinators work as in any async code.
//!
//! # What a handler can do
//!
//! | | |
//! |---|---|
//! | [`ctx.run(\|\| async { .. })`](Context::run) | a step with effects outside: its result is journaled, and the closure does not run again |
//! | [`ctx.sleep(duration)`](Context::sleep), [`ctx.timeout(duration, future)`](Context::timeout) | timers that survive restarts |
//! | [`ctx.get("name")`](ObjectContext), `ctx.set("name", value)` | the state of an object or workflow; [`StateKey`] for keys with a type |
//! | [`ctx.promise("name")`](WorkflowContext::promise) | a value that a workflow waits for and another of its handlers gives |
//! | [`ctx.awakeable()`](Context::awakeable), [`ctx.signal("name")`](Context::signal) | a value that another system or invocation gives |
//! | [`ctx.now()`](Context::now), [`ctx.rand()`](Context::rand), [`ctx.uuid()`](Context::uuid) | time and randomness that are the same in every attempt |
//!
//! # The rules of durable code
//!
//! A replay has to make the same durable operations in the same order. So between two of them a
//! handler is deterministic:
//!
//! - Other systems, files, clocks and random numbers belong in [`ctx.run`](Context::run), or have a
//!   counterpart in the context.
//! - Tasks that are spawned, and the sleeps and timeouts of tokio, end with the process. Join
//!   futures, or make a call.
//! - `select!` needs `biased;`, and durable operations in a loop over a `HashMap` need an order.
//! - The context is not used inside of `run`, whose closure may run twice if the process dies
//!   before its result is stored. What it does should be idempotent.
//! - What a handler does outside of `run` may happen several times, and for an invocation that a crash
//!   takes back before anybody was told of it. [`Settings::durable_start`] excludes the latter.
//!
//! On the embedded engine, a `run` closure begins only when everything before it is on disk.
//! [`read_only`](Run::read_only) lets closures that only read or compute begin at once.
//!
//! [`handlers`](macro@handlers) finds what breaks the first three, and rustc the last. What they
//! miss fails at the replay with code 570 and both operations, the recorded one and the new one; a
//! [test](#tests) replays at every await.
//!
//! # Errors
//!
//! A [`TerminalError`] ends the invocation, and its caller receives code and message. Any other
//! error is retried, by the service's retry policy or after [`HandlerError::retry_after`]:
//!
//! ```
//! use restate::{Context, HandlerResult, TerminalError};
//! # async fn charge(_: u64) -> Result<String, std::io::Error> { Ok(String::new()) }
//!
//! async fn pay(ctx: Context<'_>, cents: u64) -> HandlerResult<String> {
//!     if cents == 0 {
//!         return Err(TerminalError::bad_request("the amount is 0").into());
//!     }
//!     // An I/O error is not terminal: the step is tried again until it succeeds.
//!     Ok(ctx.run(|| async { Ok(charge(cents).await?) }).name("charge").await?)
//! }
//! ```
//!
//! An invocation that is cancelled sees a terminal error with code 409 at the operation it waits
//! for, and may still make calls that undo what it did.
//!
//! # Engines
//!
//! The same handlers run on either of two engines.
//!
//! **Embedded** (feature `embedded`, on by default): a durable engine in your process, with its
//! data in one directory and nothing to install. See [`embedded`].
//!
#![cfg_attr(feature = "embedded", doc = "```no_run")]
#![cfg_attr(not(feature = "embedded"), doc = "```ignore")]
//! use restate::Engine;
//! # use restate::{Context, HandlerResult};
//! # #[restate::service]
//! # pub trait Greeter {
//! #     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
//! # }
//! # struct Polite;
//! # impl Greeter for Polite {
//! #     async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> { Ok(name) }
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::builder()
//!     .bind(GreeterServer::new(Polite))
//!     .data_dir("restate-data")
//!     .ingress("127.0.0.1:8080")
//!     .start()
//!     .await?;
//!
//! let greeter = GreeterClient::new(engine.client());
//! println!("{}", greeter.greet("Pete".to_owned()).await?);
//! engine.run_until(restate::embedded::shutdown_signal()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! **A Restate server**, or a cluster of them (feature `endpoint`): the handlers are served over HTTP
//! to the server, which keeps the journals. See [`endpoint`].
//!
#![cfg_attr(feature = "endpoint", doc = "```no_run")]
#![cfg_attr(not(feature = "endpoint"), doc = "```ignore")]
//! use restate::Endpoint;
//! # use restate::{Context, HandlerResult};
//! # #[restate::service]
//! # pub trait Greeter {
//! #     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
//! # }
//! # struct Polite;
//! # impl Greeter for Polite {
//! #     async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> { Ok(name) }
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = Endpoint::builder().bind(GreeterServer::new(Polite)).build()?;
//! endpoint.listen("127.0.0.1:9080").await?;
//! # Ok(())
//! # }
//! ```
//!
//! **From outside** (feature `ingress`): another program calls either engine over HTTP, with the
//! same generated clients. See [`ingress`].
//!
#![cfg_attr(feature = "ingress", doc = "```no_run")]
#![cfg_attr(not(feature = "ingress"), doc = "```ignore")]
//! use restate::IngressClient;
//! # use restate::{Context, HandlerResult};
//! # #[restate::service]
//! # pub trait Greeter {
//! #     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
//! # }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let greeter = GreeterClient::new(IngressClient::new("http://127.0.0.1:8080")?);
//! let greeting = greeter.greet("Pete".to_owned()).idempotency_key("order-7").await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Tests
//!
//! Feature `testing`: the embedded engine in memory, with a virtual clock. When all handlers wait, time
//! skips to the next timer. Handlers are suspended and replayed at every await, so that a test finds
//! what is not deterministic. See [`testing`].
//!
#![cfg_attr(feature = "testing", doc = "```")]
#![cfg_attr(not(feature = "testing"), doc = "```ignore")]
//! use std::time::Duration;
//!
//! use restate::{Context, HandlerResult, testing::TestEngine};
//!
//! #[restate::service]
//! trait Reminder {
//!     async fn remind(&self, ctx: Context<'_>, days: u64) -> HandlerResult<String>;
//! }
//!
//! struct Patient;
//!
//! impl Reminder for Patient {
//!     async fn remind(&self, ctx: Context<'_>, days: u64) -> HandlerResult<String> {
//!         ctx.sleep(Duration::from_secs(days * 86_400)).await?;
//!         Ok("it is time".to_owned())
//!     }
//! }
//!
//! // In a test: #[tokio::test]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let test = TestEngine::builder().bind(ReminderServer::new(Patient)).start().await;
//! let reminder = ReminderClient::new(test.client());
//! assert_eq!(reminder.remind(30).await?, "it is time");
//! assert_eq!(test.elapsed(), Duration::from_secs(30 * 86_400));
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | Feature | Adds |
//! |---|---|
//! | `embedded` (default) | [`Engine`], [`embedded`] |
//! | `deployments` | handlers in other processes, in any language, on the embedded engine |
//! | `deployments-tls`, `deployments-identity` | deployments behind `https://`; signed requests to them |
//! | `endpoint` | [`Endpoint`], [`endpoint`] |
//! | `ingress` | [`IngressClient`], [`ingress`] |
//! | `grpc` | gRPC, gRPC-Web and Connect at the ingress of [`Engine`], `RpcCode` |
//! | `testing` | [`testing`]; enable it in `[dev-dependencies]` |
//! | `tonic` | `?` on a `tonic::Status`, and a [`TerminalError`] as a `tonic::Status` |
//! | `encryption` | keys with which the engine encrypts what it stores |
//! | `tls`, `tls-native-roots`, `tls-webpki-roots` | TLS for the endpoint and the ingress client, if they are enabled |
//!
//! Without default features this is what a library of contracts and handlers needs, and no more.
//!
//! [`prelude`] has the names that most files of handlers use.
//!
//! Each part is a crate of its own as well (`restate-core`, `restate-embedded`, `restate-endpoint`,
//! `restate-ingress`, `restate-grpc`). Macros and generated code name this crate or `restate-core`, whichever you
//! depend on. For a renamed dependency, give the macros `crate = ::name`; the generator reads the
//! name in `Cargo.toml`.
//!
// Links to items that the enabled features leave out lead to the table of features.
#![cfg_attr(not(feature = "embedded"), doc = "[`embedded`]: #features\n[`Engine`]: #features")]
#![cfg_attr(not(feature = "endpoint"), doc = "[`endpoint`]: #features\n[`Endpoint`]: #features")]
#![cfg_attr(not(feature = "ingress"), doc = "[`ingress`]: #features\n[`IngressClient`]: #features")]
#![cfg_attr(not(feature = "testing"), doc = "[`testing`]: #features")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod prelude;

// All that generated code names, and what engines are made of: reachable, but not in the index.
#[doc(hidden)]
pub use restate_core::*;
#[doc(inline)]
pub use restate_core::{
    Awakeable, Call, Channel, Context, DurableFuture, Encoding, Format, HandlerError,
    HandlerResult, InvocationHandle, InvocationId, Json, Message, ObjectContext, OnMaxAttempts,
    Payload, PayloadError, Promise, Promises, Proto, Random, ReadState, Reply, ResponseFuture,
    RetryPolicy, Run, SendHandle, Service, ServiceOptions, Settings, SharedObjectContext,
    SharedWorkflowContext, StateKey, Target, TerminalError, ValueFor, WorkflowContext, WriteState,
    combine, include_proto, well_known,
};
// The trait only: its derive below names this crate.
#[doc(inline)]
pub use restate_core::codegen::Detail;
#[cfg(feature = "embedded")]
#[doc(inline)]
pub use restate_embedded::{self as embedded, Engine};
#[cfg(feature = "endpoint")]
#[doc(inline)]
pub use restate_endpoint::{self as endpoint, Endpoint};
#[cfg(feature = "ingress")]
#[doc(inline)]
pub use restate_ingress::{self as ingress, IngressClient};
#[cfg(feature = "otlp")]
#[doc(inline)]
pub use restate_otlp as otlp;

/// Tests of handlers: the embedded engine in memory, with a virtual clock.
#[cfg(feature = "testing")]
#[doc(inline)]
pub use restate_embedded::testing;

/// Turns a trait into a durable service: handlers without keys and without state.
///
/// For a trait `Greeter` there will also be the `GreeterClient` that calls it and the
/// `GreeterServer` that an engine binds. Each handler takes a [`Context`] and at most one request,
/// and returns a [`HandlerResult`]. Requests and responses are anything that is a [`Payload`].
///
/// ```
/// use restate::{Context, HandlerResult};
///
/// #[restate::service(name = "greeter.v1.Greeter", retries(max_attempts = 5))]
/// pub trait Greeter {
///     /// Greets one person.
///     #[handler(name = "Greet", journal_retention = "1d")]
///     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
/// }
/// ```
///
/// # Arguments
///
/// - `name = ".."`: the name that callers use, here `greeter.v1.Greeter`; by default that of the
///   trait. `#[handler(name = "..")]` is the same for a handler.
/// - The settings `inactivity_timeout`, `abort_timeout`, `journal_retention`,
///   `idempotency_retention`, `private`, `encoding`, `keep_headers(..)` and `retries(..)`, for the
///   service or in `#[handler(..)]` for one handler. Durations are a whole number and a unit: `ms`, `s`, `m`, `h`
///   or `d`. [`Settings`] says what each of them means.
/// - `#[handler(schedule(cron = "0 9 * * *", time_zone = "Europe/Berlin"))]`: when the handler is called, for
///   `restate-schedule`; also `interval`, `jitter`, `overlap`, `catch_up`, `window`, `key` and `request`.
/// - `crate = ::name`: the path of this crate, if `Cargo.toml` renames it.
///
/// `#[no_side_effects]` on a handler says that a call changes nothing, so that HTTP clients may call it
/// with GET.
#[doc(inline)]
pub use restate_macros::facade_service as service;

/// Turns a trait into a virtual object: handlers that share state under a key.
///
/// On each key one handler runs at a time, with an [`ObjectContext`]. Handlers that take a
/// [`SharedObjectContext`] run beside it, and only read state; `#[shared]` says the same, and is needed
/// if the context has another name.
///
/// ```
/// use restate::{HandlerResult, ObjectContext, SharedObjectContext};
///
/// #[restate::object]
/// pub trait Counter {
///     async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64>;
///
///     async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64>;
/// }
///
/// async fn add_two(ctx: restate::Context<'_>) -> HandlerResult<i64> {
///     Ok(CounterClient::new(ctx, "visits").add(2).await?)
/// }
/// ```
///
/// # Arguments
///
/// Those of [`service`](macro@service), and
///
/// - `lazy_state = true`: state is read when a handler asks for it, not before it starts.
/// - `key = "field"`: the key is in this field of every request, a string, an integer or a `bool`,
///   and the client is made without one.
#[doc(inline)]
pub use restate_macros::facade_object as object;

/// Turns a trait into a workflow: a run that is executed once for each key, and handlers that talk
/// to it.
///
/// The handler called `run`, or marked `#[run]`, is the workflow, and takes a [`WorkflowContext`].
/// All others run beside it, and after it has ended; they take a [`SharedWorkflowContext`], read
/// its state, and complete its promises.
///
/// ```
/// use restate::{HandlerResult, SharedWorkflowContext, WorkflowContext};
///
/// #[restate::workflow]
/// pub trait Signup {
///     /// Ends when the address is confirmed.
///     async fn run(&self, ctx: WorkflowContext<'_>, email: String) -> HandlerResult<()>;
///
///     /// Called by the link in the mail.
///     async fn confirm(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<()>;
/// }
///
/// struct Mails;
///
/// impl Signup for Mails {
///     async fn run(&self, ctx: WorkflowContext<'_>, _email: String) -> HandlerResult<()> {
///         Ok(ctx.promise::<()>("confirmed").await?)
///     }
///
///     async fn confirm(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<()> {
///         Ok(ctx.promise("confirmed").resolve(()).await?)
///     }
/// }
/// ```
///
/// # Arguments
///
/// Those of [`object`](macro@object), and `workflow_retention = "7d"`: how long the result, the
/// state and the promises of a run are kept after its end.
#[doc(inline)]
pub use restate_macros::facade_workflow as workflow;

/// Reports what makes a handler differ between attempts, in the `impl` of a service.
///
/// After a crash or a suspension a handler is executed again from the start, and has to make the
/// same durable operations. This finds the well-known causes of a difference, and says what to use
/// instead: clocks, random numbers, spawned tasks, sleeps and timeouts of this process, `select!`
/// without `biased;`, durable operations in the order of a `HashMap`, the environment, files and
/// the network. Inside [`ctx.run(..)`](Context::run) all of them are allowed; the context and
/// the calls of clients are not. Results that nobody uses are errors, too.
///
/// Handlers become shorter, too: a call or a step that is awaited at the end is the result of the
/// handler, without `Ok(..?)`, and `HandlerResult<()>` is the result of a handler whose contract says
/// `google.protobuf.Empty`.
///
/// It reads the bodies of the `impl`, not the functions that they call, and takes names at their
/// word, unless the body itself imports or defines them.
///
/// `#[allow_nondeterminism(reason = "..")]` excepts one statement:
///
/// ```
/// use std::time::Instant;
///
/// use restate::{Context, HandlerResult};
///
/// #[restate::service]
/// pub trait Greeter {
///     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
/// }
///
/// struct Polite;
///
/// #[restate::handlers]
/// impl Greeter for Polite {
///     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String> {
///         #[allow_nondeterminism(reason = "only logged")]
///         let started = Instant::now();
///         let now = ctx.now().await?;
///         println!("greeted {name} in {:?}", started.elapsed());
///         Ok(format!("Good day, {name}, it is {now:?}"))
///     }
/// }
/// ```
#[doc(inline)]
pub use restate_macros::facade_handlers as handlers;

/// Lets a serde type explain a [`TerminalError`], under the name that `#[detail(name = "..")]` gives.
///
/// ```
/// use restate::{Detail, TerminalError};
///
/// #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize, Detail)]
/// #[detail(name = "shop.v1.OutOfStock")]
/// struct OutOfStock {
///     left: u32,
/// }
///
/// let error = TerminalError::conflict("out of stock").with_detail(&OutOfStock { left: 2 });
/// assert_eq!(error.detail::<OutOfStock>()?, Some(OutOfStock { left: 2 }));
/// # Ok::<_, restate::PayloadError>(())
/// ```
///
/// `#[detail(crate = ::name)]` names this crate if `Cargo.toml` renames it.
#[doc(inline)]
pub use restate_macros::FacadeDetail as Detail;
