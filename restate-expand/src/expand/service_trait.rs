//! The trait that handlers implement.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::self_convention;
use crate::model::{Handler, HandlerKind, Service};

pub(super) fn expand(service: &Service, rest: &TokenStream) -> TokenStream {
    let Service { crate_path: krate, docs, attrs, vis, ident, handlers, .. } = service;
    let methods = handlers.iter().map(|handler| method(handler, krate));
    let self_convention = self_convention(service);
    quote! {
        #docs
        #attrs
        #self_convention
        #vis trait #ident: ::core::marker::Send + ::core::marker::Sync {
            #(#methods)*
            #rest
        }
    }
}

fn method(handler: &Handler, krate: &TokenStream) -> TokenStream {
    let Handler { docs, attrs, ident, kind, context, request, response, result, .. } = handler;
    let context = context.clone().unwrap_or_else(|| context_type(*kind, krate));
    let plain = quote!(#krate::HandlerResult<#response>).to_string();
    let outcome = match result {
        Some(result) if result.to_string() != plain => {
            quote!(::core::future::Future<Output = #result> + ::core::marker::Send)
        }
        None if is_empty_message(response) => quote!(#krate::EmptyResponseFuture),
        _ => quote!(#krate::ResponseFuture<#response>),
    };
    let request = request.as_ref().map(|request| quote!(request: #request,));
    quote! {
        #docs
        #attrs
        fn #ident(&self, ctx: #context, #request) -> impl #outcome;
    }
}

/// Whether the response is the library's `google.protobuf.Empty`.
fn is_empty_message(response: &TokenStream) -> bool {
    response.to_string().ends_with(":: well_known :: Empty")
}

fn context_type(kind: HandlerKind, krate: &TokenStream) -> TokenStream {
    let name = Ident::new(kind.context(), Span::call_site());
    quote!(#krate::#name<'_>)
}
