//! Mistakes in a trait or impl, collected to be reported together.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Error;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    /// Reports `message` at `tokens`.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, message: impl AsRef<str>) {
        self.add(Error::new_spanned(tokens, message.as_ref()));
    }

    /// Reports `message` at `span`.
    pub(crate) fn push_at(&mut self, span: Span, message: impl AsRef<str>) {
        self.add(Error::new(span, message.as_ref()));
    }

    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Number of mistakes, to see whether a step has found any.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().flatten().count()
    }
}

impl IntoIterator for Errors {
    type Item = Error;
    type IntoIter = std::iter::Flatten<std::option::IntoIter<Error>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().flatten()
    }
}

impl ToTokens for Errors {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.as_ref().map(Error::to_compile_error));
    }
}
