//! Documentation of Rust items, as Markdown for a page.

use quote::ToTokens as _;
use syn::{Attribute, Expr, ExprLit, FnArg, ImplItem, Item, Lit, Meta, ReceiverKind, Visibility};

/// A method that sets something, such as `data_dir(path)`.
pub(super) struct Setter {
    pub(super) call: String,
    /// Its documentation up to the first example or heading.
    pub(super) meaning: String,
}

/// The public methods of `type_name` in `file` that take a value and return the type.
pub(super) fn setters(file: &syn::File, type_name: &str) -> Vec<Setter> {
    let of_type = file.items.iter().filter_map(|item| match item {
        Item::Impl(block) if block.trait_.is_none() => Some(block),
        _ => None,
    });
    let of_type = of_type.filter(|block| {
        block.self_ty.to_token_stream().to_string().split(' ').next() == Some(type_name)
    });
    let methods = of_type.flat_map(|block| &block.items).filter_map(|item| match item {
        ImplItem::Fn(method) if matches!(method.vis, Visibility::Public(_)) => Some(method),
        _ => None,
    });
    let visible = methods.filter(|method| !is_hidden(&method.attrs));
    let setters = visible.filter(|method| {
        matches!(method.sig.inputs.first(), Some(FnArg::Receiver(receiver)) if matches!(receiver.kind, ReceiverKind::Value))
            && method.sig.asyncness.is_none()
            && method.sig.output.to_token_stream().to_string().contains("Self")
    });
    setters
        .map(|method| {
            let arguments =
                method.sig.inputs.iter().skip(1).filter_map(|argument| match argument {
                    FnArg::Typed(argument) => Some(argument.pat.to_token_stream().to_string()),
                    FnArg::Receiver(_) => None,
                });
            let arguments: Vec<String> = arguments.collect();
            let call = format!("{}({})", method.sig.ident, arguments.join(", "));
            Setter { call, meaning: first_part(&docs(&method.attrs)) }
        })
        .collect()
}

/// The documentation in the attributes of an item.
pub(super) fn docs(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<String> =
        lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned()).collect();
    without_links(&lines.join("\n"))
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("doc") && list.tokens.to_string().contains("hidden"),
        _ => false,
    })
}

/// What is before the first example, list, or heading.
fn first_part(docs: &str) -> String {
    let ends = |line: &&str| line.starts_with("```") || line.starts_with('#');
    let lines: Vec<&str> = docs.lines().take_while(|line| !ends(line)).collect();
    lines.join("\n").trim().to_owned()
}

/// Links to other items become their texts: on a page they lead nowhere.
fn without_links(docs: &str) -> String {
    let mut parts = docs.split('[');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(']') {
            Some((name, rest)) if name.starts_with('`') => {
                let target = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
                text.push_str(name);
                text.push_str(target.map_or(rest, |(_, rest)| rest));
            }
            Some((name, rest)) if rest.starts_with('(') && !rest.starts_with("(http") => {
                text.push_str(name);
                text.push_str(rest.split_once(')').map_or(rest, |(_, rest)| rest));
            }
            _ => {
                text.push('[');
                text.push_str(part);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setters_have_their_arguments_and_the_beginning_of_their_docs() {
        let file = syn::parse_quote! {
            impl Builder {
                /// How long a [`wait`](Self::wait) takes; default 1 s.
                ///
                /// # Panics
                pub fn wait(mut self, time: Duration) -> Self { self }
                pub fn start(self) -> Engine { Engine }
                #[doc(hidden)]
                pub fn secret(self) -> Self { self }
                fn private(self) -> Self { self }
            }
        };
        let setters = setters(&file, "Builder");
        assert_eq!(setters.len(), 1);
        assert_eq!(setters[0].call, "wait(time)");
        assert_eq!(setters[0].meaning, "How long a `wait` takes; default 1 s.");
    }

    #[test]
    fn arguments_in_brackets_stay() {
        assert_eq!(
            without_links("`a[0]` and #[run] of [it](x) [`y`]"),
            "`a[0]` and #[run] of it `y`"
        );
    }
}
