//! Results of calls and run steps as the result of a handler.
//!
//! They fail with a `TerminalError`, a handler with a `HandlerError`. So `ctx.run(..).await` at the end of a
//! handler would not compile; `?` would convert the error, but only together with `Ok(..)`.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{
    Block, Expr, ExprAsync, ExprClosure, ExprReturn, ImplItemFn, Item, ReturnType, Stmt, Type,
    parse_quote,
    spanned::Spanned,
    visit_mut::{VisitMut, visit_expr_return_mut},
};

/// Converts the error of what `method` awaits and returns, if it returns a `HandlerResult`.
pub(super) fn convert(method: &mut ImplItemFn, krate: &TokenStream) {
    if method.sig.asyncness.is_none() || !returns_handler_result(&method.sig.output) {
        return;
    }
    let mut results = Results { krate };
    results.visit_block_mut(&mut method.block);
    results.block(&mut method.block);
}

fn returns_handler_result(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else { return false };
    let Type::Path(path) = &**ty else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "HandlerResult")
}

struct Results<'k> {
    /// Path of the library.
    krate: &'k TokenStream,
}

impl Results<'_> {
    fn block(&mut self, block: &mut Block) {
        if let Some(Stmt::Expr(tail, None)) = block.stmts.last_mut() {
            self.expr(tail);
        }
    }

    /// Converts `expr`, whose value is the result of the handler.
    fn expr(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Await(_) => self.awaited(expr),
            Expr::Block(inner) => self.block(&mut inner.block),
            Expr::Paren(inner) => self.expr(&mut inner.expr),
            Expr::If(branches) => {
                self.block(&mut branches.then_branch);
                if let Some((_, otherwise)) = &mut branches.else_branch {
                    self.expr(otherwise);
                }
            }
            Expr::Match(arms) => arms.arms.iter_mut().for_each(|arm| self.expr(&mut arm.body)),
            _ => {}
        }
    }

    fn awaited(&mut self, expr: &mut Expr) {
        // At the place of the user's expression, but as part of the expansion, so that lints for
        // users' code do not apply.
        let span = Span::call_site().located_at(expr.span());
        let krate = self.krate;
        let function = quote_spanned!(span=> #krate::codegen::handler_result);
        *expr = parse_quote!(#function(#expr));
    }
}

impl VisitMut for Results<'_> {
    fn visit_expr_return_mut(&mut self, result: &mut ExprReturn) {
        visit_expr_return_mut(self, result);
        if let Some(expr) = &mut result.expr {
            self.expr(expr);
        }
    }

    // Their results are not those of the handler.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}

    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}

    fn visit_item_mut(&mut self, _: &mut Item) {}
}
