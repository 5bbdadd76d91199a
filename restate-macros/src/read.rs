//! Reads a trait into the model of a service.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use restate_expand::{Handler, Kind, Service, Subject, check};
use syn::{Attribute, ItemTrait, TraitItem, TraitItemFn, ext::IdentExt};

use crate::{
    attribute::{Arguments, Attributes, ServiceKind, is_own},
    errors::Errors,
    method::{self, Method},
    settings::Given,
};

/// A service, as far as its trait has no mistakes.
pub(crate) struct Reading {
    pub(crate) service: Service,
    /// Items of the trait that are not handlers, or have mistakes.
    rest: TokenStream,
    name_span: Span,
    settings: Given,
    sources: Vec<Source>,
}

/// The source of a handler.
struct Source {
    name_span: Span,
    settings: Given,
    as_written: TokenStream,
}

/// Reads `item`; `None` if it is generic, so that no client can be generated.
pub(crate) fn service(
    arguments: Arguments,
    item: &ItemTrait,
    errors: &mut Errors,
) -> Option<Reading> {
    check_trait(item, errors)?;
    let ItemTrait { attrs, vis, ident, items, .. } = item;
    let Attributes { docs, rest: attrs, .. } = Attributes::of_trait(attrs);
    let (methods, rest) = methods(arguments.kind, item, items, errors);
    let name_span = arguments.name.as_ref().map_or_else(|| ident.span(), |name| name.span());
    let (handlers, sources) = methods.into_iter().unzip();
    let name = match &arguments.name {
        Some(name) => name.value(),
        None => ident.unraw().to_string(),
    };
    let kind = match arguments.kind {
        ServiceKind::Service => Kind::Service,
        ServiceKind::Object => Kind::Object { key: arguments.key },
        ServiceKind::Workflow => Kind::Workflow { key: arguments.key },
    };
    let vis = vis.to_token_stream();
    let given = arguments.settings;
    let settings = given.settings.clone();
    let service = Service {
        crate_path: arguments.crate_path,
        docs,
        attrs,
        vis,
        settings,
        handlers,
        ..Service::new(ident.clone(), name, kind)
    };
    Some(Reading { service, rest, name_span, settings: given, sources })
}

fn check_trait(item: &ItemTrait, errors: &mut Errors) -> Option<()> {
    let ident = &item.ident;
    if !item.supertraits.is_empty() {
        let message = format!(
            "service `{ident}` has supertraits, but a contract consists of handlers only; remove \
             them (a service is `Send + Sync` already)"
        );
        errors.push(&item.supertraits, message);
    }
    if item.unsafety.is_some() || item.modifiers.auto_token.is_some() {
        let message =
            format!("service `{ident}` must be a plain trait; remove `unsafe` and `auto`");
        errors.push(ident, message);
    }
    if item.generics.params.is_empty() && item.generics.where_clause.is_none() {
        return Some(());
    }
    let message = format!(
        "service `{ident}` is generic, but callers in other processes need one contract; use \
         concrete types"
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
) -> (Vec<(Handler, Source)>, TokenStream) {
    let (mut methods, mut rest) = (Vec::new(), TokenStream::new());
    for item in items {
        match item {
            TraitItem::Fn(item) => {
                let as_written = method_as_written(item);
                match method::read((&service.ident, kind), item, errors) {
                    Some(Method { handler, name_span, settings }) => {
                        methods.push((handler, Source { name_span, settings, as_written }));
                    }
                    None => rest.extend(as_written),
                }
            }
            other => {
                let message = format!(
                    "service `{}` has an item that is not a handler, which callers cannot use; \
                     move it out of the trait",
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
    /// Reports all broken rules.
    pub(crate) fn check(&self, errors: &mut Errors) {
        let is_whole = errors.is_empty();
        for mistake in check(&self.service) {
            let span = match mistake.subject {
                // The handler that seems to be missing may be one that has a mistake.
                Subject::Service if !is_whole => continue,
                Subject::Service => self.service.ident.span(),
                Subject::ServiceName => self.name_span,
                Subject::Handler(index) => self.service.handlers[index].ident.span(),
                Subject::HandlerName(index) => self.sources[index].name_span,
                Subject::ServiceSetting(name) => self.settings.place(name),
                Subject::HandlerSetting(index, name) => self.sources[index].settings.place(name),
            };
            errors.push_at(span, mistake.message);
        }
    }

    /// Removes the handlers that the compiler would report a second time; returns the other items
    /// of the trait.
    pub(crate) fn without_repetition(&mut self) -> TokenStream {
        let is_keyed = self.service.kind.key_field().is_some();
        let mut rest = std::mem::take(&mut self.rest);
        let mut seen = HashSet::new();
        let handlers = std::mem::take(&mut self.service.handlers);
        for (handler, source) in handlers.into_iter().zip(&self.sources) {
            if !seen.insert(handler.ident.to_string()) {
                continue;
            }
            if is_keyed && handler.request.is_none() {
                source.as_written.to_tokens(&mut rest);
            } else {
                self.service.handlers.push(handler);
            }
        }
        rest
    }
}

/// The trait without the attributes of this crate.
pub(crate) fn as_written(item: &ItemTrait) -> TokenStream {
    let ItemTrait { attrs, vis, modifiers, unsafety, ident, generics, supertraits, items, .. } =
        item;
    let auto_token = &modifiers.auto_token;
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
    let TraitItemFn { attrs, sig, .. } = method;
    let attrs = attrs.iter().filter(|attr: &&Attribute| !is_own(attr));
    quote! {
        #(#attrs)*
        #[allow(async_fn_in_trait)]
        #sig;
    }
}
