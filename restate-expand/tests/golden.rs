//! The text that services expand to, compared with `golden/*.rs`.
//!
//! `BLESS=1 cargo test` writes the files anew; read the difference before it is committed.

use std::{env, fs, path::Path};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use restate_expand::{Docs, Handler, HandlerKind, Kind, Service, check, expand};

#[test]
fn service() {
    let greet = handler("greet", "Greet", HandlerKind::Plain, Some(quote!(GreetRequest)));
    let ping = Handler {
        docs: Docs::default(),
        response: quote!(()),
        ..handler("ping", "Ping", HandlerKind::Plain, None)
    };
    compare("service", &contract("Greeter", "greeter.v1.Greeter", Kind::Service, [greet, ping]));
}

#[test]
fn object() {
    let put = handler("put", "Put", HandlerKind::Exclusive, Some(quote!(C)));
    let count = handler("count", "Count", HandlerKind::Shared, Some(quote!(S)));
    let kind = Kind::Object { key: None };
    compare("object", &contract("Basket", "shop.v1.Basket", kind, [put, count]));
}

#[test]
fn object_with_key_in_requests() {
    let add = handler("add", "Add", HandlerKind::Exclusive, Some(quote!(AddRequest)));
    let read = handler("new", "New", HandlerKind::Shared, Some(quote!(ReadRequest)));
    let kind = Kind::Object { key: Some(format_ident!("counter_id")) };
    compare("object_key", &contract("Counter", "counter.v1.Counter", kind, [add, read]));
}

#[test]
fn workflow() {
    let run = handler("run", "run", HandlerKind::Run, Some(quote!(SignupRequest)));
    let status = handler("status", "Status", HandlerKind::SharedWorkflow, None);
    let kind = Kind::Workflow { key: None };
    compare("workflow", &contract("Signup", "signup.v1.Signup", kind, [run, status]));
}

#[test]
fn a_context_under_another_name_is_left_to_the_compiler() {
    let mut greet = handler("greet", "Greet", HandlerKind::Plain, None);
    greet.context = Some(quote!(Ctx<'_>));
    compare("context", &contract("Greeter", "Greeter", Kind::Service, [greet]));
}

fn contract<const N: usize>(
    ident: &str,
    name: &str,
    kind: Kind,
    handlers: [Handler; N],
) -> Service {
    Service {
        docs: Docs::from_rustdoc(vec![format!(" What `{ident}` is for.")]),
        handlers: handlers.into(),
        ..Service::new(format_ident!("{ident}"), name, kind)
    }
}

fn handler(ident: &str, name: &str, kind: HandlerKind, request: Option<TokenStream>) -> Handler {
    let docs = vec![format!(" What `{ident}` does."), String::new(), " At length.".to_owned()];
    let response = quote!(super::other::v1::Response);
    Handler {
        docs: Docs::from_rustdoc(docs),
        request,
        ..Handler::new(format_ident!("{ident}"), name, kind, response)
    }
}

fn compare(name: &str, service: &Service) {
    assert_eq!(check(service), []);
    let file = syn::parse2(expand(service)).expect("the expansion is a file of Rust items");
    let actual = prettyplease::unparse(&file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.rs"));
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &actual).expect("golden files can be written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(actual == expected, "{} differs:\n{actual}", path.display());
}
