//! Documentation of services and handlers.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// Documentation of a service or a handler, for rustdoc and for discovery.
#[derive(Clone, Debug, Default)]
pub struct Docs {
    lines: Vec<String>,
    text: String,
}

impl Docs {
    /// Documentation in rustdoc's form: one line for each doc attribute.
    pub fn from_rustdoc(lines: Vec<String>) -> Self {
        let text = lines.iter().map(|line| unpadded(line)).collect::<Vec<_>>().join("\n");
        Self { lines, text: text.trim().to_owned() }
    }

    /// The text of a comment, and its lines in rustdoc's form.
    pub fn from_comment(text: impl Into<String>, lines: Vec<String>) -> Self {
        Self { lines, text: text.into() }
    }

    /// Whether there is no documentation.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.text.is_empty()
    }

    /// The text for discovery.
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
