//! Reads a trait into the model.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use restate_expand::{Kind, Service, Subject, check};
use syn::{Attribute, ItemTrait, TraitItem, TraitItemFn, ext::IdentExt};

use crate::{
    attribute::{Arguments, Attributes, ServiceKind, is_own},
    errors::Errors,
    method::{self, Method},
};

/// A service as far as it could be read.
pub(crate) struct Reading {
    pub(crate) service: Service,
    /// Items of the trait that are no handlers, or none that could be read.
    rest: TokenStream,
    name_span: Span,
    handler_name_spans: Vec<Span>,
}

/// Reads `item`; `None` if it is a trait that cannot have a client.
pub(crate) fn service(
    arguments: &Arguments,
    item: &ItemTrait,
    errors: &mut Errors,
) -> Option<Reading> {
    check_trait(item, errors)?;
    let ItemTrait { attrs, vis, ident, items, .. } = item;
    let Attributes { docs, rest: attrs, .. } = Attributes::of_trait(attrs);
    let (methods, rest) = methods(arguments.kind, item, items, errors);
    let name_span = arguments.name.as_ref().map_or_else(|| ident.span(), |name| name.span());
    let handler_name_spans = methods.iter().map(|method| method.name_span).collect();
    let service = Service {
        docs,
        attrs,
        vis: vis.to_token_stream(),
        ident: ident.clone(),
        name: arguments
            .name
            .as_ref()
            .map_or_else(|| ident.unraw().to_string(), |name| name.value()),
        kind: match arguments.kind {
            ServiceKind::Service => Kind::Service,
            ServiceKind::Object => Kind::Object { key: arguments.key.clone() },
        },
        handlers: methods.into_iter().map(|method| method.handler).collect(),
    };
    Some(Reading { service, rest, name_span, handler_name_spans })
}

fn check_trait(item: &ItemTrait, errors: &mut Errors) -> Option<()> {
    let ident = &item.ident;
    if !item.supertraits.is_empty() {
        let message = format!(
            "service `{ident}` has supertraits, which a contract cannot ask of callers; remove \
             them, a service is `Send + Sync + 'static` already"
        );
        errors.push(&item.supertraits, message);
    }
    if item.unsafety.is_some() || item.auto_token.is_some() {
        errors.push(ident, format!("service `{ident}` must be a plain trait"));
    }
    if item.generics.params.is_empty() && item.generics.where_clause.is_none() {
        return Some(());
    }
    let message = format!(
        "service `{ident}` is generic, but callers in other processes need one contract; name its \
         types"
    );
    if item.generics.params.is_empty() {
        errors.push(&item.generics.where_clause, message);
    } else {
        errors.push(&item.generics.params, message);
    }
    None
}

fn methods(
    kind: ServiceKind,
    service: &ItemTrait,
    items: &[TraitItem],
    errors: &mut Errors,
) -> (Vec<Method>, TokenStream) {
    let (mut methods, mut rest) = (Vec::new(), TokenStream::new());
    for item in items {
        match item {
            TraitItem::Fn(item) => match method::read((&service.ident, kind), item, errors) {
                Some(method) => methods.push(method),
                None => rest.extend(method_as_written(item)),
            },
            other => {
                let message = format!(
                    "service `{}` holds something that is no handler, which callers could not \
                     use; move it out of the trait",
                    service.ident
                );
                errors.push(other, message);
                other.to_tokens(&mut rest);
            }
        }
    }
    (methods, rest)
}

impl Reading {
    /// Reports every broken rule.
    pub(crate) fn check(&self, errors: &mut Errors) {
        let is_whole = errors.is_empty();
        for problem in check(&self.service) {
            let span = match problem.subject {
                // What is missing may be what could not be read.
                Subject::Service if !is_whole => continue,
                Subject::Service => self.service.ident.span(),
                Subject::ServiceName => self.name_span,
                Subject::Handler(index) => self.service.handlers[index].ident.span(),
                Subject::HandlerName(index) => self.handler_name_spans[index],
            };
            errors.push_at(span, problem.message);
        }
    }

    /// Removes what would make the compiler repeat a message, and returns what was not read.
    pub(crate) fn without_repetition(&mut self) -> TokenStream {
        let mut seen = HashSet::new();
        self.service.handlers.retain(|handler| seen.insert(handler.ident.to_string()));
        if let Kind::Object { key: Some(_) } = self.service.kind {
            self.service.handlers.retain(|handler| handler.request.is_some());
        }
        std::mem::take(&mut self.rest)
    }
}

/// `item` without the attributes of this crate.
pub(crate) fn as_written(item: &ItemTrait) -> TokenStream {
    let ItemTrait { attrs, vis, unsafety, auto_token, ident, generics, supertraits, items, .. } =
        item;
    let (parameters, _, where_clause) = generics.split_for_impl();
    let bounds = (!supertraits.is_empty()).then(|| quote!(: #supertraits));
    let items = items.iter().map(|item| match item {
        TraitItem::Fn(method) => method_as_written(method),
        other => other.to_token_stream(),
    });
    quote! {
        #(#attrs)*
        #vis #unsafety #auto_token trait #ident #parameters #bounds #where_clause { #(#items)* }
    }
}

fn method_as_written(method: &TraitItemFn) -> TokenStream {
    let TraitItemFn { attrs, sig, default, semi_token } = method;
    let attrs = attrs.iter().filter(|attr: &&Attribute| !is_own(attr));
    quote! {
        #(#attrs)*
        #[allow(async_fn_in_trait)]
        #sig #default #semi_token
    }
}
