//! The server of a service, which engines bind.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use super::{mentions, request_type, type_parameter};
use crate::{
    docs::Docs,
    model::{Handler, HandlerKind, Kind, Service},
    settings::Settings,
};

pub(super) fn expand(service: &Service) -> TokenStream {
    let Service { crate_path: krate, vis, ident, server, handlers, .. } = service;
    let s = type_parameter("S", service);
    let docs = format!(" Serves an implementation of [`{ident}`].");
    // A function, so that it does not shadow a request or response type of the same name.
    let import = (!handlers.is_empty()).then(|| {
        quote!(
            use #krate::codegen::codec;
        )
    });
    let handler_descriptors = handlers.iter().map(|it| handler_descriptor(it, service));
    let descriptor = descriptor(service);
    let deprecation = handlers
        .iter()
        .any(|it| it.has_deprecated_key || mentions(it.attrs.clone(), "deprecated"))
        .then(|| quote!(#[allow(deprecated)]));
    let arms = handlers.iter().map(|handler| arm(service, handler, &s));
    let assertions = handlers.iter().filter_map(|handler| context_assertion(handler, krate));
    quote! {
        #[doc = #docs]
        #[derive(Clone, Debug)]
        #vis struct #server<#s>(#s);

        #[allow(dead_code)]
        impl<#s> #server<#s> {
            /// Wraps `service`, to be bound to an engine.
            #vis fn new(service: #s) -> Self {
                Self(service)
            }
        }

        impl<#s: #ident + 'static> #krate::Service for #server<#s> {
            #deprecation
            fn descriptor(&self) -> &'static #krate::codegen::ServiceDescriptor {
                #import
                const HANDLERS: &[#krate::codegen::HandlerDescriptor] = &[#(#handler_descriptors),*];
                static DESCRIPTOR: #krate::codegen::ServiceDescriptor = { #descriptor };
                &DESCRIPTOR
            }

            #deprecation
            fn handle<'a>(
                &'a self,
                handler: &str,
                request: #krate::codegen::HandlerRequest<'a>,
            ) -> #krate::codegen::HandlerFuture<'a> {
                #import
                match handler {
                    #(#arms)*
                    _ => request.unknown_handler(handler),
                }
            }
        }

        #(#assertions)*
    }
}

fn descriptor(service: &Service) -> TokenStream {
    let Service { crate_path: krate, name, contract_name, kind, docs, settings, .. } = service;
    let constructor = match kind {
        Kind::Service => quote!(service),
        Kind::Object { .. } | Kind::Singleton => quote!(object),
        Kind::Workflow { .. } => quote!(workflow),
    };
    let settings = Settings { workflow_retention: None, ..settings.clone() };
    let (documentation, settings) = (documentation(docs), settings.calls(krate));
    let contract_name = contract_name.as_ref().map(|name| quote!(.named_in_contract(#name)));
    let files = service.files.as_ref().map(|files| quote!(.files(#files)));
    let redacted = service.has_redacted_fields.then(|| quote!(.with_redacted_fields()));
    quote! {
        #krate::codegen::ServiceDescriptor::#constructor(#name, HANDLERS)
            #contract_name
            #documentation
            #settings
            #redacted
            #files
    }
}

fn handler_descriptor(handler: &Handler, service: &Service) -> TokenStream {
    let krate = &service.crate_path;
    let Handler { name, contract_name, kind, docs, response, no_side_effects, settings, .. } =
        handler;
    let constructor = match kind {
        HandlerKind::Plain => quote!(plain),
        HandlerKind::Exclusive => quote!(exclusive),
        HandlerKind::Shared | HandlerKind::SharedWorkflow => quote!(shared),
        HandlerKind::Run => quote!(run),
    };
    let mut settings = settings.clone();
    if *kind == HandlerKind::Run {
        let retention = service.settings.workflow_retention;
        settings.workflow_retention = settings.workflow_retention.or(retention);
    }
    let request = request_type(handler);
    let (documentation, settings) = (documentation(docs), settings.calls(krate));
    let without_side_effects = no_side_effects.then(|| quote!(.without_side_effects()));
    let contract_name = contract_name.as_ref().map(|name| quote!(.rpc(#name)));
    let key = request_key(handler, service);
    quote! {
        codec::<#request, #response>().#constructor(#name)
            #contract_name
            #key
            #documentation
            #without_side_effects
            #settings
    }
}

/// Where a caller that knows only the request finds the key.
fn request_key(handler: &Handler, service: &Service) -> Option<TokenStream> {
    let Handler { key, request, response, .. } = handler;
    if matches!(service.kind, Kind::Singleton) {
        return Some(quote!(.singleton()));
    }
    let (key, request) = (key.as_ref().or(service.kind.key_field())?, request.as_ref()?);
    let name = key.to_string();
    let name = name.strip_prefix("r#").unwrap_or(&name);
    Some(quote! {
        .key_field(#name, |content_type, body| {
            codec::<#request, #response>().key(content_type, body, |it| &mut it.#key)
        })
    })
}

fn documentation(docs: &Docs) -> Option<TokenStream> {
    let text = docs.text();
    (!text.is_empty()).then(|| quote!(.documentation(#text)))
}

/// Passes the path `S::greet`: `self.0.greet(..)` could resolve to a method of a blanket impl.
fn arm(service: &Service, handler: &Handler, s: &Ident) -> TokenStream {
    let Handler { ident, name, key, request, response, .. } = handler;
    let request_type = request_type(handler);
    let codec = quote!(codec::<#request_type, #response>());
    match (key.as_ref().or(service.kind.key_field()), request) {
        (Some(key), Some(_)) => quote! {
            #name => #codec.serve_keyed(request, &self.0, |it| &mut it.#key, #s::#ident),
        },
        (_, Some(_)) if matches!(service.kind, Kind::Singleton) => {
            quote!(#name => #codec.serve_singleton(request, &self.0, #s::#ident),)
        }
        (_, Some(_)) => quote!(#name => #codec.serve(request, &self.0, #s::#ident),),
        (_, None) => {
            quote!(#name => #codec.serve(request, &self.0, |it, ctx, ()| #s::#ident(it, ctx)),)
        }
    }
}

/// An assertion that a context under another name, such as an alias, is the one of the handler's
/// kind.
///
/// Only the compiler can resolve the name, and reports a mismatch at the user's own type.
fn context_assertion(handler: &Handler, krate: &TokenStream) -> Option<TokenStream> {
    let written = handler.context.as_ref()?;
    let name = handler.kind.context();
    if is_called(written, name) {
        return None;
    }
    let (name, krate) = (Ident::new(name, Span::call_site()), at(span(written), krate));
    Some(quote_spanned! {span(written)=>
        const _: fn(#written) = |ctx| { let _: #krate::#name<'_> = ctx; };
    })
}

/// Whether the path `ty` ends in `name`, generics aside.
fn is_called(ty: &TokenStream, name: &str) -> bool {
    let path = ty.clone().into_iter().take_while(|token| !is_open_bracket(token));
    path.last().is_some_and(|last| matches!(last, TokenTree::Ident(last) if last == name))
}

fn is_open_bracket(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '<')
}

/// `path` with the span of what it is checked against: the compiler points an error at the whole
/// expression, and at the attribute if the spans of its parts come from different expansions.
fn at(span: Span, path: &TokenStream) -> TokenStream {
    let located = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    path.clone().into_iter().map(located).collect()
}

fn span(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}
