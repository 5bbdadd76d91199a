//! Expands a service into a trait, a client and a server. Cannot fail: `check` has passed.

mod client;
mod server;
mod service_trait;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;

use crate::model::{Handler, Parts, Service};

/// The trait, the client and the server of `service`, which has passed [`check`](crate::check).
pub fn expand(service: &Service) -> TokenStream {
    expand_with(service, &TokenStream::new())
}

/// Like [`expand`], with `rest` as further items of the trait.
///
/// For traits with mistakes: code that uses the items without mistakes still compiles, so that one
/// mistake gives one message.
pub fn expand_with(service: &Service, rest: &TokenStream) -> TokenStream {
    let Parts { client, server } = service.parts;
    let service_trait = server.then(|| service_trait::expand(service, rest));
    let client = client.then(|| client::expand(service));
    let server = server.then(|| server::expand(service));
    quote! {
        #service_trait
        #client
        #server
    }
}

/// A type parameter called `name`, with underscores appended if a type in the signatures is called
/// so.
fn type_parameter(name: &str, service: &Service) -> Ident {
    let types = service.handlers.iter().flat_map(|handler| {
        [handler.request.clone().unwrap_or_default(), handler.response.clone()]
    });
    let Service { ident, client, server, .. } = service;
    let types = types.chain([quote!(#ident #client #server)]).collect::<TokenStream>();
    let mut name = name.to_owned();
    while mentions(types.clone(), &name) {
        name.push('_');
    }
    Ident::new(&name, Span::call_site())
}

/// Allows names such as `into_x`, for which clippy expects another receiver: the contract chose
/// them.
fn self_convention(service: &Service) -> Option<TokenStream> {
    let is_taken =
        |name: &str| name == "new" || name.starts_with("from") || name.starts_with("into");
    let mut names = service.handlers.iter().map(|handler| handler.ident.to_string());
    names.any(|name| is_taken(&name)).then(|| quote!(#[allow(clippy::wrong_self_convention)]))
}

fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn request_type(handler: &Handler) -> TokenStream {
    handler.request.clone().unwrap_or_else(|| quote!(()))
}
