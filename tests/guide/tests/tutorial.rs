//! What the tutorial prints is what this package builds and tests.

use std::{error::Error, fs, path::Path};

const TUTORIAL: &str = include_str!("../../../docs/guide/tutorial.md");

/// The listing of the file `name`: the code block after the line that names it.
fn listing(name: &str) -> Result<&'static str, Box<dyn Error>> {
    let caption = format!("\n`{name}`:\n\n```");
    let (_, after) = TUTORIAL.split_once(&caption).ok_or(format!("no listing of {name}"))?;
    let (_, code) = after.split_once('\n').ok_or("the listing has no lines")?;
    Ok(code.split_once("```").ok_or("the listing has no end")?.0)
}

#[test]
fn listings_are_the_files_of_this_package() -> Result<(), Box<dyn Error>> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = [
        "proto/shop/v1/shop.proto",
        "build.rs",
        "src/main.rs",
        "src/shop.rs",
        "src/orders.rs",
        "src/orders/tests.rs",
    ];
    for name in files {
        assert_eq!(listing(name)?, fs::read_to_string(package.join(name))?, "{name}");
    }
    Ok(())
}

/// A dependency's name and features, such as `tokio` and `["macros"]`.
fn dependency(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(" = ")?;
    let features = value.split_once("features = [").map_or("", |(_, rest)| rest);
    Some((name.trim_end_matches(".workspace"), features.split(']').next()?))
}

#[test]
fn the_tutorial_has_the_dependencies_of_this_package() -> Result<(), Box<dyn Error>> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(package.join("Cargo.toml"))?;
    let printed = listing("Cargo.toml")?;
    for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
        let section = format!("[{section}]\n");
        let lines = |manifest: &str| -> Vec<String> {
            let (_, after) = manifest.split_once(&section).unwrap_or_default();
            after.lines().take_while(|line| !line.is_empty()).map(str::to_owned).collect()
        };
        let (here, there) = (lines(&manifest), lines(printed));
        assert!(!there.is_empty(), "{section}");
        for line in &there {
            let (name, features) = dependency(line).ok_or(line.as_str())?;
            let same = here.iter().filter_map(|line| dependency(line)).find(|it| it.0 == name);
            let (_, enabled) = same.ok_or(format!("{name} is not in {section}"))?;
            let missing = features.split(", ").find(|feature| !enabled.contains(feature));
            assert_eq!(missing, None, "{name}");
        }
    }
    Ok(())
}
