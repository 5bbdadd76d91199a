//! Generated files, compared with `golden/` byte for byte.
//!
//! `BLESS=1 cargo test -p restate-codegen` rewrites them; review the difference before you commit
//! it. `generated.rs` compiles the same files.

use std::{collections::BTreeMap, env, fs, path::Path};

#[test]
fn generated_files_match_the_golden_files() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let protos = [
        "greeter",
        "counter",
        "shop",
        "signup",
        "helloworld",
        "hostile",
        "settings",
        "forms",
        "secrets",
        "old",
    ];
    let protos = protos.map(|name| golden.join(format!("{name}.proto")));
    let out = tempfile::tempdir().unwrap();
    restate_codegen::Config::new().out_dir(out.path()).compile_protos(&protos, &[&golden]).unwrap();

    let generated = rust_files(out.path());
    if env::var_os("BLESS").is_some() {
        for (name, text) in &generated {
            fs::write(golden.join(name), text).unwrap();
        }
    }
    let expected = rust_files(&golden);
    assert_eq!(
        generated.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>(),
        "the set of files differs"
    );
    for (name, text) in &generated {
        assert!(*text == expected[name], "{name} differs:\n{text}");
    }
}

fn rust_files(directory: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(directory).expect("the directory can be read");
    let paths = entries.map(|entry| entry.expect("its entries, too").path());
    paths
        .filter(|path| path.extension().is_some_and(|it| it == "rs"))
        .map(|path| named_text(&path))
        .collect()
}

fn named_text(path: &Path) -> (String, String) {
    let text = fs::read_to_string(path).expect("a Rust file is text");
    let name = path.file_name().expect("it was listed in a directory");
    (name.to_string_lossy().into_owned(), text)
}
