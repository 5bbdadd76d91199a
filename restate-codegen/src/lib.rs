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
//!     restate_core::include_proto!("greeter.v1");
//! }
//! ```
//!
//! Nothing else has to be installed, and the crate needs no further dependency than
//! `restate-core`. For a service `Greeter` the module has the trait `Greeter` to implement, the
//! `GreeterServer` that an engine binds, and the `GreeterClient` that calls it; beside them the
//! messages, which travel as binary protobuf or as its canonical JSON.
//!
//! A contract says more through options, which `import "restate/options.proto";` makes known:
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
//! from this crate. It writes what `build.rs` would, by a `buf.gen.yaml`:
//!
//! ```yaml
//! version: v2
//! plugins:
//!   - local: protoc-gen-restate
//!     out: src/generated
//!     # All packages in one answer, as they refer to each other.
//!     strategy: all
//!     opt: [skip_streaming, include_file=contracts.rs]
//! ```
//!
//! or by `protoc --restate_out=src/generated --restate_opt=skip_streaming ..`; [`plugin`] has all
//! parameters. The options are where `buf` and `protoc` find them if `restate/options.proto` of this
//! crate is copied into the contract's tree.
//!
//! Who has no such tools writes the same files with [`Config::out_dir`], and either way a test can
//! see that they are current:
//!
//! ```no_run
//! # fn generated_code_is_current() -> Result<(), restate_codegen::Error> {
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
pub use error::{Error, Mistake};
pub use plugin::plugin;

/// Generates code for `protos`, with imports looked up in `includes`, into Cargo's `OUT_DIR`.
///
/// # Errors
///
/// Every mistake in the contract, with its place; or a file that cannot be read or written.
pub fn compile_protos(
    protos: &[impl AsRef<Path>],
    includes: &[impl AsRef<Path>],
) -> Result<(), Error> {
    Config::new().compile_protos(protos, includes)
}
