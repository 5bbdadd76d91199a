//! Attributes that turn hand-written traits into durable services with typed clients.
//!
//! [`macro@service`], [`macro@object`] and [`macro@workflow`] expand a trait into a trait, a client
//! and a server; [`macro@handlers`] checks the handlers that implement it. `restate-core` and
//! `restate` re-export them; the examples here name `restate_core`.

mod attribute;
mod context;
mod detail;
mod errors;
mod handlers;
mod include;
mod library;
mod method;
mod nesting;
mod read;
mod settings;

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error, Item, ItemTrait, LitStr, parse_macro_input};

use crate::{
    attribute::{Arguments, ServiceKind},
    errors::Errors,
    library::Library,
};

/// Turns a trait into a durable service: handlers without keys and without state.
///
/// A trait `Greeter` also gets the `GreeterClient` that calls it and the `GreeterServer` that an
/// engine binds. Each handler takes a `Context` and at most one request, and returns a
/// `HandlerResult`. Requests and responses are anything that is a `Payload`.
///
/// # Arguments
///
/// - `name = ".."`: the name that callers use; by default that of the trait. `#[handler(name =
///   "..")]` does the same for a handler.
/// - The settings `inactivity_timeout`, `abort_timeout`, `journal_retention`,
///   `idempotency_retention`, `private`, `encoding`, `keep_headers(..)` and `retries(..)`, for the
///   service or in `#[handler(..)]` for one handler. Objects and workflows also have `lazy_state`,
///   workflows `workflow_retention`. Durations are a whole number and a unit: `ms`, `s`, `m`, `h` or `d`.
///   `restate_core::Settings` documents each of them.
/// - `#[handler(schedule(cron = "0 9 * * *", time_zone = "Europe/Berlin"))]`: when the handler is called, for
///   `restate-schedule`; also `interval`, `jitter`, `overlap`, `catch_up`, `window`, `key` and `request`.
/// - `crate = ::name`: the path of the re-exporting crate, if `Cargo.toml` renames it.
///
/// `#[no_side_effects]` on a handler says that a call changes nothing, so that HTTP clients may call it
/// with GET.
///
/// ```
/// use restate_core::{Context, HandlerResult};
///
/// #[restate_core::service(name = "greeter.v1.Greeter", retries(max_attempts = 5))]
/// pub trait Greeter {
///     /// Greets one person.
///     #[handler(name = "Greet", journal_retention = "1d")]
///     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
/// }
///
/// struct Polite;
///
/// impl Greeter for Polite {
///     async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
///         Ok(format!("Good day, {name}"))
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn service(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(ServiceKind::Service, Library::Core, arguments, item)
}

/// Turns a trait into a virtual object: handlers that share state under a key.
///
/// On each key one handler runs at a time, with an `ObjectContext`. Handlers that take
/// a `SharedObjectContext` run concurrently and only read state; `#[shared]` says the same, and is
/// needed if the context has another name.
///
/// A client is created for one key. With `key = "field"` the key is in that field of every request
/// instead: a string, an integer or a bool.
///
/// ```
/// use restate_core::{HandlerResult, ObjectContext, SharedObjectContext};
///
/// #[restate_core::object]
/// pub trait Counter {
///     /// Adds to the count.
///     async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64>;
///
///     /// The count so far.
///     #[shared]
///     async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64>;
/// }
/// ```
#[proc_macro_attribute]
pub fn object(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(ServiceKind::Object, Library::Core, arguments, item)
}

/// Turns a trait into a workflow: a run that is executed once for each key, and shared handlers.
///
/// The handler called `run`, or marked `#[run]`, is the run handler, and takes a `WorkflowContext`.
/// All others are shared: they run concurrently with the run and after it has completed, take a
/// `SharedWorkflowContext`, read its state, and complete its promises. Marking them `#[shared]` is
/// optional.
///
/// A client is created for one key, or with `key = "field"` for requests that hold the key, as for
/// an [`object`](macro@object).
///
/// ```
/// use restate_core::{HandlerResult, SharedWorkflowContext, WorkflowContext};
///
/// #[restate_core::workflow]
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
#[proc_macro_attribute]
pub fn workflow(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(ServiceKind::Workflow, Library::Core, arguments, item)
}

/// Includes the code that `restate-codegen` has generated for a package, by the name in the line
/// `package greeter.v1;` of the `.proto`.
///
/// ```ignore
/// mod greeter {
///     restate_core::include_proto!("greeter.v1");
/// }
/// ```
#[proc_macro]
pub fn include_proto(package: TokenStream) -> TokenStream {
    let package = parse_macro_input!(package as LitStr);
    include::include(&package).unwrap_or_else(Error::into_compile_error).into()
}

