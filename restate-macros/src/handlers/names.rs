//! The meaning of names in a body, as far as syntax shows it.

use std::collections::HashMap;

use syn::{
    Expr, ExprMethodCall, GenericArgument, Pat, PatIdent, PathArguments, Type,
    visit::{self, Visit},
};

/// The kinds of values that rules are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Context,
    /// A generated client of a context.
    Client,
    /// A durable operation that has been started and not awaited.
    Durable,
    /// A time from the journal: the result of `ctx.now()`.
    Time,
    /// A hash map or set, whose order differs in each process.
    Unordered,
}

/// The names in scope that have a meaning.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(HashMap<String, Meaning>);

impl Names {
    pub(super) fn insert(&mut self, name: String, meaning: Meaning) {
        self.0.insert(name, meaning);
    }

    /// The name of a context, for messages.
    pub(super) fn context(&self) -> Option<&str> {
        let context = |(name, meaning): (&'_ String, &Meaning)| {
            (*meaning == Meaning::Context).then_some(name.clone())
        };
        let first = self.0.iter().filter_map(context).min()?;
        self.0.get_key_value(&first).map(|(name, _)| name.as_str())
    }

    /// Forgets the names in `pattern`, which shadows them.
    pub(super) fn shadow(&mut self, pattern: &Pat) {
        self.visit_pat(pattern);
    }

    /// Derives the meaning of `pattern` from the value it is bound to.
    pub(super) fn bind(&mut self, pattern: &Pat, value: Option<&Expr>) {
        self.shadow(pattern);
        let (name, declared) = match pattern {
            Pat::Ident(it) => (it.ident.to_string(), None),
            Pat::Type(it) => match &*it.pat {
                Pat::Ident(name) => (name.ident.to_string(), Some(&*it.ty)),
                _ => return,
            },
            _ => return,
        };
        let meaning = match declared {
            Some(ty) if is_unordered(ty) => Some(Meaning::Unordered),
            _ => value.and_then(|value| self.of(value)),
        };
        if let Some(meaning) = meaning {
            self.insert(name, meaning);
        }
    }

    /// The meaning of `expression`.
    pub(super) fn of(&self, expression: &Expr) -> Option<Meaning> {
        match expression {
            Expr::Path(path) => self.0.get(&path.path.get_ident()?.to_string()).copied(),
            Expr::Paren(it) => self.of(&it.expr),
            Expr::Reference(it) => self.of(&it.expr),
            Expr::Unary(it) => self.of(&it.expr),
            Expr::Call(call) => {
                let Expr::Path(function) = &*call.func else { return None };
                let mut last = function.path.segments.iter().rev();
                let (function, ty) = (last.next()?, last.next()?);
                if is_unordered_name(&ty.ident.to_string()) {
                    return Some(Meaning::Unordered);
                }
                let is_client = function.ident == "new" && ty.ident.to_string().ends_with("Client");
                let channel = call.args.first().and_then(|channel| self.of(channel));
                (is_client && channel == Some(Meaning::Context)).then_some(Meaning::Client)
            }
            Expr::MethodCall(call) => self.of_method_call(call),
            Expr::Try(it) => self.of(&it.expr).filter(|meaning| *meaning == Meaning::Time),
            Expr::Await(it) => match &*it.base {
                Expr::MethodCall(call) if self.is_now(call) => Some(Meaning::Time),
                _ => None,
            },
            _ => None,
        }
    }

    fn is_now(&self, call: &ExprMethodCall) -> bool {
        call.method == "now" && self.of(&call.receiver) == Some(Meaning::Context)
    }

    fn of_method_call(&self, call: &ExprMethodCall) -> Option<Meaning> {
        let method = call.method.to_string();
        if is_collected_unordered(call) {
            return Some(Meaning::Unordered);
        }
        match self.of(&call.receiver)? {
            receiver if method == "clone" => Some(receiver),
            Meaning::Context if is_durable_operation(&method) => Some(Meaning::Durable),
            Meaning::Client | Meaning::Durable => Some(Meaning::Durable),
            Meaning::Context | Meaning::Unordered | Meaning::Time => None,
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, name: &'ast PatIdent) {
        self.0.remove(&name.ident.to_string());
        visit::visit_pat_ident(self, name);
    }
}

/// Whether this is `.collect::<HashMap<..>>()`, or a set.
fn is_collected_unordered(call: &ExprMethodCall) -> bool {
    collected(call).is_some_and(is_unordered)
}

/// The type in `.collect::<..>()`.
pub(super) fn collected(call: &ExprMethodCall) -> Option<&Type> {
    if call.method != "collect" {
        return None;
    }
    match call.turbofish.as_ref()?.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

/// Whether a method of a context writes to the journal or depends on it.
pub(super) fn is_durable_operation(method: &str) -> bool {
    const OPERATIONS: &[&str] = &[
        "awakeable",
        "cancelled",
        "clear",
        "clear_all",
        "delayed_call",
        "get",
        "invocation",
        "now",
        "one_way_call",
        "promise",
        "rand",
        "reject_awakeable",
        "resolve_awakeable",
        "run",
        "set",
        "signal",
        "sleep",
        "state_keys",
        "timeout",
        "transaction",
        "uuid",
    ];
    OPERATIONS.contains(&method)
}

/// Whether `ty` is one of the contexts, or a reference to one.
pub(super) fn is_context(ty: &Type) -> bool {
    const CONTEXTS: &[&str] = &[
        "Context",
        "ObjectContext",
        "SharedObjectContext",
        "SharedWorkflowContext",
        "WorkflowContext",
    ];
    match ty {
        Type::Reference(it) => is_context(&it.elem),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let has_lifetime = match &last.arguments {
                PathArguments::AngleBracketed(arguments) => {
                    matches!(arguments.args.first(), Some(GenericArgument::Lifetime(_)))
                }
                _ => false,
            };
            has_lifetime && CONTEXTS.iter().any(|context| last.ident == context)
        }),
        _ => false,
    }
}

/// Whether `ty` is a hash map or set, or a reference to one.
pub(super) fn is_unordered(ty: &Type) -> bool {
    match ty {
        Type::Reference(it) => is_unordered(&it.elem),
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| is_unordered_name(&last.ident.to_string()))
        }
        _ => false,
    }
}

fn is_unordered_name(name: &str) -> bool {
    name == "HashMap" || name == "HashSet"
}
