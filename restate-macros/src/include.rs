//! `include_proto!`: includes the file that was generated for a package.

use std::{env, fs, path::Path};

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::{Error, LitStr};

use crate::nesting;

/// Includes the file of `package`, or lists the packages that build.rs has generated.
pub(crate) fn include(package: &LitStr) -> Result<TokenStream, Error> {
    let directory = env::var("OUT_DIR").map_err(|_| {
        let message =
            "no code was generated: add a build.rs that calls `restate_codegen::compile_protos`";
        Error::new(package.span(), message)
    })?;
    find(package, Path::new(&directory))
}

fn find(package: &LitStr, directory: &Path) -> Result<TokenStream, Error> {
    let file = format!("{}.rs", package.value());
    if !directory.join(&file).is_file() {
        return Err(Error::new(package.span(), unknown(&package.value(), &generated(directory))));
    }
    let generated = fs::read_to_string(directory.join(&file)).unwrap_or_default();
    if let Some(problem) = nesting::problem(&package.value(), &generated) {
        return Err(Error::new(package.span(), problem));
    }
    let file = format!("/{file}");
    Ok(quote_spanned! {package.span()=>
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), #file));
    })
}

/// The packages that have been generated.
fn generated(directory: &Path) -> Vec<String> {
    let files = fs::read_dir(directory).into_iter().flatten().flatten();
    let names = files.filter_map(|file| file.file_name().into_string().ok());
    let mut packages: Vec<String> =
        names.filter_map(|name| Some(format!("`{}`", name.strip_suffix(".rs")?))).collect();
    packages.sort();
    packages
}

fn unknown(package: &str, generated: &[String]) -> String {
    let known = match generated {
        [] => "it has generated none; call `restate_codegen::compile_protos` in it".to_owned(),
        generated => format!("available are {}", generated.join(", ")),
    };
    format!("build.rs has not generated the package `{package}`: {known}")
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use syn::LitStr;

    use super::{find, fs};

    fn included(package: &str, files: &[&str]) -> String {
        let directory = tempfile::tempdir().unwrap();
        for file in files {
            fs::write(directory.path().join(file), "").unwrap();
        }
        let package = LitStr::new(package, Span::call_site());
        find(&package, directory.path()).map_or_else(|error| error.to_string(), |it| it.to_string())
    }

    #[test]
    fn a_generated_package_is_included() {
        let tokens = included("order.v1", &["order.v1.rs"]);
        assert!(tokens.contains("\"/order.v1.rs\""), "{tokens}");
    }

    #[test]
    fn another_package_is_answered_with_the_generated_ones() {
        assert_eq!(
            included("order", &["stock.v1.rs", "order.v1.rs", "order.bin"]),
            "build.rs has not generated the package `order`: available are `order.v1`, `stock.v1`"
        );
        let none = included("order", &[]);
        assert!(none.ends_with("call `restate_codegen::compile_protos` in it"), "{none}");
    }
}
