//! The crate that expanded code names.
//!
//! A macro cannot see through which crate its user has reached it. So each has two entry points:
//! one that `restate-core` re-exports, and one that `restate` re-exports under the same name. This
//! needs no look into `Cargo.toml`, and both can be used in one crate.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, Meta};

use crate::errors::Errors;

/// The crate that re-exports a macro, and that its expansion names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    Core,
    Facade,
}

impl Library {
    /// The path of the crate, unless the user has renamed it.
    pub(crate) fn path(self) -> TokenStream {
        match self {
            Self::Core => quote!(::restate_core),
            Self::Facade => quote!(::restate),
        }
    }
}

/// Whether `meta` is the argument `crate = path`.
pub(crate) fn is_crate_path(meta: &Meta) -> bool {
    meta.path().is_ident("crate")
}

/// The path in `crate = ::durable`.
pub(crate) fn crate_path(meta: &Meta, errors: &mut Errors) -> Option<TokenStream> {
    match meta {
        Meta::NameValue(pair) if matches!(pair.value, Expr::Path(_)) => {
            Some(pair.value.to_token_stream())
        }
        _ => {
            errors.push(meta, "`crate` must be the path of a crate, such as `crate = ::durable`");
            None
        }
    }
}