/// Reports code in the handlers of an `impl` that a replay does not repeat.
///
/// After a crash or a suspension, a handler is executed again from the start, and has to make the
/// same durable operations in the same order. `#[handlers]` finds the well-known causes of a
/// difference, and suggests replacements: clocks, random numbers, spawned tasks, sleeps and
/// timeouts of this process, `select!` without `biased;`, durable operations in the order of a
/// `HashMap`, the environment, files and the network. Inside `ctx.run(..)` these are allowed; the
/// context and the calls of clients are not.
///
/// It checks the bodies of the `impl`, not the functions that they call. Names are taken literally,
/// unless the body itself imports or defines them: write `self::rand` or `crate::rand` for a module
/// of your own with the name `rand`. Renames outside of the body are not visible; the `clippy.toml`
/// in `docs/clippy` of the repository covers them.
///
/// Unused results are errors, too, as with `#[deny(unused_must_use)]`, and so is `let _ =` of a
/// call that was neither awaited nor sent.
///
/// `#[allow_nondeterminism(reason = "..")]` excepts one statement.
///
/// ```
/// use std::time::Instant;
///
/// use restate_core::{Context, HandlerResult};
///
/// #[restate_core::service]
/// pub trait Greeter {
///     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
/// }
///
/// struct Polite;
///
/// #[restate_core::handlers]
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
#[proc_macro_attribute]
pub fn handlers(arguments: TokenStream, item: TokenStream) -> TokenStream {
    handlers::expand(Library::Core, arguments.into(), parse_macro_input!(item as Item)).into()
}

/// Lets a serde type explain a `TerminalError`, under the name that `#[detail(name = "..")]` gives.
///
/// The trait `Detail` of `restate-core` has an example. `#[detail(crate = ::name)]` names the crate that
/// re-exports this if `Cargo.toml` renames it.
#[proc_macro_derive(Detail, attributes(detail))]
pub fn derive_detail(input: TokenStream) -> TokenStream {
    detail::expand(Library::Core, &parse_macro_input!(input as DeriveInput)).into()
}

/// [`macro@Detail`] as `restate` re-exports it.
#[doc(hidden)]
#[proc_macro_derive(FacadeDetail, attributes(detail))]
pub fn derive_facade_detail(input: TokenStream) -> TokenStream {
    detail::expand(Library::Facade, &parse_macro_input!(input as DeriveInput)).into()
}

/// [`macro@service`] as `restate` re-exports it.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn facade_service(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(ServiceKind::Service, Library::Facade, arguments, item)
}

/// [`macro@object`] as `restate` re-exports it.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn facade_object(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(ServiceKind::Object, Library::Facade, arguments, item)
}

/// [`macro@workflow`] as `restate` re-exports it.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn facade_workflow(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(ServiceKind::Workflow, Library::Facade, arguments, item)
}

/// [`macro@handlers`] as `restate` re-exports it.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn facade_handlers(arguments: TokenStream, item: TokenStream) -> TokenStream {
    handlers::expand(Library::Facade, arguments.into(), parse_macro_input!(item as Item)).into()
}

fn expand(
    kind: ServiceKind,
    library: Library,
    arguments: TokenStream,
    item: TokenStream,
) -> TokenStream {
    let item = match parse_macro_input!(item as Item) {
        Item::Trait(item) => item,
        other => return refuse(kind, &other),
    };
    let mut errors = Errors::default();
    let arguments = Arguments::read(kind, library, arguments.into(), &mut errors);
    expand_trait(arguments, &item, errors).into()
}

