//! The files of the first program, as the README prints them.

use crate::command::Failed;

/// Names and texts of the files; each is a line with the name, followed by a block of code.
pub(super) fn files(readme: &str) -> Result<Vec<(&'static str, String)>, Failed> {
    const NAMES: [&str; 4] = ["Cargo.toml", "proto/greeter.proto", "build.rs", "src/main.rs"];
    NAMES.map(|name| Ok((name, block_after(readme, name)?))).into_iter().collect()
}

fn block_after(readme: &str, name: &str) -> Result<String, Failed> {
    let missing = || Failed::Package(format!("README.md has no block of code after `{name}`:"));
    let (_, rest) = readme.split_once(&format!("\n`{name}`:\n")).ok_or_else(missing)?;
    let (_, block) = rest.split_once("```").ok_or_else(missing)?;
    let (_, block) = block.split_once('\n').ok_or_else(missing)?;
    let (block, _) = block.split_once("```").ok_or_else(missing)?;
    Ok(block.to_owned())
}

#[cfg(test)]
mod tests {
    use super::block_after;

    #[test]
    fn a_file_is_the_block_after_its_name() {
        let readme = "# Title\n\n`build.rs`:\n\n```rust\nfn main() {}\n```\n\nMore.\n";
        assert_eq!(block_after(readme, "build.rs").unwrap(), "fn main() {}\n");
        assert!(block_after(readme, "Cargo.toml").is_err());
    }
}
