//! `#[handlers]`: finds code in handlers that a replay does not repeat.

mod allow;
mod dropped;
mod lint;
mod names;
mod order;
mod path;
mod pools;
mod rules;
mod run_arguments;
mod tail;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Error, ImplItem, ImplItemFn, Item, ItemImpl, Meta, Stmt, parse_quote};

use self::lint::lint;
use crate::{
    errors::Errors,
    library::{Library, crate_path, is_crate_path},
};

pub(crate) fn expand(library: Library, arguments: TokenStream, item: Item) -> TokenStream {
    let mut errors = Errors::default();
    let crate_path = crate_path_in(arguments, &mut errors).unwrap_or_else(|| library.path());
    match item {
        Item::Impl(mut item) => {
            check(&mut item, &crate_path);
            quote! {
                #errors
                #[deny(unused_must_use)]
                // A contract allows two results where it says `google.protobuf.Empty`.
                #[allow(refining_impl_trait)]
                #item
            }
        }
        other => {
            errors.push(
                &other,
                "`#[handlers]` checks the bodies of handlers; put it on the `impl` of a service",
            );
            quote!(#errors #other)
        }
    }
}

fn crate_path_in(arguments: TokenStream, errors: &mut Errors) -> Option<TokenStream> {
    if arguments.is_empty() {
        return None;
    }
    match syn::parse2::<Meta>(arguments.clone()) {
        Ok(meta) if is_crate_path(&meta) => crate_path(&meta, errors),
        _ => {
            errors.push(
                arguments,
                "`#[handlers]` takes no arguments except `crate = path`; remove them",
            );
            None
        }
    }
}

fn check(item: &mut ItemImpl, krate: &TokenStream) {
    let is_service = item.trait_.is_some();
    for method in item.items.iter_mut().filter_map(method) {
        let findings = lint(method, is_service);
        allow::strip(method);
        dropped::check(method, krate);
        tail::convert(method, krate);
        // Inside the body, where a `compile_error!` keeps the compiler from reporting consequences.
        method.block.stmts.splice(0..0, findings.iter().map(statement));
    }
}

fn method(item: &mut ImplItem) -> Option<&mut ImplItemFn> {
    match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    }
}

fn statement(finding: &Error) -> Stmt {
    let error = finding.to_compile_error().into_token_stream();
    parse_quote!(#error;)
}

#[cfg(test)]
mod tests;
