//! The meaning of paths, as far as syntax shows it.

use std::collections::HashMap;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Item, Path, Type, UseTree};

/// The full paths of the names that `use` items inside a body import.
#[derive(Clone, Default)]
pub(super) struct Uses {
    names: HashMap<String, Vec<String>>,
    /// Modules that are imported by a glob.
    globs: Vec<Vec<String>>,
}

impl Uses {
    /// Adds the names that `item` imports or defines.
    pub(super) fn add(&mut self, item: &Item) {
        let own = |ident: &Ident| (ident.to_string(), vec!["self".to_owned(), ident.to_string()]);
        let (name, path) = match item {
            Item::Use(item) => return self.add_tree(Vec::new(), &item.tree),
            Item::Type(item) => match &*item.ty {
                Type::Path(ty) => (item.ident.to_string(), self.resolve(&segments(&ty.path))),
                _ => own(&item.ident),
            },
            Item::Enum(item) => own(&item.ident),
            Item::Fn(item) => own(&item.sig.ident),
            Item::Mod(item) => own(&item.ident),
            Item::Struct(item) => own(&item.ident),
            Item::Trait(item) => own(&item.ident),
            _ => return,
        };
        self.names.insert(name, path);
    }

    fn add_tree(&mut self, mut prefix: Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.add_tree(prefix, &path.tree);
            }
            UseTree::Name(name) if name.ident == "self" => {
                if let Some(last) = prefix.last().cloned() {
                    self.names.insert(last, prefix);
                }
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                prefix.push(name.clone());
                self.names.insert(name, prefix);
            }
            UseTree::Rename(rename) => {
                if rename.ident != "self" {
                    prefix.push(rename.ident.to_string());
                }
                self.names.insert(rename.rename.to_string(), prefix);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_tree(prefix.clone(), tree);
                }
            }
            UseTree::Glob(_) => self.globs.push(prefix),
        }
    }

    /// The segments of `path`, with the first replaced by its full path.
    pub(super) fn resolve(&self, path: &[String]) -> Vec<String> {
        let Some((first, rest)) = path.split_first() else { return Vec::new() };
        match self.names.get(first) {
            Some(full) => [full, rest].concat(),
            None => path.to_vec(),
        }
    }

    /// All paths that `path` may resolve to.
    pub(super) fn candidates(&self, path: &[String]) -> Vec<Vec<String>> {
        let mut candidates = vec![self.resolve(path)];
        if path.first().is_some_and(|first| !self.names.contains_key(first)) {
            candidates.extend(self.globs.iter().map(|module| [module, path].concat()));
        }
        candidates
    }
}

/// The segments of `path`, without generics.
pub(super) fn segments(path: &Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

/// Reports each path in tokens that are not an expression, such as the branches of `select!`; skips
/// the arguments of `.run(..)` and `.transaction(..)`.
pub(super) fn paths_in(tokens: TokenStream, found: &mut impl FnMut(&[TokenTree], Vec<String>)) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => {
                if !follows_run(&tokens[..at]) {
                    paths_in(group.stream(), found);
                }
                at += 1;
            }
            TokenTree::Ident(_) => {
                let length = path_length(&tokens[at..]);
                let path = &tokens[at..at + length];
                let names = path.iter().filter_map(name).collect();
                found(path, names);
                at += length;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => at += 1,
        }
    }
}

fn follows_run(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Punct(dot), TokenTree::Ident(run)] => {
            dot.as_char() == '.' && (run == "run" || run == "transaction")
        }
        _ => false,
    }
}

/// Number of tokens in `a::b::c` at the start of `tokens`.
fn path_length(tokens: &[TokenTree]) -> usize {
    let is_colon =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
    let mut length = 1;
    while let [first, second, TokenTree::Ident(_), ..] = &tokens[length..] {
        if !(is_colon(first) && is_colon(second)) {
            break;
        }
        length += 3;
    }
    length
}

fn name(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    }
}
