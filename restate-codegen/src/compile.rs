//! The phases: load, check, generate, write.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use crate::{
    check::{derives, lock, map_entries, name_conflicts, required_cycles},
    config::Config,
    error::CodegenError,
    generate::{messages, services},
    load::Contract,
    write::{
        format,
        output::{self, Files},
    },
};

impl Config {
    /// Generates code for `protos`, with imports resolved in `includes`.
    ///
    /// Writes one file for each package, such as `greeter.v1.rs`. Files that would not change are
    /// not touched. In `OUT_DIR`, files that earlier runs of the build script have written for packages
    /// that are gone are removed.
    ///
    /// # Errors
    ///
    /// All mistakes in the contract, with their locations; or a file that cannot be read or
    /// written.
    pub fn compile_protos(
        &self,
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
    ) -> Result<(), CodegenError> {
        let directory = self.directory()?;
        self.write(&Contract::load(protos, includes)?, &directory)
    }

    /// Generates code for the contract in the descriptor set `file`.
    ///
    /// `buf build -o contract.binpb` creates one, and so does `protoc -o contract.binpb` with
    /// `--include_imports` and `--include_source_info`; without the latter, code has no comments.
    ///
    /// # Errors
    ///
    /// Those of [`compile_protos`](Self::compile_protos).
    pub fn compile_descriptor_set(&self, file: impl AsRef<Path>) -> Result<(), CodegenError> {
        let (file, directory) = (file.as_ref(), self.directory()?);
        let bytes = fs::read(file).map_err(|error| CodegenError::read(file, error))?;
        self.write(&Contract::decode(&bytes, file)?, &directory)
    }

    /// Checks that the files that [`compile_protos`](Self::compile_protos) would write are current;
    /// writes nothing.
    ///
    /// For generated code under version control: generate into the source tree, and call this from
    /// a test. Files of packages that are no longer in the contract are mistakes, and so is a
    /// [`lock`](Self::lock) that lacks a line.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), restate_codegen::CodegenError> {
    /// restate_codegen::Config::new()
    ///     .out_dir("src/generated")
    ///     .check_protos(&["proto/greeter.proto"], &["proto"])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`compile_protos`](Self::compile_protos), and a mistake for each file that is not
    /// current.
    pub fn check_protos(
        &self,
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
    ) -> Result<(), CodegenError> {
        let directory = self.directory()?;
        self.check(&Contract::load(protos, includes)?, &directory)
    }

    /// Like [`check_protos`](Self::check_protos), for the contract in the descriptor set `file`.
    ///
    /// # Errors
    ///
    /// Those of [`check_protos`](Self::check_protos).
    pub fn check_descriptor_set(&self, file: impl AsRef<Path>) -> Result<(), CodegenError> {
        let (file, directory) = (file.as_ref(), self.directory()?);
        let bytes = fs::read(file).map_err(|error| CodegenError::read(file, error))?;
        self.check(&Contract::decode(&bytes, file)?, &directory)
    }

    fn check(&self, contract: &Contract, directory: &Path) -> Result<(), CodegenError> {
        let files = self.generate(contract)?;
        let mut stale = output::left_over(directory, &files)?;
        let files = files.into_iter().map(|(name, text)| (directory.join(name), text));
        let mut files: BTreeMap<_, _> = files.collect();
        if let Some(path) = &self.lock {
            files.insert(path.clone(), lock::current(path, contract, self)?);
        }
        stale.extend(output::stale(&files));
        CodegenError::unless_empty(stale)
    }

    fn write(&self, contract: &Contract, directory: &Path) -> Result<(), CodegenError> {
        output::rerun_if_changed(&contract.paths);
        // It says which crate generated code has to name.
        output::rerun_if_changed(self.manifest().as_slice());
        let files = self.generate(contract)?;
        if let Some(path) = &self.lock {
            output::rerun_if_changed(std::slice::from_ref(path));
            let text = lock::current(path, contract, self)?;
            output::write_as_old_as(path, text.as_bytes(), &contract.paths)?;
        }
        if let Some(path) = &self.descriptor_set {
            output::write_file(path, &contract.descriptor_set())?;
        }
        output::write(directory, &files)
    }

    /// Checks `contract` and generates the text of all files.
    pub(crate) fn generate(&self, contract: &Contract) -> Result<Files, CodegenError> {
        let names = self.names()?;
        map_entries::check(contract)?;
        required_cycles::check(contract)?;
        let include_file = self.include_file.as_deref();
        name_conflicts::check(contract, &names, include_file)?;
        let messages = messages::generate(contract, self, &names)?;
        derives::check(messages.texts.values(), self)?;
        let services = services::services(contract, self, &names, &messages.services)?;
        Ok(format::files(contract, &messages.texts, services, &names, include_file))
    }

    fn directory(&self) -> Result<PathBuf, CodegenError> {
        let configured = self.out_dir.clone();
        configured
            .or_else(|| env::var_os("OUT_DIR").map(PathBuf::from))
            .ok_or(CodegenError::NoOutDir)
    }
}
