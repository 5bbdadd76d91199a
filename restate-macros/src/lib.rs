//! Attributes that turn hand-written traits into durable services with typed clients.
//!
//! [`macro@service`], [`macro@object`] and [`macro@workflow`] make a trait, a client and a server
//! of a trait; [`macro@handlers`] looks for mistakes in the handlers that implement it.
//! `restate-core` re-exports them; their documentation assumes it.

mod attribute;
mod context;
mod errors;
mod handlers;
mod include;
mod library;
mod method;
mod read;
mod settings;

use proc_macro::TokenStream;
use quote::quote;
use syn::{Error, Item, ItemTrait, LitStr, parse_macro_input};

use crate::{
    attribute::{Arguments, ServiceKind},
    errors::Errors,
    library::Library,
};

/// Makes a trait a durable service: handlers without keys or state.
///
/// Beside the trait `Greeter` there will be a `GreeterClient` that calls it and a `GreeterServer`
/// that an engine binds. Each handler takes a `Context` and at most one request, and returns
/// `HandlerResult`. Requests and responses are anything that is a `Payload`.
///
/// Callers know the service by the name of the trait, and handlers by those of the methods, unless
/// `name` says otherwise.
///
/// What is asked of the engine is set for the service, or for one handler in `#[handler(..)]`:
/// `inactivity_timeout`, `abort_timeout`, `journal_retention`, `idempotency_retention`, `private`,
/// `retries(..)`, with keys `lazy_state`, and for workflows `workflow_retention`; `Settings` of
/// `restate_core` says what each means. Times are a whole number and `ms`, `s`, `m`, `h` or `d`.
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

/// Makes a trait a virtual object: handlers that share state under a key.
///
/// One handler at a time runs on each key, with an `ObjectContext`. Those marked `#[shared]` run
/// beside it; they take a `SharedObjectContext` and only read state.
///
/// A client is made for one key. With `key = "field"` the key is in that field of every request
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

/// Makes a trait a workflow: one run for each key, and handlers that talk to it.
///
/// The handler called `run`, or marked `#[run]`, is the workflow. It runs once for each key, with a
/// `WorkflowContext`. All others run beside it, also when it has ended; they take a
/// `SharedWorkflowContext`, read its state, and complete its promises. `#[shared]` may say so.
///
/// A client is made for one key, or with `key = "field"` for the requests that hold it, as for an
/// [`object`](macro@object).
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

/// Includes what `restate-codegen` generated for a proto package, which is named as in the line
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

/// Looks through the handlers in an `impl` for what no replay repeats.
///
/// When an invocation goes on after a crash or a suspension, its handler is executed again from the
/// start, and has to come by the same path to where it was. `#[handlers]` finds the well-known
/// things that lead it astray, and says what to use instead: clocks, random numbers, spawned tasks,
/// sleeps and time-outs of this process, `select!` without `biased;`, durable operations in the
/// order of a `HashMap`, the environment, files and the network. Inside of `ctx.run(..)` they are
/// what it is for; the context is not, and neither are the calls of clients.
///
/// It reads the text of the bodies, not of the functions they call. Names are taken at their word,
/// unless the body itself imports or defines them: a module of your own that is called `rand` is
/// `self::rand` or `crate::rand` in here. What is renamed outside of the body is not seen;
/// `docs/clippy` in the repository has a `clippy.toml` that sees it.
///
/// Results that nobody uses are errors, too, as with `#[deny(unused_must_use)]`, and so is
/// `let _ =` of a call that was neither awaited nor sent.
///
/// `#[allow_nondeterminism(reason = "..")]` lets one statement through.
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
    use syn::{ItemStatic, parse_quote, visit_mut::VisitMut};

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
    fn so_do_objects() {
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
    fn and_workflows() {
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

    /// Puts back the braces that `restate-codegen` takes from around the value of a constant.
    struct Braces;

    impl VisitMut for Braces {
        fn visit_item_static_mut(&mut self, item: &mut ItemStatic) {
            let value = &item.expr;
            item.expr = parse_quote!({ #value });
        }
    }

    /// Compares with the service at the start of a file that `restate-codegen` generates.
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
        assert_eq!(prettyplease::unparse(&expanded), prettyplease::unparse(&golden));
    }
}
