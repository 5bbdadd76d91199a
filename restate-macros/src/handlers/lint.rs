//! Finds code that makes a handler differ when it is replayed.

use std::collections::HashSet;

use quote::{ToTokens, quote};
use syn::{
    Arm, Block, Error, Expr, ExprAwait, ExprClosure, ExprForLoop, ExprIf, ExprLet, ExprMethodCall,
    ExprPath, ExprWhile, FnArg, ImplItemFn, Item, Local, Macro, Pat, PatType, QSelf, Stmt,
    StmtMacro, Token, Type,
    parse::Parser,
    punctuated::Punctuated,
    visit::{self, Visit},
};

use super::{
    allow,
    names::{Meaning, Names, is_context, is_durable_operation, is_unordered},
    order::{ReceiverIsUnordered, Touches, is_unordered_iteration},
    path::{Uses, paths_in, segments},
    pools::{Pools, is_transaction},
    rules::broken_by,
    run_arguments::names_in_run_arguments,
};
use crate::errors::Errors;

/// The mistakes in the body of `method`. Only handlers are checked: all methods in the impl of a
/// service, and other methods that take a context.
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
        region: Region::Handler,
        run_arguments: names_in_run_arguments(&method.block),
        pools: Pools::of(&method.block),
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
    /// Name of the context, for messages.
    context: String,
    names: Names,
    uses: Uses,
    region: Region,
    /// Names that occur in the arguments of a `.run(..)` or `.transaction(..)`.
    run_arguments: HashSet<String>,
    /// The pools of transactions, which their closures must not use.
    pools: Pools,
    errors: Errors,
}

/// The region that the current code is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Region {
    Handler,
    /// The arguments of `.run(..)`.
    Run,
    /// The closure of `ctx.transaction(..)`.
    Transaction,
    /// A closure that is passed to one of both by name, and that may be called elsewhere as well.
    MaybeRun,
}

