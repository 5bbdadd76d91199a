//! What a service is, whichever way it was written.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::{docs::Docs, settings::Settings};

/// A durable service: a set of handlers under one name.
#[derive(Clone, Debug)]
pub struct Service {
    /// Path of the crate that the code names: `::restate_core`, or a crate that re-exports it.
    pub crate_path: TokenStream,
    /// What its author says about it.
    pub docs: Docs,
    /// Further attributes of the trait.
    pub attrs: TokenStream,
    /// Who sees the trait, its client and its server.
    pub vis: TokenStream,
    /// Name of the trait, as `Greeter`.
    pub ident: Ident,
    /// Name of the client, as `GreeterClient`.
    pub client: Ident,
    /// Name of the server, as `GreeterServer`.
    pub server: Ident,
    /// Which of them are written.
    pub parts: Parts,
    /// Name that callers in any language use, as `greeter.v1.Greeter`.
    pub name: String,
    /// Whether it has keys, and where they are.
    pub kind: Kind,
    /// What it asks of the engine.
    pub settings: Settings,
    /// Its handlers, in the contract's order.
    pub handlers: Vec<Handler>,
}

impl Service {
    /// A public service without documentation, settings and handlers, over `::restate_core`.
    pub fn new(ident: Ident, name: impl Into<String>, kind: Kind) -> Self {
        Self {
            crate_path: quote!(::restate_core),
            docs: Docs::default(),
            attrs: TokenStream::new(),
            vis: quote!(pub),
            client: format_ident!("{ident}Client"),
            server: format_ident!("{ident}Server"),
            parts: Parts::default(),
            ident,
            name: name.into(),
            kind,
            settings: Settings::default(),
            handlers: Vec::new(),
        }
    }
}

/// The parts of a service that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The client.
    pub client: bool,
    /// The trait and the server.
    pub server: bool,
}

impl Default for Parts {
    fn default() -> Self {
        Self { client: true, server: true }
    }
}

/// Whether a service has keys, and where they are.
#[derive(Clone, Debug)]
pub enum Kind {
    /// No keys and no state.
    Service,
    /// A virtual object: state under a key, one exclusive handler at a time.
    Object {
        /// The field of every request that holds the key; without one, clients are made for a key.
        key: Option<Ident>,
    },
    /// An object with one key, which neither its callers nor its handlers have to know.
    Singleton,
    /// A workflow: one run for each key, and handlers that run beside it.
    Workflow {
        /// As for an object.
        key: Option<Ident>,
    },
}

impl Kind {
    /// The field of every request that holds the key, if there is one.
    pub fn key_field(&self) -> Option<&Ident> {
        match self {
            Self::Service | Self::Singleton => None,
            Self::Object { key } | Self::Workflow { key } => key.as_ref(),
        }
    }
}

/// One operation of a service.
#[derive(Clone, Debug)]
pub struct Handler {
    /// What its author says about it.
    pub docs: Docs,
    /// Further attributes of the trait's method.
    pub attrs: TokenStream,
    /// Name of the method, as `greet`.
    pub ident: Ident,
    /// Name that callers in any language use, as `Greet`.
    pub name: String,
    /// How it shares its key with other handlers.
    pub kind: HandlerKind,
    /// Type of the context as its author wrote it; otherwise the kind's own, by its full path.
    pub context: Option<TokenStream>,
    /// The field of its request that holds the key, where it is not called as in the service's kind.
    pub key: Option<Ident>,
    /// What it is called with, if anything.
    pub request: Option<TokenStream>,
    /// What it answers with.
    pub response: TokenStream,
    /// What the method returns, as its author wrote it; otherwise `HandlerResult` of the response.
    pub result: Option<TokenStream>,
    /// What it asks of the engine.
    pub settings: Settings,
}

impl Handler {
    /// A handler without documentation, request and settings.
    pub fn new(
        ident: Ident,
        name: impl Into<String>,
        kind: HandlerKind,
        response: TokenStream,
    ) -> Self {
        Self {
            docs: Docs::default(),
            attrs: TokenStream::new(),
            ident,
            name: name.into(),
            kind,
            context: None,
            key: None,
            request: None,
            response,
            result: None,
            settings: Settings::default(),
        }
    }
}

/// How a handler shares its key with other handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandlerKind {
    /// It has no key.
    Plain,
    /// It runs alone on its key and may write state.
    Exclusive,
    /// It runs beside the others and reads state.
    Shared,
    /// It is the run of a workflow, and alone in writing state.
    Run,
    /// It runs beside the run of a workflow and reads state.
    BesideRun,
}

impl HandlerKind {
    /// Name of the context type that a handler of this kind receives.
    pub fn context(self) -> &'static str {
        match self {
            Self::Plain => "Context",
            Self::Exclusive => "ObjectContext",
            Self::Shared => "SharedObjectContext",
            Self::Run => "WorkflowContext",
            Self::BesideRun => "SharedWorkflowContext",
        }
    }
}
