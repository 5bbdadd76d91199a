//! The modules around `include_proto!`: files of packages that refer to each other name each other by
//! relative paths, so the modules must be nested as the packages are.
//!
//! The compiler would say that there is no `common` in `super`, in a file that nobody has written.

use std::{fs, path::Path};

use proc_macro2::TokenStream;
use syn::{Ident, Item, LitStr, ext::IdentExt};

/// The line of a generated file that lists the packages it refers to.
const LINE: &str = "// It names the packages around it: ";

/// Explains what is wrong with the modules around the call of `include_proto!` that is expanded, if the
/// file `generated` for `package` cannot work there.
///
/// Finds only what the calling file shows; anything else is left to the compiler.
pub(crate) fn problem(package: &str, generated: &str) -> Option<String> {
    let others = generated.lines().take(3).find_map(|line| line.strip_prefix(LINE))?;
    // Tests call this outside of a macro.
    let calling =
        proc_macro::is_available().then(|| proc_macro::Span::call_site().local_file())??;
    let source = fs::read_to_string(&calling).ok()?;
    let others: Vec<_> = others.trim_end_matches('.').split(", ").collect();
    explain(&source, is_root(&calling), package, &others)
}

fn is_root(path: &Path) -> bool {
    path.ends_with("src/lib.rs") || path.ends_with("src/main.rs")
}

fn explain(source: &str, is_root: bool, package: &str, others: &[&str]) -> Option<String> {
    let file = syn::parse_file(source).ok()?;
    let mut calls = Vec::new();
    find(&file.items, package, &mut vec![&file.items], &mut calls);
    // The same package at two places: only the compiler knows which of them is expanded.
    let [scopes] = &calls[..] else { return None };
    let own: Vec<_> = package.split('.').collect();
    let other = others.iter().find(|other| {
        let other: Vec<_> = other.split('.').collect();
        let common = own.iter().zip(&other).take_while(|(one, other)| one == other).count();
        let up = own.len() - common;
        // The module in which both packages are, if it is in this file.
        match (scopes.len().checked_sub(up + 1), other.get(common)) {
            (None, _) => is_root,
            (Some(at), Some(module)) => (at > 0 || is_root) && !may_have(scopes[at], module),
            (Some(_), None) => false,
        }
    })?;
    Some(format!(
        "the code of `{package}` names messages of `{other}` by a relative path, so the modules around \
         `include_proto!` must be nested as the packages are: {} next to {}; \
         `Config::include_file` of restate-codegen writes such modules",
        modules(package),
        modules(other)
    ))
}

/// Finds the calls for `package`; for each the items of the modules around it, the outermost first.
fn find<'f>(
    items: &'f [Item],
    package: &str,
    scopes: &mut Vec<&'f [Item]>,
    calls: &mut Vec<Vec<&'f [Item]>>,
) {
    for item in items {
        match item {
            Item::Macro(call) if call.mac.path.segments.last().is_some_and(is_include) => {
                let argument = syn::parse2::<LitStr>(TokenStream::clone(&call.mac.tokens));
                if argument.is_ok_and(|argument| argument.value() == package) {
                    calls.push(scopes.clone());
                }
            }
            Item::Mod(module) => {
                if let Some((_, items)) = &module.content {
                    scopes.push(items);
                    find(items, package, scopes, calls);
                    scopes.pop();
                }
            }
            _ => {}
        }
    }
}

fn is_include(segment: &syn::PathSegment) -> bool {
    segment.ident == "include_proto"
}

/// Whether a scope may have a module of this name: one is declared, or something is imported.
fn may_have(items: &[Item], module: &str) -> bool {
    let is_named = |ident: &Ident| ident.unraw() == module;
    items.iter().any(|item| match item {
        Item::Mod(item) => is_named(&item.ident),
        Item::Use(_) => true,
        Item::Macro(call) => !call.mac.path.segments.last().is_some_and(is_include),
        _ => false,
    })
}

/// Such as `mod a { mod v1 { include_proto!("a.v1"); } }`.
fn modules(package: &str) -> String {
    let parts: Vec<_> = package.split('.').collect();
    let open: String = parts.iter().map(|part| format!("pub mod {part} {{ ")).collect();
    format!("`{open}include_proto!(\"{package}\");{}`", " }".repeat(parts.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NESTED: &str = "pub mod a { pub mod v1 { restate::include_proto!(\"a.v1\"); } }\n\
                          pub mod common { pub mod v1 { restate::include_proto!(\"common.v1\"); } }";

    fn is_explained(source: &str, is_root: bool) -> bool {
        explain(source, is_root, "a.v1", &["common.v1"]).is_some()
    }

    #[test]
    fn modules_that_are_nested_as_the_packages_are_in_order() {
        assert!(!is_explained(NESTED, true));
        assert!(!is_explained(&format!("mod contracts {{ {NESTED} }}"), true));
        assert!(!is_explained(NESTED, false));
    }

    #[test]
    fn a_module_too_few_is_explained() {
        let flat = "mod a { restate::include_proto!(\"a.v1\"); }\n\
                    mod common { restate::include_proto!(\"common.v1\"); }";
        assert_eq!(
            explain(flat, true, "a.v1", &["common.v1"]).unwrap(),
            "the code of `a.v1` names messages of `common.v1` by a relative path, so the modules \
             around `include_proto!` must be nested as the packages are: `pub mod a { pub mod v1 { \
             include_proto!(\"a.v1\"); } }` next to `pub mod common { pub mod v1 { \
             include_proto!(\"common.v1\"); } }`; `Config::include_file` of restate-codegen writes \
             such modules"
        );
        // In another file than the root there are modules that it does not show.
        assert!(!is_explained(flat, false));
    }

    #[test]
    fn a_package_that_is_elsewhere_is_explained() {
        let apart = "mod contracts { mod a { mod v1 { restate::include_proto!(\"a.v1\"); } } }\n\
                     mod common { mod v1 { restate::include_proto!(\"common.v1\"); } }";
        assert!(is_explained(apart, true) && is_explained(apart, false));
        let imported = apart.replace("contracts {", "contracts { use super::common;");
        assert!(!is_explained(&imported, true));
    }

    #[test]
    fn a_call_that_is_not_in_the_file_is_left_to_the_compiler() {
        assert!(!is_explained("mod a;", true));
        assert!(!is_explained("not rust", true));
    }
}
