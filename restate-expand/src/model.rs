//! The model of a service, independent of how its contract was written.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::{docs::Docs, settings::Settings};

/// A durable service: a set of handlers under one name.
#[derive(Clone, Debug)]
pub struct Service {
    /// Path of the crate that the code names: `::restate_core`, or a crate that re-exports it.
    pub crate_path: TokenStream,
    /// Its documentation.
    pub docs: Docs,
    /// Further attributes of the trait.
    pub attrs: TokenStream,
    /// Visibility of the trait, the client and the server.
    pub vis: TokenStream,
    /// Name of the trait, such as `Greeter`.
    pub ident: Ident,
    /// Name of the client, such as `GreeterClient`.
    pub client: Ident,
    /// Name of the server, such as `GreeterServer`.
    pub server: Ident,
    /// Which of these are generated.
    pub parts: Parts,
    /// Name that callers in any language use, such as `greeter.v1.Greeter`.
    pub name: String,
    /// Its name in the contract, if callers use another.
    pub contract_name: Option<String>,
    /// Its kind, which says whether it has keys and where requests hold them.
    pub kind: Kind,
    /// Its settings.
    pub settings: Settings,
    /// Whether messages of the contract have fields that people must not see.
    pub has_redacted_fields: bool,
    /// The constant with the files of the contract, if it was read from `.proto` files.
    pub files: Option<Ident>,
    /// Its handlers, in the order of the contract.
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
            contract_name: None,
            kind,
            settings: Settings::default(),
            has_redacted_fields: false,
            files: None,
            handlers: Vec::new(),
        }
    }
}

/// The parts of a service that are generated.
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

/// The kind of a service, and where its requests hold the key.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A plain service, without keys and state.
    Service,
    /// A virtual object: state under a key, and one exclusive handler at a time on each key.
    Object {
        /// The field of every request that holds the key; `None` if clients are created for a key.
        key: Option<Ident>,
    },
    /// An object with a single key, which is not visible to callers and handlers.
    Singleton,
    /// A workflow: one run for each key, and shared handlers.
    Workflow {
        /// Like the key of an object.
        key: Option<Ident>,
    },
}

impl Kind {
    /// The field of every request that holds the key, if requests hold it.
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
    /// Its documentation.
    pub docs: Docs,
    /// Further attributes of the trait's method.
    pub attrs: TokenStream,
    /// Name of the method, such as `greet`.
    pub ident: Ident,
    /// Name that callers in any language use, such as `Greet`.
    pub name: String,
    /// Its name in the contract, if callers use another.
    pub contract_name: Option<String>,
    /// Its kind.
    pub kind: HandlerKind,
    /// Type of the context as written in the contract; `None` for the full path of the kind's own.
    pub context: Option<TokenStream>,
    /// The field of its request that holds the key, if it differs from that of the service's kind.
    pub key: Option<Ident>,
    /// Whether the field that holds the key is deprecated, so that using it is a warning.
    pub has_deprecated_key: bool,
    /// Type of the request, if it takes one.
    pub request: Option<TokenStream>,
    /// Whether the contract says that it changes nothing.
    pub no_side_effects: bool,
    /// Type of the response.
    pub response: TokenStream,
    /// Return type as written in the contract; `None` for `HandlerResult` of the response.
    pub result: Option<TokenStream>,
    /// Its settings.
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
            contract_name: None,
            kind,
            context: None,
            key: None,
            has_deprecated_key: false,
            request: None,
            no_side_effects: false,
            response,
            result: None,
            settings: Settings::default(),
        }
    }
}

/// How a handler runs with respect to others on its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandlerKind {
    /// A handler of a plain service, without a key.
    Plain,
    /// One at a time on each key; may write state.
    Exclusive,
    /// Concurrent with others on its key; only reads state.
    Shared,
    /// The run handler of a workflow; may write state.
    Run,
    /// A handler of a workflow that is concurrent with its run; only reads state.
    SharedWorkflow,
}

impl HandlerKind {
    /// Name of the context type of this kind of handler.
    pub fn context(self) -> &'static str {
        match self {
            Self::Plain => "Context",
            Self::Exclusive => "ObjectContext",
            Self::Shared => "SharedObjectContext",
            Self::Run => "WorkflowContext",
            Self::SharedWorkflow => "SharedWorkflowContext",
        }
    }
}
