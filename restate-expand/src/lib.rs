//! The model of a durable service, its rules, and its expansion into code.
//!
//! `restate-macros` reads a trait into a [`Service`], `restate-codegen` a `.proto` file. Both then
//! [`check`] it and [`expand`] it, so that both kinds of contract have the same meaning.
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
mod schedule;
mod settings;

pub use check::{Mistake, Subject, check};
pub use docs::Docs;
pub use expand::{expand, expand_with};
pub use model::{Handler, HandlerKind, Kind, Parts, Service};
pub use schedule::{CatchUp, Overlap, Schedule};
pub use settings::{Encoding, OnMaxAttempts, RetryPolicy, Settings, duration};
