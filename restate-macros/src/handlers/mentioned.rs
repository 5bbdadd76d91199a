//! What is given to `run` by its name.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use syn::{Block, ExprMethodCall, ExprPath, Macro, visit::Visit};

use super::path::paths_in;

/// Names that are mentioned in the parentheses of a `.run(..)` in `block`.
pub(super) fn given_to_run(block: &Block) -> HashSet<String> {
    let mut mentioned = Mentioned::default();
    mentioned.visit_block(block);
    mentioned.names
}

#[derive(Default)]
struct Mentioned {
    names: HashSet<String>,
    inside_run: bool,
}

impl<'ast> Visit<'ast> for Mentioned {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.visit_expr(&call.receiver);
        let outside = self.inside_run;
        self.inside_run |= call.method == "run";
        call.args.iter().for_each(|argument| self.visit_expr(argument));
        self.inside_run = outside;
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let Some(name) = path.path.get_ident().filter(|_| self.inside_run) {
            self.names.insert(name.to_string());
        }
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if self.inside_run {
            self.add(call.tokens.clone());
        }
    }
}

impl Mentioned {
    fn add(&mut self, tokens: TokenStream) {
        paths_in(tokens, &mut |_, path| self.names.extend(path));
    }
}
