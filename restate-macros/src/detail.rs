//! `#[derive(Detail)]`: the name under which a serde type explains an error.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Error, LitStr, spanned::Spanned};

use crate::{errors::Errors, library::Library};

/// Implements `Detail` for the type, under the name in `#[detail(name = "..")]`.
pub(crate) fn expand(library: Library, input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let arguments = DetailArguments::read(input, &mut errors);
    let Some(name) = arguments.name.filter(|_| errors.is_empty()) else {
        if errors.is_empty() {
            errors.push(
                &input.ident,
                format!(
                    "a detail needs the name under which it travels, the same on both sides; add \
                     `#[detail(name = \"shop.v1.{}\")]`",
                    input.ident
                ),
            );
        }
        return quote!(#errors);
    };
    let krate = arguments.krate.unwrap_or_else(|| library.path());
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    // At the type, where the compiler reports a missing `Serialize` or `Deserialize`.
    let implementation = quote_spanned! {ident.span()=>
        impl #impl_generics #krate::Detail for #ident #ty_generics #where_clause
    };
    quote! {
        #implementation {
            fn name() -> ::std::borrow::Cow<'static, str> {
                ::std::borrow::Cow::Borrowed(#name)
            }
        }
    }
}

/// `#[detail(name = "shop.v1.OutOfStock", crate = ::durable)]`
#[derive(Default)]
struct DetailArguments {
    name: Option<LitStr>,
    krate: Option<TokenStream>,
}

impl DetailArguments {
    fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut arguments = Self::default();
        for attribute in input.attrs.iter().filter(|it| it.path().is_ident("detail")) {
            let read = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("name") {
                    let name: LitStr = meta.value()?.parse()?;
                    if name.value().is_empty() {
                        return Err(Error::new(name.span(), "the name of a detail is empty"));
                    }
                    arguments.name = Some(name);
                } else if meta.path.is_ident("crate") {
                    let path: syn::Path = meta.value()?.parse()?;
                    arguments.krate = Some(quote!(#path));
                } else {
                    let message =
                        "`#[detail(..)]` has the arguments `name = \"..\"` and `crate = path`";
                    return Err(Error::new(meta.path.span(), message));
                }
                Ok(())
            });
            if let Err(error) = read {
                errors.add(error);
            }
        }
        arguments
    }
}