impl Lint {
    fn inside(&mut self, region: Region, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.region, region);
        visit(self);
        self.region = outer;
    }

    /// Visits with names that are in scope only inside.
    fn scoped(&mut self, visit: impl FnOnce(&mut Self)) {
        let (names, pools) = (self.names.clone(), self.pools.clone());
        visit(self);
        (self.names, self.pools) = (names, pools);
    }

    fn check_path(&mut self, place: impl ToTokens, path: &[String]) {
        if self.region != Region::Handler {
            return;
        }
        if let Some(kind) = self.uses.candidates(path).iter().find_map(|path| broken_by(path)) {
            let message = format!("`{}` {}", path.join("::"), kind.message(&self.context));
            self.errors.push(place, message);
        }
    }

    /// Reports `operation` if it is inside a step.
    fn check_run(&mut self, place: impl ToTokens, operation: &str) {
        let method = match self.region {
            Region::Run => "run",
            Region::Transaction => "transaction",
            Region::Handler | Region::MaybeRun => return,
        };
        let message = format!(
            "{operation} inside `{}.{method}(..)`: a step is journaled as a whole, so it cannot \
             contain durable operations; move this before or after it",
            self.context
        );
        self.errors.push(place, message);
    }

    /// Reports a pool inside of its transaction.
    fn check_pool(&mut self, place: &Expr) {
        if self.region == Region::Transaction
            && let Some(pool) = self.pools.name(place)
        {
            let message = format!(
                "`{pool}` inside `{}.transaction(..)`: what is written through the pool is not a part \
                 of the transaction; use the connection that the closure receives",
                self.context
            );
            self.errors.push(place, message);
        }
    }

    fn takes_context(&self, call: &ExprMethodCall) -> bool {
        call.args.iter().any(|argument| self.names.of(argument) == Some(Meaning::Context))
    }

    fn check_order(&mut self, place: &Expr, body: &impl Touches) {
        if self.region == Region::Handler && body.touches(&self.names) {
            self.errors.push(
                place,
                "this makes durable operations in the order of a hash map or set, which differs \
                 when the handler is replayed; use a `BTreeMap` or `BTreeSet`, or sort first",
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
        if self.region == Region::Handler && !is_biased {
            let message = format!(
                "`select!` polls its branches in random order, so a replay may take another \
                 branch; {way_out}"
            );
            self.errors.push(&call.path, message);
        }
    }
}

impl<'ast> Visit<'ast> for Lint {
    fn visit_block(&mut self, block: &'ast Block) {
        let (names, uses) = (self.names.clone(), self.uses.clone());
        // Items are in scope in the whole block, including the lines above them.
        for statement in &block.stmts {
            if let Stmt::Item(item) = statement {
                self.uses.add(item);
            }
        }
        visit::visit_block(self, block);
        (self.names, self.uses) = (names, uses);
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if allow::is_allowed(statement, &mut self.errors) || is_shown(statement) {
            return;
        }
        visit::visit_stmt(self, statement);
    }

    /// Nested items run only if the handler calls them, which is not followed.
    fn visit_item(&mut self, _: &'ast Item) {}

    fn visit_local(&mut self, local: &'ast Local) {
        let value = local.init.as_ref().map(|init| &*init.expr);
        let is_run_argument = match &local.pat {
            Pat::Ident(it) => self.run_arguments.contains(&it.ident.to_string()),
            _ => false,
        };
        let region = match value {
            Some(Expr::Closure(_) | Expr::Async(_)) if is_run_argument => Region::MaybeRun,
            _ => self.region,
        };
        self.inside(region, |lint| visit::visit_local(lint, local));
        self.names.bind(&local.pat, value);
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        self.scoped(|lint| {
            for input in &closure.inputs {
                lint.names.shadow(input);
                lint.pools.shadow(input);
            }
            visit::visit_expr_closure(lint, closure);
        });
    }

    fn visit_expr_for_loop(&mut self, it: &'ast ExprForLoop) {
        if is_unordered_iteration(&it.expr, &self.names) {
            self.check_order(&it.expr, &it.body);
        }
        self.visit_expr(&it.expr);
        self.scoped(|lint| {
            lint.names.shadow(&it.pat);
            lint.visit_block(&it.body);
        });
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        self.scoped(|lint| {
            lint.names.shadow(&arm.pat);
            visit::visit_arm(lint, arm);
        });
    }

    fn visit_expr_if(&mut self, it: &'ast ExprIf) {
        self.scoped(|lint| {
            lint.visit_expr(&it.cond);
            lint.visit_block(&it.then_branch);
        });
        if let Some((_, branch)) = &it.else_branch {
            self.visit_expr(branch);
        }
    }

    fn visit_expr_while(&mut self, it: &'ast ExprWhile) {
        self.scoped(|lint| visit::visit_expr_while(lint, it));
    }

    fn visit_expr_let(&mut self, it: &'ast ExprLet) {
        self.visit_expr(&it.expr);
        self.names.shadow(&it.pat);
    }

    fn visit_expr(&mut self, it: &'ast Expr) {
        self.check_pool(it);
        visit::visit_expr(self, it);
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
            Some(Meaning::Time) if method == "elapsed" => {
                self.check_path(&call.method, &["SystemTime", "elapsed"].map(str::to_owned));
            }
            _ if method == "elapsed" && is_epoch(&call.receiver) => {
                self.check_path(&call.method, &["SystemTime", "elapsed"].map(str::to_owned));
            }
            _ => {}
        }
        if call.receiver_is_unordered(&self.names) {
            for argument in &call.args {
                self.check_order(&call.receiver, argument);
            }
        }
        self.visit_expr(&call.receiver);
        if is_transaction(call) && receiver == Some(Meaning::Context) {
            if self.region != Region::Transaction {
                self.visit_expr(&call.args[0]);
            }
            return self.inside(Region::Transaction, |lint| lint.visit_expr(&call.args[1]));
        }
        let is_run = method == "run" && call.args.len() == 1 && receiver != Some(Meaning::Client);
        let region = if is_run { Region::Run } else { self.region };
        self.inside(region, |lint| call.args.iter().for_each(|argument| lint.visit_expr(argument)));
    }

    fn visit_expr_await(&mut self, it: &'ast ExprAwait) {
        match &*it.base {
            Expr::Path(_) if self.names.of(&it.base) == Some(Meaning::Durable) => {
                self.check_run(&it.base, "awaiting a durable operation");
            }
            Expr::Call(call) => {
                let mut arguments = call.args.iter();
                if arguments.any(|argument| self.names.of(argument) == Some(Meaning::Context)) {
                    self.check_run(&call.func, "passing the context to another function");
                }
            }
            _ => {}
        }
        visit::visit_expr_await(self, it);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        let names = segments(&path.path);
        match &path.qself {
            None => self.check_path(&path.path, &names),
            // `<SystemTime>::now`
            Some(QSelf { ty, position: 0, .. }) => {
                if let Type::Path(ty) = &**ty {
                    self.check_path(path, &[segments(&ty.path), names].concat());
                }
            }
            Some(_) => {}
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
                // The parsed expressions do not live as long as the tree that is visited.
                let mut inner = Lint {
                    context: self.context.clone(),
                    names: self.names.clone(),
                    uses: self.uses.clone(),
                    region: self.region,
                    run_arguments: self.run_arguments.clone(),
                    pools: self.pools.clone(),
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

/// Whether `statement` is a `dbg!` whose value is dropped.
fn is_shown(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Macro(StmtMacro { mac, semi_token: Some(_), .. })
        if mac.path.segments.last().is_some_and(|last| last.ident == "dbg"))
}

fn is_epoch(expression: &Expr) -> bool {
    let Expr::Path(path) = expression else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "UNIX_EPOCH")
}

/// Whether `method` may be one of `StateKey`, whose methods take the context as an argument.
fn is_state_key(method: &str) -> bool {
    matches!(method, "get" | "set" | "clear")
}

/// Whether the macro only logs its arguments, which then do not affect the handler.
fn is_log(call: &Macro) -> bool {
    const LOGS: &[&str] =
        &["debug", "eprint", "eprintln", "error", "info", "print", "println", "trace", "warn"];
    let name = call.path.segments.last();
    name.is_some_and(|name| LOGS.iter().any(|log| name.ident == log))
}
