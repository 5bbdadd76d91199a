//! Iteration over hash maps and sets, whose order differs in each process.

use syn::{
    Block, Expr, ExprCall, ExprMethodCall, Type,
    visit::{self, Visit},
};

use super::names::{Meaning, Names, collected, is_durable_operation, is_unordered};

/// Whether iterating over `expression` is iterating over a hash map or set.
pub(super) fn is_unordered_iteration(expression: &Expr, names: &Names) -> bool {
    match expression {
        Expr::MethodCall(call) => call.receiver_is_unordered(names),
        other => names.of(other) == Some(Meaning::Unordered),
    }
}

pub(super) trait ReceiverIsUnordered {
    fn receiver_is_unordered(&self, names: &Names) -> bool;
}

impl ReceiverIsUnordered for ExprMethodCall {
    /// Whether this is one of the methods in `map.iter().map(..)` or `set.drain()`.
    fn receiver_is_unordered(&self, names: &Names) -> bool {
        if brings_order(self) {
            return false;
        }
        match &*self.receiver {
            Expr::MethodCall(inner) => {
                is_iteration(inner, names) || inner.receiver_is_unordered(names)
            }
            _ => is_iteration(self, names),
        }
    }
}

/// Whether this is `.sorted()` or its like, or `.collect::<BTreeMap<..>>()`.
fn brings_order(call: &ExprMethodCall) -> bool {
    call.method.to_string().starts_with("sorted")
        || collected(call).is_some_and(|ty| !is_unordered(ty) && !is_vec(ty))
}

fn is_vec(ty: &Type) -> bool {
    matches!(ty, Type::Path(path)
        if path.path.segments.last().is_some_and(|last| last.ident == "Vec"))
}

fn is_iteration(call: &ExprMethodCall, names: &Names) -> bool {
    const ITERATIONS: &[&str] = &[
        "drain",
        "into_iter",
        "into_keys",
        "into_values",
        "iter",
        "iter_mut",
        "keys",
        "values",
        "values_mut",
    ];
    ITERATIONS.iter().any(|method| call.method == method)
        && names.of(&call.receiver) == Some(Meaning::Unordered)
}

/// Code that may make durable operations.
pub(super) trait Touches {
    fn touches(&self, names: &Names) -> bool;
}

impl Touches for Block {
    fn touches(&self, names: &Names) -> bool {
        let mut search = Search { names, found: false };
        search.visit_block(self);
        search.found
    }
}

impl Touches for Expr {
    fn touches(&self, names: &Names) -> bool {
        let mut search = Search { names, found: false };
        search.visit_expr(self);
        search.found
    }
}

struct Search<'n> {
    names: &'n Names,
    found: bool,
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.found |= match self.names.of(&call.receiver) {
            Some(Meaning::Context) => is_durable_operation(&call.method.to_string()),
            Some(Meaning::Client) => true,
            _ => false,
        };
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let mut arguments = call.args.iter();
        self.found |= arguments.any(|argument| self.names.of(argument) == Some(Meaning::Context));
        visit::visit_expr_call(self, call);
    }
}
