//! `#[allow_nondeterminism(reason = "..")]`, which excepts one statement.

use syn::{
    Attribute, Expr, ExprLit, ImplItemFn, Lit, Meta, Stmt,
    visit_mut::{VisitMut, visit_impl_item_fn_mut},
};

use crate::errors::Errors;

/// Whether `statement` is excepted; reports an attribute without a reason.
pub(super) fn is_allowed(statement: &Stmt, errors: &mut Errors) -> bool {
    let Some(attribute) = attributes(statement).iter().find(is_allow) else { return false };
    if !has_reason(attribute) {
        errors.push(
            attribute,
            "give the reason why this may differ between attempts: \
             `#[allow_nondeterminism(reason = \"only logged\")]`",
        );
    }
    true
}

/// Removes the attributes, which the compiler does not know.
pub(super) fn strip(method: &mut ImplItemFn) {
    visit_impl_item_fn_mut(&mut Strip, method);
}

struct Strip;

impl VisitMut for Strip {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|attribute| !is_allow(&attribute));
    }
}

fn is_allow(attribute: &&Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "allow_nondeterminism")
}

fn has_reason(attribute: &Attribute) -> bool {
    let Ok(Meta::NameValue(pair)) = attribute.parse_args::<Meta>() else { return false };
    let Expr::Lit(ExprLit { lit: Lit::Str(reason), .. }) = &pair.value else { return false };
    pair.path.is_ident("reason") && !reason.value().trim().is_empty()
}

fn attributes(statement: &Stmt) -> &[Attribute] {
    match statement {
        Stmt::Local(local) => &local.attrs,
        Stmt::Expr(expression, _) => attributes_of(expression),
        Stmt::Macro(call) => &call.attrs,
        Stmt::Item(_) => &[],
    }
}

/// syn attaches an attribute before an assignment to its left side.
fn attributes_of(expression: &Expr) -> &[Attribute] {
    match expression {
        Expr::Assign(it) => attributes_of(&it.left),
        Expr::Binary(it) => attributes_of(&it.left),
        Expr::Await(it) => &it.attrs,
        Expr::Block(it) => &it.attrs,
        Expr::Call(it) => &it.attrs,
        Expr::Field(it) => &it.attrs,
        Expr::ForLoop(it) => &it.attrs,
        Expr::If(it) => &it.attrs,
        Expr::Loop(it) => &it.attrs,
        Expr::Macro(it) => &it.attrs,
        Expr::Match(it) => &it.attrs,
        Expr::MethodCall(it) => &it.attrs,
        Expr::Path(it) => &it.attrs,
        Expr::Return(it) => &it.attrs,
        Expr::Try(it) => &it.attrs,
        Expr::While(it) => &it.attrs,
        _ => &[],
    }
}
