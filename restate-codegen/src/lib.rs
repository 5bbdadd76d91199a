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

mod advice;
mod clashes;
mod collisions;
mod comments;
mod config;
mod error;
mod format;
mod json;
mod key;
mod layout;
mod load;
mod lock;
mod messages;
mod modules;
mod names;
mod options;
mod output;
mod place;
mod plugin;
mod read;
mod rustdoc;
mod settings;
#[cfg(test)]
mod well_known;

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