fn expand_trait(
    arguments: Arguments,
    item: &ItemTrait,
    mut errors: Errors,
) -> proc_macro2::TokenStream {
    let Some(mut reading) = read::service(arguments, item, &mut errors) else {
        let as_written = read::as_written(item);
        return quote!(#errors #as_written);
    };
    reading.check(&mut errors);
    if errors.is_empty() {
        return restate_expand::expand(&reading.service);
    }
    let rest = reading.without_repetition();
    let readable = restate_expand::expand_with(&reading.service, &rest);
    quote!(#errors #readable)
}

fn refuse(kind: ServiceKind, item: &Item) -> TokenStream {
    let mut errors = Errors::default();
    let attribute = kind.attribute();
    let message = format!(
        "`{attribute}` turns a trait into a service; put it on the trait that declares the handlers"
    );
    errors.push(item, message);
    quote!(#errors #item).into()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use proc_macro2::TokenStream;
    use syn::{
        Expr, ItemStatic, parse_quote,
        visit_mut::{self, VisitMut},
    };

    use super::*;

    #[test]
    fn a_trait_and_a_proto_service_expand_to_the_same_text() {
        let greeter = parse_quote! {
            /// Greets people.
            pub trait Greeter {
                /// Greets one person, and counts it.
                #[handler(name = "Greet")]
                async fn greet(
                    &self,
                    ctx: ::restate_core::Context<'_>,
                    request: GreetRequest,
                ) -> ::restate_core::HandlerResult<GreetResponse>;

                #[handler(name = "Welcome")]
                async fn welcome(
                    &self,
                    ctx: ::restate_core::Context<'_>,
                    request: GreetRequest,
                ) -> ::restate_core::HandlerResult<GreetResponse>;
            }
        };
        let arguments = quote!(name = "greeter.v1.Greeter");
        assert_is_golden("greeter.v1.rs", ServiceKind::Service, arguments, &greeter);
    }

    #[test]
    fn a_trait_and_a_proto_object_expand_to_the_same_text() {
        let counter = parse_quote! {
            /// Counts.
            pub trait Counter {
                /// Adds to the count.
                #[handler(name = "Add")]
                async fn add(
                    &self,
                    ctx: ::restate_core::ObjectContext<'_>,
                    request: AddRequest,
                ) -> ::restate_core::HandlerResult<AddResponse>;

                /// The count so far.
                #[shared]
                async fn read(
                    &self,
                    ctx: ::restate_core::SharedObjectContext<'_>,
                    request: ReadRequest,
                ) -> ::restate_core::HandlerResult<ReadResponse>;
            }
        };
        let arguments = quote!(name = "counter.v1.Counter", key = "counter_id");
        assert_is_golden("counter.v1.rs", ServiceKind::Object, arguments, &counter);
    }

    #[test]
    fn a_trait_and_a_proto_workflow_expand_to_the_same_text() {
        let signup = parse_quote! {
            /// Makes a newcomer a customer.
            pub trait Signup {
                /// Ends when the address is confirmed.
                #[handler(name = "Run")]
                async fn run(
                    &self,
                    ctx: ::restate_core::WorkflowContext<'_>,
                    request: SignupRequest,
                ) -> ::restate_core::HandlerResult<SignupResponse>;

                #[handler(name = "Confirm")]
                async fn confirm(
                    &self,
                    ctx: ::restate_core::SharedWorkflowContext<'_>,
                    request: ConfirmRequest,
                ) -> ::restate_core::HandlerResult<ConfirmResponse>;
            }
        };
        let arguments = quote!(name = "signup.v1.Signup");
        assert_is_golden("signup.v1.rs", ServiceKind::Workflow, arguments, &signup);
    }

    #[test]
    fn expanded_code_names_the_crate_it_was_reached_through() {
        let service: ItemTrait = parse_quote! {
            trait Greeter {
                #[handler(retries(max_attempts = 5), encoding = "json")]
                async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()>;
            }
        };
        let implementation: Item = parse_quote! {
            impl Greeter for Polite {
                async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
                    let _ = GreeterClient::new(ctx).greet();
                    Ok(())
                }
            }
        };
        for (library, arguments, path) in [
            (Library::Core, quote!(), ":: restate_core ::"),
            (Library::Facade, quote!(), ":: restate ::"),
            (Library::Facade, quote!(crate = ::durable), ":: durable ::"),
        ] {
            let mut errors = Errors::default();
            let kind = ServiceKind::Service;
            let read = Arguments::read(kind, library, arguments.clone(), &mut errors);
            let service = expand_trait(read, &service, errors).to_string();
            let implementation = handlers::expand(library, arguments, implementation.clone());
            for text in [service, implementation.to_string()] {
                assert!(text.contains(path), "{text}");
                let others = text.replace(path, "");
                assert!(!others.contains("restate"), "{others}");
            }
        }
    }

    /// Restores the braces that `restate-codegen` removes around the value of a constant.
    struct Braces;

    impl VisitMut for Braces {
        fn visit_item_static_mut(&mut self, item: &mut ItemStatic) {
            let value = &item.expr;
            item.expr = parse_quote!({ #value });
        }
    }

    /// Removes what only contracts in files have: the names of rpcs whose handlers have other names, and
    /// the files themselves.
    struct OfFiles;

    impl VisitMut for OfFiles {
        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            if let Expr::MethodCall(call) = expr
                && (call.method == "rpc" || call.method == "files")
            {
                *expr = (*call.receiver).clone();
            }
            visit_mut::visit_expr_mut(self, expr);
        }
    }

    /// Compares with the service at the start of a golden file of `restate-codegen`.
    fn assert_is_golden(file: &str, kind: ServiceKind, arguments: TokenStream, item: &ItemTrait) {
        let mut errors = Errors::default();
        let arguments = Arguments::read(kind, Library::Core, arguments, &mut errors);
        let expanded = syn::parse2(expand_trait(arguments, item, errors)).expect("items");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../restate-codegen/tests/golden");
        let golden = fs::read_to_string(path.join(file)).expect("the golden file is there");
        let mut golden = syn::parse_file(&golden).expect("the golden file is Rust");
        let is_server = |item: &Item| matches!(item, Item::Impl(it) if it.trait_.is_some());
        let end = golden.items.iter().position(is_server).expect("it has a server");
        golden.items.truncate(end + 1);
        Braces.visit_file_mut(&mut golden);
        OfFiles.visit_file_mut(&mut golden);
        assert_eq!(prettyplease::unparse(&expanded), prettyplease::unparse(&golden));
    }
}
