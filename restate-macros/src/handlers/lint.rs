//! Finds what makes a handler behave differently when it is replayed.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Block, Error, Expr, ExprAwait, ExprCall, ExprClosure, ExprForLoop, ExprMethodCall, ExprPath,
    FnArg, ImplItemFn, Item, ItemUse, Local, Macro, Pat, PatType, Stmt, Token,
    parse::Parser,
    punctuated::Punctuated,
    visit::{self, Visit},
};

use super::{
    allow,
    names::{Meaning, Names, is_context, is_durable_operation, is_unordered},
    path::{Uses, paths_in, segments},
    rules::broken_by,
};
use crate::errors::Errors;

/// What is wrong in the body of `method`; nothing if it takes no context and so is no handler.
///
/// In the impl of a service every method is a handler.
pub(super) fn lint(method: &ImplItemFn, is_service: bool) -> Vec<Error> {
    let parameters: Vec<_> = method
        .sig
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(parameter) => Some(parameter),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let mut names = Names::default();
    for (index, parameter) in parameters.iter().enumerate() {
        if let Some((name, meaning)) = meaning(parameter, is_service && index == 0) {
            names.insert(name, meaning);
        }
    }
    if !is_service && !parameters.iter().any(|parameter| is_context(&parameter.ty)) {
        return Vec::new();
    }
    let context = names.context().unwrap_or("ctx").to_owned();
    let mut lint = Lint {
        context,
        names,
        uses: Uses::default(),
        place: Place::Handler,
        given_to_run: given_to_run(&method.block),
        errors: Errors::default(),
    };
    lint.visit_block(&method.block);
    lint.errors.into_iter().collect()
}

fn meaning(parameter: &PatType, is_first: bool) -> Option<(String, Meaning)> {
    let Pat::Ident(name) = &*parameter.pat else { return None };
    let name = name.ident.to_string();
    if is_first || is_context(&parameter.ty) {
        return Some((name, Meaning::Context));
    }
    is_unordered(&parameter.ty).then_some((name, Meaning::Unordered))
}

struct Lint {
    /// How the context is called in messages.
    context: String,
    names: Names,
    uses: Uses,
    place: Place,
    /// Names that are mentioned in the parentheses of a `.run(..)`.
    given_to_run: HashSet<String>,
    errors: Errors,
}

/// Where the code is that is being looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Handler,
    /// In the parentheses of `.run(..)`.
    Run,
    /// In a closure that is given to `.run(..)` by its name, and maybe called elsewhere, too.
    MaybeRun,
}

impl Lint {
    fn inside(&mut self, place: Place, look: impl FnOnce(&mut Self)) {
        let outside = std::mem::replace(&mut self.place, place);
        look(self);
        self.place = outside;
    }

    fn check_path(&mut self, place: impl ToTokens, path: &[String]) {
        if self.place != Place::Handler {
            return;
        }
        if let Some(kind) = broken_by(&self.uses.resolve(path)) {
            let message = format!("`{}` {}", path.join("::"), kind.message(&self.context));
            self.errors.push(place, message);
        }
    }

    /// Reports `operation` if it is inside of `run`.
    fn check_run(&mut self, place: impl ToTokens, operation: &str) {
        if self.place == Place::Run {
            let message = format!(
                "{operation} inside `{}.run(..)`: the result of a `run` is journaled as a whole, so \
                 nothing in it can be durable by itself; do this before or after it",
                self.context
            );
            self.errors.push(place, message);
        }
    }

    fn takes_context(&self, call: &ExprMethodCall) -> bool {
        call.args.iter().any(|argument| self.names.of(argument) == Some(Meaning::Context))
    }

    fn check_order(&mut self, place: &Expr, body: &impl Touches) {
        if self.place == Place::Handler && body.touches(&self.names) {
            self.errors.push(
                place,
                "this goes through a hash map or set, whose order is another one when the handler \
                 is replayed, and each turn makes a durable operation; use a `BTreeMap` or \
                 `BTreeSet`, or sort first",
            );
        }
    }

    fn check_select(&mut self, call: &Macro) {
        let path = segments(&call.path);
        let path: Vec<_> = path.iter().map(String::as_str).collect();
        let way_out = match path[..] {
            ["select"] | ["tokio", "select"] => "write `biased;` as its first line",
            ["futures" | "futures_util", "select"] => "use `select_biased!`",
            _ => return,
        };
        let is_biased = call.tokens.clone().into_iter().next().is_some_and(
            |first| matches!(first, proc_macro2::TokenTree::Ident(first) if first == "biased"),
        );
        if self.place == Place::Handler && !is_biased {
            let message = format!(
                "`select!` polls its branches in random order, so that a replay may choose \
                 another one; {way_out}"
            );
            self.errors.push(&call.path, message);
        }
    }
}

impl<'ast> Visit<'ast> for Lint {
    fn visit_block(&mut self, block: &'ast Block) {
        let (names, uses) = (self.names.clone(), self.uses.clone());
        visit::visit_block(self, block);
        (self.names, self.uses) = (names, uses);
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if allow::is_allowed(statement, &mut self.errors) {
            return;
        }
        visit::visit_stmt(self, statement);
    }

