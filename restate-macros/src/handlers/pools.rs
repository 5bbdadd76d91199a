//! The pools of databases that `ctx.transaction(&pool, ..)` names, and their clones.

use std::collections::HashSet;

use quote::ToTokens;
use syn::{
    Block, Expr, ExprMethodCall, Local, Pat, PatIdent,
    visit::{self, Visit},
};

/// Expressions for pools that occur in a body, as text.
#[derive(Clone, Debug, Default)]
pub(super) struct Pools(HashSet<String>);

impl Pools {
    /// The pools of the transactions in `block`.
    pub(super) fn of(block: &Block) -> Self {
        let mut pools = Self::default();
        Transactions { pools: &mut pools }.visit_block(block);
        Clones { pools: &mut pools }.visit_block(block);
        pools
    }

    /// The text of `expression`, if it is a pool.
    pub(super) fn name(&self, expression: &Expr) -> Option<String> {
        let is_place = matches!(expression, Expr::Path(_) | Expr::Field(_));
        let text = is_place.then(|| text(expression))?;
        self.0.contains(&text).then_some(text)
    }

    /// Forgets the names in `pattern`, which shadows them.
    pub(super) fn shadow(&mut self, pattern: &Pat) {
        self.visit_pat(pattern);
    }
}

/// Whether `call` looks like `ctx.transaction(pool, closure)`.
pub(super) fn is_transaction(call: &ExprMethodCall) -> bool {
    call.method == "transaction" && call.args.len() == 2
}

/// Finds the first arguments of transactions.
struct Transactions<'a> {
    pools: &'a mut Pools,
}

impl<'ast> Visit<'ast> for Transactions<'_> {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if let Some(pool) = call.args.first().filter(|_| is_transaction(call)) {
            self.pools.0.insert(text(referenced(pool)));
        }
        visit::visit_expr_method_call(self, call);
    }
}

impl<'ast> Visit<'ast> for Pools {
    fn visit_pat_ident(&mut self, name: &'ast PatIdent) {
        self.0.remove(&name.ident.to_string());
    }
}

/// Finds `let pool = self.pool.clone()`.
struct Clones<'a> {
    pools: &'a mut Pools,
}

impl<'ast> Visit<'ast> for Clones<'_> {
    fn visit_local(&mut self, local: &'ast Local) {
        let value = local.init.as_ref().map(|init| &*init.expr);
        if let (Pat::Ident(name), Some(Expr::MethodCall(call))) = (&local.pat, value)
            && call.method == "clone"
            && self.pools.name(referenced(&call.receiver)).is_some()
        {
            self.pools.0.insert(name.ident.to_string());
        }
        visit::visit_local(self, local);
    }
}

fn referenced(expression: &Expr) -> &Expr {
    match expression {
        Expr::Reference(it) => referenced(&it.expr),
        Expr::Paren(it) => referenced(&it.expr),
        _ => expression,
    }
}

fn text(expression: &Expr) -> String {
    expression.to_token_stream().to_string().replace(' ', "")
}
