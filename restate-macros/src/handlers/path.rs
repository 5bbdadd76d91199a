//! Paths as far as syntax tells what they mean.

use std::collections::HashMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::{ItemUse, Path, UseTree};

/// What `use` inside a body brings in: the path that each name stands for.
#[derive(Clone, Default)]
pub(super) struct Uses(HashMap<String, Vec<String>>);

impl Uses {
    pub(super) fn add(&mut self, item: &ItemUse) {
        self.add_tree(Vec::new(), &item.tree);
    }

    fn add_tree(&mut self, mut prefix: Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.add_tree(prefix, &path.tree);
            }
            UseTree::Name(name) if name.ident == "self" => {
                if let Some(last) = prefix.last().cloned() {
                    self.0.insert(last, prefix);
                }
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                prefix.push(name.clone());
                self.0.insert(name, prefix);
            }
            UseTree::Rename(rename) => {
                if rename.ident != "self" {
                    prefix.push(rename.ident.to_string());
                }
                self.0.insert(rename.rename.to_string(), prefix);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_tree(prefix.clone(), tree);
                }
            }
            UseTree::Glob(_) => {}
        }
    }

    /// The segments of `path`, with its first one replaced by what it stands for.
    pub(super) fn resolve(&self, path: &[String]) -> Vec<String> {
        let Some((first, rest)) = path.split_first() else { return Vec::new() };
        match self.0.get(first) {
            Some(full) => [full, rest].concat(),
            None => path.to_vec(),
        }
    }
}

/// The segments of `path`, without generics.
pub(super) fn segments(path: &Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

/// Each path in tokens that are no expression, as in the branches of `select!`.
///
/// What is in the parentheses of `.run(..)` is left out.
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
        [.., TokenTree::Punct(dot), TokenTree::Ident(run)] => dot.as_char() == '.' && run == "run",
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