    /// What other items do is not done by this handler, unless it calls them.
    fn visit_item(&mut self, item: &'ast Item) {
        if let Item::Use(item) = item {
            self.visit_item_use(item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.uses.add(item);
    }

    fn visit_local(&mut self, local: &'ast Local) {
        let value = local.init.as_ref().map(|init| &*init.expr);
        let is_given_to_run = match &local.pat {
            Pat::Ident(it) => self.given_to_run.contains(&it.ident.to_string()),
            _ => false,
        };
        let place = match value {
            Some(Expr::Closure(_) | Expr::Async(_)) if is_given_to_run => Place::MaybeRun,
            _ => self.place,
        };
        self.inside(place, |lint| visit::visit_local(lint, local));
        self.names.bind(&local.pat, value);
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        let names = self.names.clone();
        closure.inputs.iter().for_each(|input| self.names.shadow(input));
        visit::visit_expr_closure(self, closure);
        self.names = names;
    }

    fn visit_expr_for_loop(&mut self, it: &'ast ExprForLoop) {
        if is_unordered_iteration(&it.expr, &self.names) {
            self.check_order(&it.expr, &it.body);
        }
        visit::visit_expr_for_loop(self, it);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let (receiver, method) = (self.names.of(&call.receiver), call.method.to_string());
        match receiver {
            Some(Meaning::Context) if is_durable_operation(&method) => {
                self.check_run(&call.method, &format!("`{}.{method}`", self.context));
            }
            None if is_state_key(&method) && self.takes_context(call) => {
                self.check_run(&call.method, &format!("`{method}` of state"));
            }
            Some(Meaning::Client) => self.check_run(&call.method, &format!("the call `{method}`")),
            _ => {}
        }
        if call.receiver_is_unordered(&self.names) {
            for argument in &call.args {
                self.check_order(&call.receiver, argument);
            }
        }
        self.visit_expr(&call.receiver);
        let is_run = method == "run" && call.args.len() == 1 && receiver != Some(Meaning::Client);
        let place = if is_run { Place::Run } else { self.place };
        self.inside(place, |lint| call.args.iter().for_each(|argument| lint.visit_expr(argument)));
    }

    fn visit_expr_await(&mut self, it: &'ast ExprAwait) {
        match &*it.base {
            Expr::Path(_) if self.names.of(&it.base) == Some(Meaning::Durable) => {
                self.check_run(&it.base, "awaiting a durable operation");
            }
            Expr::Call(call) => {
                let mut arguments = call.args.iter();
                if arguments.any(|argument| self.names.of(argument) == Some(Meaning::Context)) {
                    self.check_run(&call.func, "handing the context to another function");
                }
            }
            _ => {}
        }
        visit::visit_expr_await(self, it);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if path.qself.is_none() {
            self.check_path(&path.path, &segments(&path.path));
        }
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.check_select(call);
        if is_log(call) {
            return;
        }
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
        match arguments.parse2(call.tokens.clone()) {
            Ok(arguments) => {
                // The expressions do not live long enough to be visited as part of this tree.
                let mut inner = Lint {
                    context: self.context.clone(),
                    names: self.names.clone(),
                    uses: self.uses.clone(),
                    place: self.place,
                    given_to_run: self.given_to_run.clone(),
                    errors: std::mem::take(&mut self.errors),
                };
                arguments.iter().for_each(|argument| inner.visit_expr(argument));
                self.errors = inner.errors;
            }
            Err(_) => paths_in(call.tokens.clone(), &mut |tokens, path| {
                let tokens = tokens.iter();
                self.check_path(quote!(#(#tokens)*), &path);
            }),
        }
    }
}

/// Whether `method` may be one of a `StateKey`, which takes the context as an argument.
fn is_state_key(method: &str) -> bool {
    matches!(method, "get" | "set" | "clear")
}

/// Macros whose arguments end in a log, and so decide nothing.
fn is_log(call: &Macro) -> bool {
    const LOGS: &[&str] = &[
        "dbg", "debug", "eprint", "eprintln", "error", "info", "print", "println", "trace", "warn",
    ];
    let name = call.path.segments.last();
    name.is_some_and(|name| LOGS.iter().any(|log| name.ident == log))
}

/// Whether going through `expression` is going through a hash map or set.
fn is_unordered_iteration(expression: &Expr, names: &Names) -> bool {
    match expression {
        Expr::MethodCall(call) => call.receiver_is_unordered(names),
        other => names.of(other) == Some(Meaning::Unordered),
    }
}

trait ReceiverIsUnordered {
    fn receiver_is_unordered(&self, names: &Names) -> bool;
}

impl ReceiverIsUnordered for ExprMethodCall {
    /// Whether this is one of the methods in `map.iter().map(..)` or `set.drain()`.
    fn receiver_is_unordered(&self, names: &Names) -> bool {
        match &*self.receiver {
            Expr::MethodCall(inner) => {
                is_iteration(inner, names) || inner.receiver_is_unordered(names)
            }
            _ => is_iteration(self, names),
        }
    }
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

/// Code that may do something durable.
trait Touches {
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

/// Names that are mentioned in the parentheses of a `.run(..)` in `block`.
fn given_to_run(block: &Block) -> HashSet<String> {
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
