//! What a service is, whichever way it was written.

use proc_macro2::{Ident, TokenStream};

use crate::docs::Docs;

/// A durable service: a set of handlers under one name.
#[derive(Clone, Debug)]
pub struct Service {
    /// What its author says about it.
    pub docs: Docs,
    /// Further attributes of the trait.
    pub attrs: TokenStream,
    /// Who sees the trait, its client and its server.
    pub vis: TokenStream,
    /// Name of the trait, as `Greeter`.
    pub ident: Ident,
    /// Name that callers in any language use, as `greeter.v1.Greeter`.
    pub name: String,
    /// Whether it has keys, and where they are.
    pub kind: Kind,
    /// Its handlers, in the contract's order.
    pub handlers: Vec<Handler>,
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
            Self::Service => None,
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
    /// What it is called with, if anything.
    pub request: Option<TokenStream>,
    /// What it answers with.
    pub response: TokenStream,
    /// What the method returns, as its author wrote it; otherwise `HandlerResult` of the response.
    pub result: Option<TokenStream>,
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
