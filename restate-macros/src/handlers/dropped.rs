//! `let _ =` of a value that does nothing until it is awaited, which `must_use` does not report.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::{
    Expr, ImplItemFn, Local, Pat, parse_quote,
    visit_mut::{VisitMut, visit_impl_item_fn_mut, visit_local_mut},
};

/// Adds an assertion about the type of each value that `method` drops this way.
pub(super) fn check(method: &mut ImplItemFn, krate: &TokenStream) {
    visit_impl_item_fn_mut(&mut Check { krate }, method);
}

struct Check<'k> {
    /// Path of the library.
    krate: &'k TokenStream,
}

impl VisitMut for Check<'_> {
    fn visit_local_mut(&mut self, local: &mut Local) {
        visit_local_mut(self, local);
        let Some(init) = local.init.as_mut().filter(|_| matches!(local.pat, Pat::Wild(_))) else {
            return;
        };
        // Calls only: `let _ = place` does not drop the place, and moving it would change that.
        let Expr::MethodCall(value) = &*init.expr else { return };
        // A `match` keeps temporaries that the value borrows alive as long as before.
        let krate = &at(value.method.span(), self.krate);
        let check = quote_spanned!(value.method.span()=> #krate::codegen::Dropped(&value).check());
        init.expr = parse_quote! {
            match #value {
                value => {
                    #[allow(unused_imports)]
                    use #krate::codegen::Begun as _;
                    #check;
                    value
                }
            }
        };
    }
}

/// `path` with the span of the value: the compiler points an error at the whole expression, and at
/// `#[handlers]` if the spans of its parts come from different expansions.
fn at(span: Span, path: &TokenStream) -> TokenStream {
    let located = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    path.clone().into_iter().map(located).collect()
}
