//! The phases of a generation, from contracts to files.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use crate::{
    check::{lock, map_entries, name_conflicts},
    config::Config,
    error::Error,
    generate::{messages, services},
    load::Contract,
    write::{
        format,
        output::{self, Files},
    },
};

impl Config {
    /// Generates code for `protos`, with imports looked up in `includes`.
    ///
    /// One file for each proto package, as `greeter.v1.rs`. Files that would not change are left
    /// alone.
    ///
    /// # Errors
    ///
    /// Every mistake in the contract, with its place; or a file that cannot be read or written.
    pub fn compile_protos(
        &self,
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
    ) -> Result<(), Error> {
        let directory = self.directory()?;
        self.write(&Contract::load(protos, includes)?, &directory)
    }

    /// Generates code for the contract in the descriptor set `file`.
    ///
    /// `buf build -o contract.binpb` makes one, or protoc with `--include_imports` and
    /// `--include_source_info`, without which there are no comments.
    ///
    /// # Errors
    ///
    /// As [`compile_protos`](Self::compile_protos).
    pub fn compile_descriptor_set(&self, file: impl AsRef<Path>) -> Result<(), Error> {
        let (file, directory) = (file.as_ref(), self.directory()?);
        let bytes = fs::read(file).map_err(|error| Error::input(file, error))?;
        self.write(&Contract::decode(&bytes, file)?, &directory)
    }

    /// Checks that what [`compile_protos`](Self::compile_protos) would write is there already, and
    /// writes nothing.
    ///
    /// For code that is kept under version control: generate into the source tree, and have a test
    /// call this. Files of packages that are no longer in the contract have to go; a
    /// [`lock`](Self::lock) has to hold all of it.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), restate_codegen::Error> {
    /// restate_codegen::Config::new()
    ///     .out_dir("src/generated")
    ///     .check_protos(&["proto/greeter.proto"], &["proto"])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`compile_protos`](Self::compile_protos), and for each file that is not current.
    pub fn check_protos(
        &self,
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
    ) -> Result<(), Error> {
        let directory = self.directory()?;
        self.check(&Contract::load(protos, includes)?, &directory)
    }

    /// As [`check_protos`](Self::check_protos), for the contract in the descriptor set `file`.
    ///
    /// # Errors
    ///
    /// As [`check_protos`](Self::check_protos).
    pub fn check_descriptor_set(&self, file: impl AsRef<Path>) -> Result<(), Error> {
        let (file, directory) = (file.as_ref(), self.directory()?);
        let bytes = fs::read(file).map_err(|error| Error::input(file, error))?;
        self.check(&Contract::decode(&bytes, file)?, &directory)
    }

    fn check(&self, contract: &Contract, directory: &Path) -> Result<(), Error> {
        let files = self.generate(contract)?;
        let mut stale = output::left_over(directory, &files)?;
        let files = files.into_iter().map(|(name, text)| (directory.join(name), text));
        let mut files: BTreeMap<_, _> = files.collect();
        if let Some(path) = &self.lock {
            files.insert(path.clone(), lock::current(path, contract, self)?);
        }
        stale.extend(output::stale(&files));
        if stale.is_empty() { Ok(()) } else { Err(Error::contract(stale)) }
    }

    fn write(&self, contract: &Contract, directory: &Path) -> Result<(), Error> {
        output::rerun_if_changed(&contract.paths);
        output::rerun_if_changed(self.manifest().as_slice());
        let files = self.generate(contract)?;
        if let Some(path) = &self.lock {
            output::rerun_if_changed(std::slice::from_ref(path));
            let text = lock::current(path, contract, self)?;
            output::write_as_old_as(path, text.as_bytes(), &contract.paths)?;
        }
        if let Some(path) = &self.descriptor_set {
            output::write_file(path, &contract.pool().encode_to_vec())?;
        }
        output::write(directory, &files)
    }

    /// The phases, from contract to text.
    pub(crate) fn generate(&self, contract: &Contract) -> Result<Files, Error> {
        let names = self.names()?;
        map_entries::check(contract)?;
        let include_file = self.include_file.as_deref();
        name_conflicts::check(contract, &names, include_file)?;
        let messages = messages::generate(contract, self, &names)?;
        let services = services::services(contract, self, &names, &messages.services)?;
        Ok(format::files(contract, &messages.texts, services, &names, include_file))
    }

    fn directory(&self) -> Result<PathBuf, Error> {
        let configured = self.out_dir.clone();
        configured
            .or_else(|| env::var_os("OUT_DIR").map(PathBuf::from))
            .ok_or_else(Error::no_out_dir)
    }
}
