//! What a durable service is, its rules, and the code it becomes.
//!
//! `restate-macros` reads a trait into [`Service`], `restate-codegen` a `.proto` file. Both then
//! [`check`] it and [`expand`] it, so that a contract means the same however it was written.
//!
//! ```
//! use proc_macro2::{Ident, Span};
//! use quote::quote;
//! use restate_expand::{Handler, HandlerKind, Kind, Service, check, expand};
//!
//! let ident = |name| Ident::new(name, Span::call_site());
//! let mut greeter = Service::new(ident("Greeter"), "greeter.v1.Greeter", Kind::Service);
//! let greet = Handler::new(ident("greet"), "Greet", HandlerKind::Plain, quote!(String));
//! greeter.handlers.push(greet);
//! assert_eq!(check(&greeter), []);
//! assert!(expand(&greeter).to_string().contains("trait Greeter"));
//! ```

mod check;
mod docs;
mod expand;
mod model;
mod settings;

pub use check::{Problem, Subject, check};
pub use docs::Docs;
pub use expand::{expand, expand_beside};
pub use model::{Handler, HandlerKind, Kind, Parts, Service};
pub use settings::{Encoding, OnMaxAttempts, Retries, Settings, duration};
