//! Durable services and typed clients from `.proto` files.
//!
//! In `build.rs`:
//!
//! ```no_run
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     restate_codegen::compile_protos(&["proto/greeter.proto"], &["proto"])?;
//!     Ok(())
//! }
//! ```
//!
//! and in the crate, for the package `greeter.v1`:
//!
//! ```ignore
//! pub mod greeter {
//!     restate::include_proto!("greeter.v1");
//! }
//! ```
//!
//! No other tool has to be installed, and the crate needs no other dependency than `restate` (or
//! `restate-core`; [`Config::crate_path`] says how the generator finds out). For a service
//! `Greeter` the module has the trait `Greeter` to implement, the `GreeterServer` that an engine
//! binds, the `GreeterClient` that calls it, and the messages, which are sent as binary protobuf or
//! as canonical JSON.
//!
//! Packages that refer to each other name each other by relative paths, so their modules have to be
//! nested as the packages are: `pub mod greeter { pub mod v1 { restate::include_proto!("greeter.v1"); } }`,
//! which [`Config::include_file`] can write.
//!
//! Options set what protobuf has no syntax for, after `import "restate/options.proto";`:
//!
//! ```proto
//! service Counter {
//!   option (restate.service) = { kind: OBJECT };
//!
//!   rpc Add(AddRequest) returns (AddResponse);
//!   rpc Read(ReadRequest) returns (ReadResponse) {
//!     option (restate.handler) = { kind: SHARED };
//!   }
//! }
//!
//! message AddRequest {
//!   string counter_id = 1 [(restate.key) = true];
//!   int64 amount = 2;
//! }
//! ```
//!
//! # Without a build script
//!
//! `buf generate` and `protoc` run the plugin `protoc-gen-restate`, which `cargo install` builds
//! from this crate. It generates the same code as `build.rs`. In `buf.gen.yaml`:
//!
//! ```yaml
//! version: v2
//! plugins:
//!   - local: protoc-gen-restate
//!     out: src/generated
//!     # All packages in one request, because they refer to each other.
//!     strategy: all
//!     opt: [crate_path=::restate, include_file=contracts.rs]
//! ```
//!
//! or `protoc --restate_out=src/generated --restate_opt=crate_path=::restate ..`; [`plugin`] lists
//! all parameters. Copy `restate/options.proto` from this crate into the contract's directory,
//! where `buf` and `protoc` can find it.
//!
//! # Editions
//!
//! Files of editions 2023 and 2024 are read from descriptor sets of buf or protoc, with
//! [`Config::compile_descriptor_set`], or through the plugin: the compiler in this crate reads proto2
//! and proto3. All features of editions have their effect on code and bytes, with one exception that
//! prost makes for proto2, too: strings are always checked to be UTF-8. Values of closed enums that the
//! contract does not have are kept.
//!
//! # Generated code under version control
//!
//! [`Config::out_dir`] writes the same files without other tools. In all cases a test can check
//! that the files are current:
//!
//! ```no_run
//! # fn generated_code_is_current() -> Result<(), restate_codegen::CodegenError> {
//! let mut config = restate_codegen::Config::new();
//! config.out_dir("src/generated").include_file("contracts.rs");
//! if std::env::var_os("GENERATE").is_some() {
//!     config.compile_protos(&["proto/greeter.proto"], &["proto"])?;
//! }
//! config.check_protos(&["proto/greeter.proto"], &["proto"])?;
//! # Ok(())
//! # }
//! ```

mod check;
mod compile;
mod config;
mod error;
mod generate;
mod load;
mod location;
mod names;
mod plugin;
mod select;
mod write;

use std::path::Path;

pub use config::{Config, HandlerNames};
pub use error::{CodegenError, Mistake};
pub use location::SourceLocation;
pub use plugin::plugin;

/// Generates code for `protos`, with imports resolved in `includes`, into Cargo's `OUT_DIR`.
///
/// # Errors
///
/// All mistakes in the contract, with their locations; or a file that cannot be read or written.
pub fn compile_protos(
    protos: &[impl AsRef<Path>],
    includes: &[impl AsRef<Path>],
) -> Result<(), CodegenError> {
    Config::new().compile_protos(protos, includes)
}
