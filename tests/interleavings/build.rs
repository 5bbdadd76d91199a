//! Copies files of the other crates so that they use loom's locks and atomics in place of those of the
//! standard library: what is explored is the code that is shipped, without conditions in it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a build that cannot go on must fail")]

use std::{env, fs, path::Path};

use quote::quote;
use syn::{Item, UseTree, parse_quote};

/// A file, by the name of its copy.
struct Source {
    name: &'static str,
    path: &'static str,
    /// Replacements in the text, to model what loom does not.
    models: &'static [(&'static str, &'static str)],
    /// A mistake that the exploration must find, in a second copy.
    flaw: (&'static str, &'static str),
}

const SOURCES: [Source; 4] = [
    Source {
        name: "shared_queue",
        path: "restate-embedded/src/engine/shared_queue.rs",
        models: &[],
        // The owner does not say that it sleeps, so nobody wakes it.
        flaw: ("state.asleep = true;", "state.asleep = false;"),
    },
    Source {
        name: "pipe",
        path: "restate-embedded/src/engine/pipe.rs",
        models: &[],
        flaw: ("state.reader.take()", "None::<Waker>"),
    },
    Source {
        name: "stream_waker",
        path: "restate-endpoint/src/executor/waker.rs",
        models: &[],
        // A wake-up during the poll is lost.
        flaw: ("self.is_queued.swap(false, Ordering::AcqRel);", ""),
    },
    Source {
        name: "wakes",
        path: "restate-core/src/attempt/wakers.rs",
        // Loom takes sequentially consistent loads and stores for weaker ones, which would report a
        // wake-up that is lost on no machine. Its read-modify-write operations are in one order.
        models: &[
            ("store(true, Ordering::SeqCst)", "swap(true, Ordering::SeqCst)"),
            ("store(false, Ordering::SeqCst)", "swap(false, Ordering::SeqCst)"),
            ("load(Ordering::SeqCst)", "fetch_or(false, Ordering::SeqCst)"),
        ],
        flaw: ("!self.woken.fetch_or(false, Ordering::SeqCst)", "true"),
    },
];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let out = env::var_os("OUT_DIR").unwrap();
    for Source { name, path, models, flaw } in SOURCES {
        let path = root.join(path);
        println!("cargo::rerun-if-changed={}", path.display());
        let mut text = fs::read_to_string(&path).unwrap();
        for model in models {
            text = replaced(&text, *model, &path);
        }
        let flawed = replaced(&text, flaw, &path);
        for (name, text) in [(name.to_owned(), text), (format!("{name}_flawed"), flawed)] {
            let copy = Path::new(&out).join(format!("{name}.rs"));
            fs::write(copy, with_loom(&text)).unwrap();
        }
    }
}

fn replaced(text: &str, (from, to): (&str, &str), path: &Path) -> String {
    assert!(text.contains(from), "{} has no `{from}` any more", path.display());
    text.replace(from, to)
}

/// The file with loom's locks and atomics, and without its tests.
fn with_loom(text: &str) -> String {
    let mut file = syn::parse_file(text).unwrap();
    file.attrs.clear();
    let items = file.items.into_iter().filter(|item| !is_test(item));
    file.items = items.flat_map(with_loom_imports).collect();
    prettyplease::unparse(&file)
}

fn is_test(item: &Item) -> bool {
    matches!(item, Item::Mod(module) if module.ident == "tests")
}

fn with_loom_imports(item: Item) -> Vec<Item> {
    let Item::Use(import) = item else { return vec![item] };
    let mut paths = Vec::new();
    flatten(&import.tree, &mut Vec::new(), &mut paths);
    let imports = paths.into_iter().map(|mut path| {
        let replaced = ["Condvar", "Mutex", "MutexGuard", "atomic"];
        if path.starts_with(&["std".to_owned(), "sync".to_owned()])
            && path.get(2).is_some_and(|name| replaced.contains(&&**name))
        {
            path[0] = "loom".to_owned();
        }
        let path: proc_macro2::TokenStream = path.join("::").parse().unwrap();
        let tokens = quote!(use #path;);
        parse_quote!(#tokens)
    });
    imports.collect()
}

/// Every path of a tree of imports.
fn flatten(tree: &UseTree, prefix: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, paths);
            prefix.pop();
        }
        UseTree::Group(group) => {
            group.items.iter().for_each(|tree| flatten(tree, prefix, paths));
        }
        UseTree::Name(name) if name.ident == "self" => paths.push(prefix.clone()),
        UseTree::Name(name) => {
            paths.push([&prefix[..], &[name.ident.to_string()]].concat());
        }
        UseTree::Rename(_) | UseTree::Glob(_) => {
            panic!("renamed and glob imports are not expected")
        }
    }
}
