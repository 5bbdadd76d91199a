//! The client of a service.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{request_type, self_convention, type_parameter};
use crate::{
    model::{Handler, Kind, Service},
    settings::Encoding,
};

pub(super) fn expand(service: &Service) -> TokenStream {
    match &service.kind {
        Kind::Service => plain(service),
        Kind::Singleton => singleton(service),
        Kind::Object { key: Some(key) } | Kind::Workflow { key: Some(key) } => {
            keyed_by_requests(service, key)
        }
        Kind::Object { key: None } | Kind::Workflow { key: None } => for_one_key(service),
    }
}

fn plain(service: &Service) -> TokenStream {
    let docs = format!(
        " Calls {} through the context of a handler, or from outside through an engine.",
        shown(service, "")
    );
    stateless(service, &docs, |handler, argument| {
        let handler = &handler.name;
        quote!(Self::SERVICE.call(&self.channel, #handler, #argument))
    })
}

fn singleton(service: &Service) -> TokenStream {
    let docs = format!(" Calls the singleton object {}.", shown(service, ""));
    stateless(service, &docs, |handler, argument| {
        let handler = &handler.name;
        quote!(Self::SERVICE.call_singleton(&self.channel, #handler, #argument))
    })
}

fn keyed_by_requests(service: &Service, key: &Ident) -> TokenStream {
    let krate = &service.crate_path;
    let docs = format!(
        " Calls {} under the key in the field `{key}` of each request.",
        shown(service, "")
    );
    stateless(service, &docs, |handler, argument| {
        let key = handler.key.as_ref().unwrap_or(key);
        keyed_call(handler, &quote!(#krate::codegen::Key::to_key(&request.#key)), argument)
    })
}

fn keyed_call(handler: &Handler, key: &TokenStream, argument: &TokenStream) -> TokenStream {
    let handler = &handler.name;
    quote! {
        let key = #key;
        Self::SERVICE.call_keyed(&self.channel, key, #handler, #argument)
    }
}

fn stateless(
    service: &Service,
    docs: &str,
    call: impl Fn(&Handler, &TokenStream) -> TokenStream,
) -> TokenStream {
    let Service { crate_path: krate, vis, client, name, .. } = service;
    let c = type_parameter("C", service);
    let self_convention = self_convention(service);
    let methods = service.handlers.iter().map(|handler| method(service, handler, &c, &call));
    quote! {
        #[doc = #docs]
        #[derive(Clone, Copy, Debug)]
        #vis struct #client<#c> {
            channel: #c,
        }

        #[allow(dead_code)]
        #self_convention
        impl<#c: #krate::Channel> #client<#c> {
            const SERVICE: #krate::codegen::ServiceName = #krate::codegen::ServiceName::new(#name);

            /// Creates a client that calls through `channel`.
            #vis fn new(channel: #c) -> Self {
                Self { channel }
            }

            #(#methods)*
        }
    }
}

fn for_one_key(service: &Service) -> TokenStream {
    let Service { crate_path: krate, vis, client, name, .. } = service;
    let c = type_parameter("C", service);
    let self_convention = self_convention(service);
    let docs = format!(" Calls {} under one key.", shown(service, ""));
    let kind = if matches!(service.kind, Kind::Workflow { .. }) { "workflow" } else { "object" };
    let new_docs =
        format!(" Creates a client that calls the {kind} under `key` through `channel`.");
    let methods = service.handlers.iter().map(|handler| {
        let key = quote!(self.key.clone());
        method(service, handler, &c, |handler, argument| keyed_call(handler, &key, argument))
    });
    quote! {
        #[doc = #docs]
        #[derive(Clone, Debug)]
        #vis struct #client<#c> {
            channel: #c,
            key: ::std::string::String,
        }

        #[allow(dead_code)]
        #self_convention
        impl<#c: #krate::Channel> #client<#c> {
            const SERVICE: #krate::codegen::ServiceName = #krate::codegen::ServiceName::new(#name);

            #[doc = #new_docs]
            #vis fn new(channel: #c, key: impl ::core::convert::Into<::std::string::String>) -> Self {
                Self { channel, key: ::core::convert::Into::into(key) }
            }

            #(#methods)*
        }
    }
}

fn method(
    service: &Service,
    handler: &Handler,
    c: &Ident,
    call: impl Fn(&Handler, &TokenStream) -> TokenStream,
) -> TokenStream {
    let Service { crate_path: krate, vis, .. } = service;
    let Handler { docs, attrs, ident, request, response, .. } = handler;
    let fallback = format!(" Calls {}.", shown(service, &format!("::{ident}")));
    let fallback = docs.is_empty().then(|| quote!(#[doc = #fallback]));
    let method = client_method(ident);
    let request_type = request_type(handler);
    let (parameter, argument) = match request {
        Some(request) => (quote!(request: #request), quote!(request)),
        None => (quote!(), quote!(())),
    };
    let call = call(handler, &argument);
    let json = sends_json(service, handler).then(|| quote!(.json()));
    let deprecation = handler.has_deprecated_key.then(|| quote!(#[allow(deprecated)]));
    quote! {
        #docs
        #fallback
        #attrs
        #deprecation
        #vis fn #method(&self, #parameter) -> #krate::Call<#c, #request_type, #response> {
            #call #json
        }
    }
}

fn sends_json(service: &Service, handler: &Handler) -> bool {
    let encoding = handler.settings.encoding.or(service.settings.encoding);
    encoding == Some(Encoding::Json)
}

/// The service, or the handler at `path`, in documentation: a link, if the trait is generated.
fn shown(service: &Service, path: &str) -> String {
    let ident = &service.ident;
    if service.parts.server { format!("[`{ident}{path}`]") } else { format!("`{ident}{path}`") }
}

/// `new` is the constructor of clients, so a handler of that name is called with `new_`.
fn client_method(ident: &Ident) -> Ident {
    if ident == "new" { Ident::new("new_", ident.span()) } else { ident.clone() }
}
