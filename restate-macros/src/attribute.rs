//! The arguments of `#[service]`, `#[object]`, `#[workflow]` and `#[handler]`, and the other
//! attributes of traits and methods.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use restate_expand::Docs;
use syn::{Attribute, LitStr, Meta, Token, parse::Parser, punctuated::Punctuated};

use crate::{
    errors::Errors,
    library::{Library, crate_path, is_crate_path},
    settings::{self, Given},
};

/// The attribute that a trait has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServiceKind {
    Service,
    Object,
    Workflow,
}

impl ServiceKind {
    /// The attribute as it is written.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Service => "#[service]",
            Self::Object => "#[object]",
            Self::Workflow => "#[workflow]",
        }
    }

    fn knows(self) -> &'static [&'static str] {
        match self {
            Self::Service => &["name"],
            Self::Object | Self::Workflow => &["name", "key"],
        }
    }
}

const HANDLER: &str = "#[handler]";

/// The arguments of `#[service(..)]`, `#[object(..)]` or `#[workflow(..)]`.
pub(crate) struct Arguments {
    pub(crate) kind: ServiceKind,
    /// Path of the crate that expanded code names.
    pub(crate) crate_path: TokenStream,
    pub(crate) name: Option<LitStr>,
    pub(crate) key: Option<Ident>,
    pub(crate) settings: Given,
}

impl Arguments {
    pub(crate) fn read(
        kind: ServiceKind,
        library: Library,
        tokens: TokenStream,
        errors: &mut Errors,
    ) -> Self {
        let Values { mut strings, crate_path, settings } =
            values(kind.attribute(), kind.knows(), tokens, errors);
        let crate_path = crate_path.unwrap_or_else(|| library.path());
        let name = strings.take("name");
        let key = strings.take("key").and_then(|literal| {
            literal
                .parse::<Ident>()
                .map_err(|_| {
                    let message = format!(
                        "`{}` is not a field name; `key` names the request field that holds the \
                         key, such as `key = \"counter_id\"`",
                        literal.value()
                    );
                    errors.push(&literal, message);
                })
                .ok()
        });
        Self { kind, crate_path, name, key, settings }
    }
}

/// The attributes of a trait or method: ours, and all others.
#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) docs: Docs,
    /// From `#[handler(name = "..")]`.
    pub(crate) name: Option<LitStr>,
    /// From `#[handler(..)]`, too.
    pub(crate) settings: Given,
    /// Location of `#[shared]`.
    pub(crate) shared: Option<Span>,
    /// Location of `#[run]`.
    pub(crate) run: Option<Span>,
    /// Location of `#[no_side_effects]`.
    pub(crate) no_side_effects: Option<Span>,
    /// All other attributes, which are kept.
    pub(crate) rest: TokenStream,
}

impl Attributes {
    /// Attributes of a trait.
    pub(crate) fn of_trait<'a>(attrs: impl IntoIterator<Item = &'a Attribute>) -> Self {
        let mut read = Self::default();
        let mut lines = Vec::new();
        for attr in attrs {
            match doc_line(attr) {
                Some(line) => lines.push(line),
                None => attr.to_tokens(&mut read.rest),
            }
        }
        read.docs = Docs::from_rustdoc(lines);
        read
    }

    /// Attributes of a handler called `handler`.
    pub(crate) fn of_handler(handler: &Ident, attrs: &[Attribute], errors: &mut Errors) -> Self {
        let (own, others): (Vec<_>, Vec<_>) = attrs.iter().partition(is_own);
        let mut read = Self::of_trait(others.iter().copied());
        for attr in others {
            if attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr") {
                let message = format!(
                    "handler `{handler}` is conditional, so callers and servers could have \
                     different contracts; put the condition on the whole trait"
                );
                errors.push(attr, message);
            }
        }
        for attr in own {
            read.read_own(attr, errors);
        }
        read
    }

    fn read_own(&mut self, attr: &Attribute, errors: &mut Errors) {
        if let Some(kind) = attr.path().get_ident().filter(|path| *path != "handler") {
            if !matches!(attr.meta, Meta::Path(_)) {
                errors.push(attr, format!("`#[{kind}]` takes no arguments; remove them"));
            }
            let place = match kind.to_string().as_str() {
                "shared" => &mut self.shared,
                "run" => &mut self.run,
                _ => &mut self.no_side_effects,
            };
            *place = Some(kind.span());
            return;
        }
        match &attr.meta {
            Meta::List(list) => {
                let Values { mut strings, settings, .. } =
                    values(HANDLER, &["name"], list.tokens.clone(), errors);
                (self.name, self.settings) = (strings.take("name"), settings);
            }
            _ => errors
                .push(attr, "`#[handler]` needs arguments, such as `#[handler(name = \"Greet\")]`"),
        }
    }
}

const OWN: [&str; 4] = ["handler", "shared", "run", "no_side_effects"];

/// Whether an attribute is for the macros of this crate.
pub(crate) fn is_own(attr: &&Attribute) -> bool {
    OWN.iter().any(|own| attr.path().is_ident(own))
}

fn doc_line(attr: &Attribute) -> Option<String> {
    if !attr.path().is_ident("doc") {
        return None;
    }
    settings::text(&attr.meta).map(LitStr::value)
}

/// Arguments of an attribute.
struct Values {
    strings: Strings,
    crate_path: Option<TokenStream>,
    settings: Given,
}

/// Arguments of the form `name = "value"`.
struct Strings(Vec<(String, LitStr)>);

impl Strings {
    fn take(&mut self, name: &str) -> Option<LitStr> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1)
    }
}

fn values(attribute: &str, known: &[&str], tokens: TokenStream, errors: &mut Errors) -> Values {
    let mut values =
        Values { strings: Strings(Vec::new()), crate_path: None, settings: Given::default() };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let metas = match parser.parse2(tokens) {
        Ok(metas) => metas,
        Err(error) => {
            let like = attribute.replace(']', "(name = \"..\", private = true)]");
            let message = format!("{error}; write arguments like `{like}`");
            errors.push_at(error.span(), message);
            return values;
        }
    };
    let mut seen = HashSet::new();
    for meta in metas {
        let name = meta.path().to_token_stream().to_string();
        let is_string = known.contains(&name.as_str());
        if is_crate_path(&meta) && attribute != HANDLER {
            values.crate_path = crate_path(&meta, errors);
        } else if !is_string && !settings::NAMES.contains(&name.as_str()) {
            let (known, settings) = (known.join("`, `"), settings::NAMES.join("`, `"));
            let message = format!(
                "`{attribute}` has no argument `{name}`; it takes `{known}`, and the settings \
                 `{settings}`"
            );
            errors.push(meta.path(), message);
        } else if !seen.insert(name.clone()) {
            errors.push(meta.path(), format!("`{name}` is given twice; keep one"));
        } else if !is_string {
            values.settings.read(&name, &meta, errors);
        } else {
            match settings::text(&meta) {
                Some(text) => {
                    let literal = LitStr::new(&text.value(), text.span());
                    values.strings.0.push((name, literal));
                }
                None => {
                    errors.push(
                        &meta,
                        format!("`{name}` must be a string, such as `{name} = \"..\"`"),
                    );
                }
            }
        }
    }
    values
}
