//! Closures and futures that are passed to `run` or `transaction` by name.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use syn::{Block, ExprMethodCall, ExprPath, Macro, visit::Visit};

use super::{path::paths_in, pools::is_transaction};

/// The names that occur in the arguments of a `.run(..)` or `.transaction(..)` in `block`.
pub(super) fn names_in_run_arguments(block: &Block) -> HashSet<String> {
    let mut found = RunArguments::default();
    found.visit_block(block);
    found.names
}

#[derive(Default)]
struct RunArguments {
    names: HashSet<String>,
    inside_run: bool,
}

impl<'ast> Visit<'ast> for RunArguments {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.visit_expr(&call.receiver);
        let outer = self.inside_run;
        self.inside_run |= call.method == "run" || is_transaction(call);
        call.args.iter().for_each(|argument| self.visit_expr(argument));
        self.inside_run = outer;
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

impl RunArguments {
    fn add(&mut self, tokens: TokenStream) {
        paths_in(tokens, &mut |_, path| self.names.extend(path));
    }
}
