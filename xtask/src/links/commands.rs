use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{command::Failed, metadata::metadata};

/// What the commands in documents can name.
pub(super) struct Commands {
    tasks: BTreeSet<String>,
    /// The names of targets, such as programs and tests, by package.
    packages: BTreeMap<String, BTreeSet<String>>,
    features: BTreeSet<String>,
}

impl Commands {
    pub(super) fn of_workspace(tasks: &[String]) -> Result<Self, Failed> {
        let metadata = metadata()?;
        let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(Self {
            tasks: tasks.iter().cloned().collect(),
            packages: packages
                .iter()
                .map(|package| (text(&package["name"]), targets(package)))
                .collect(),
            features: packages.iter().flat_map(features).collect(),
        })
    }

    /// What a command of cargo names that does not exist. Other lines have no faults.
    pub(super) fn fault(&self, line: &str) -> Option<String> {
        let at = line.find("cargo ")?;
        let is_first = line[..at].split_whitespace().all(|word| word.contains('='));
        let words: Vec<&str> =
            line[at..].split_whitespace().take_while(|word| *word != "--").collect();
        let (_, command) = words.split_first().filter(|_| is_first)?;
        match command.first()? {
            &"xtask" => {
                let task = command.get(1)?;
                let is_known =
                    self.tasks.contains(*task) || !task.starts_with(char::is_alphanumeric);
                (!is_known).then(|| format!("`cargo xtask` has no task `{task}`"))
            }
            &"run" | &"test" | &"bench" => self.unknown(command),
            _ => None,
        }
    }

    fn unknown(&self, command: &[&str]) -> Option<String> {
        let mut targets: Option<&BTreeSet<String>> = None;
        for pair in command.windows(2) {
            match (pair[0], pair[1]) {
                ("-p" | "--package", name) => match self.packages.get(name) {
                    Some(of_package) => targets = Some(of_package),
                    None => return Some(format!("the workspace has no package `{name}`")),
                },
                ("--bin" | "--example" | "--test", name)
                    if targets.is_some_and(|targets| !targets.contains(name)) =>
                {
                    return Some(format!("the package of `{}` has no `{name}`", command.join(" ")));
                }
                ("--features", names) => {
                    let unknown = names.split(',').find(|name| !self.features.contains(*name));
                    if let Some(name) = unknown {
                        return Some(format!("no package has the feature `{name}`"));
                    }
                }
                _ => {}
            }
        }
        None
    }
}

fn targets(package: &Value) -> BTreeSet<String> {
    let targets = package["targets"].as_array().map(Vec::as_slice).unwrap_or_default();
    targets.iter().map(|target| text(&target["name"])).collect()
}

fn features(package: &Value) -> Vec<String> {
    let features = package["features"].as_object();
    features.into_iter().flat_map(|features| features.keys().cloned()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_name_what_exists() {
        let commands = Commands::of_workspace(&["check".to_owned()]).unwrap();
        let good = [
            "cargo xtask check",
            "BLESS=1 cargo test -p restate-codegen --test buf",
            "cargo run -p restate-examples --bin deploy -- --bin nothing",
            "cargo add tokio",
            "see cargo xtask nothing",
        ];
        for line in good {
            assert_eq!(commands.fault(line), None, "{line}");
        }
        let wrong = [
            "cargo xtask chekc",
            "cargo run -p restate-exmples",
            "cargo run -p restate-examples --bin nothing",
            "cargo test -p restate --features nothing",
        ];
        for line in wrong {
            assert!(commands.fault(line).is_some(), "{line}");
        }
    }
}
