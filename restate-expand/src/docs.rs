//! What a contract says about a service or a handler.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// What a contract says about a service or a handler: for Rust's readers and for discovery.
#[derive(Clone, Debug, Default)]
pub struct Docs {
    lines: Vec<String>,
    text: String,
}

impl Docs {
    /// Documentation that was written for rustdoc: one line for each doc attribute.
    pub fn from_rustdoc(lines: Vec<String>) -> Self {
        let text = lines.iter().map(|line| unpadded(line)).collect::<Vec<_>>().join("\n");
        Self { lines, text: text.trim().to_owned() }
    }

    /// Text of a comment, with `lines` as the form of it that rustdoc reads without harm.
    pub fn from_comment(text: impl Into<String>, lines: Vec<String>) -> Self {
        Self { lines, text: text.into() }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.text.is_empty()
    }

    /// As it stands in discovery.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

fn unpadded(line: &str) -> &str {
    line.strip_prefix(' ').unwrap_or(line).trim_end()
}

impl ToTokens for Docs {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let lines = &self.lines;
        tokens.extend(quote!(#(#[doc = #lines])*));
    }
}
