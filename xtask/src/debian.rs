//! Packages of Debian, downloaded with apt and unpacked into `target/`. Nothing of the system changes.

use std::{fs, path::Path, process::Command};

use crate::command::{Failed, output, run};

const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Where packages come from.
pub(crate) enum Release {
    /// The release of the system itself.
    OfSystem,
    /// One with this name.
    Named(&'static str),
}

/// Packages to be unpacked.
pub(crate) struct Packages {
    pub(crate) release: Release,
    pub(crate) names: &'static [&'static str],
    /// What to do where this is not possible.
    pub(crate) way_out: &'static str,
}

impl Packages {
    /// Downloads the packages from the system's own mirror, keeps apt's lists and the packages in `apt`, and
    /// unpacks them into `root`.
    pub(crate) fn unpack(&self, apt: &Path, root: &Path) -> Result<(), Failed> {
        self.download(apt, root).inspect_err(|_| eprintln!("{}", self.way_out))
    }

    fn download(&self, apt: &Path, root: &Path) -> Result<(), Failed> {
        for part in ["lists/partial", "archives/partial", "packages"] {
            fs::create_dir_all(apt.join(part)).map_err(Failed::files("apt's lists"))?;
        }
        let (of_system, mirror) = self.mirror()?;
        let release = match self.release {
            Release::OfSystem => &of_system,
            Release::Named(name) => name,
        };
        let source = format!("deb [signed-by={KEYS}] {mirror} {release} main\n");
        let configuration = format!(
            "Dir::Etc::SourceList \"{0}/sources.list\";\nDir::Etc::SourceParts \"-\";\n\
             Dir::State::Lists \"{0}/lists\";\nDir::State::Status \"{0}/status\";\n\
             Dir::Cache \"{0}\";\nAcquire::Languages \"none\";\nAPT::Sandbox::User \"\";\n",
            apt.display()
        );
        for (file, text) in
            [("sources.list", source), ("apt.conf", configuration), ("status", String::new())]
        {
            fs::write(apt.join(file), text).map_err(Failed::files("apt's configuration"))?;
        }
        let apt_get = || {
            let mut command = Command::new("apt-get");
            command.env("APT_CONFIG", apt.join("apt.conf")).arg("--quiet");
            command
        };
        run(apt_get().arg("update"))?;
        run(apt_get().arg("download").args(self.names).current_dir(apt.join("packages")))?;
        let packages = fs::read_dir(apt.join("packages")).map_err(Failed::files("the packages"))?;
        for package in packages {
            let package = package.map_err(Failed::files("the packages"))?.path();
            run(Command::new("dpkg-deb").arg("--extract").args([&package, root]))?;
        }
        Ok(())
    }

    /// The release of the system, and the mirror of Debian that it uses.
    fn mirror(&self) -> Result<(String, String), Failed> {
        let format = ["indextargets", "--format", "$(RELEASE) $(REPO_URI)"];
        let mut apt_get = Command::new("apt-get");
        let targets = ["Created-By: Packages", "Component: main"];
        let sources = output(apt_get.args(format).args(targets))?;
        let sources = sources.lines().filter_map(|source| source.split_once(' '));
        // Those of updates have a hyphen.
        let found = sources.into_iter().find(|(release, _)| !release.contains('-'));
        let found = found.map(|(release, uri)| (release.to_owned(), uri.to_owned()));
        found.ok_or_else(|| Failed::Suite(self.way_out.to_owned()))
    }
}
