//! The crate that expanded code names.
//!
//! A macro cannot see which of its callers' dependencies it was reached through. So there are two of
//! each: one that `restate-core` re-exports, and one that `restate` re-exports under the same name.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, Meta};

use crate::errors::Errors;

/// The crate that re-exports a macro, which is the one its expansion names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    Core,
    Facade,
}

impl Library {
    /// The path that holds for all who have not renamed the crate.
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
            errors.push(meta, "`crate` is the path of a crate, as in `crate = ::durable`");
            None
        }
    }
}
