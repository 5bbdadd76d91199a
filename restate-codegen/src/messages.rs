//! Messages, as prost-build generates them.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use prost_build::{Module, ServiceGenerator};
use quote::quote;
use syn::{
    Item, ItemMod, ItemStruct, parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::{
    comments::Comments,
    config::Config,
    error::{Error, Mistake},
    load::Contract,
};

/// What prost-build makes of a contract.
pub(crate) struct Messages {
    /// The items of each proto package.
    pub(crate) files: BTreeMap<Module, syn::File>,
    /// The names of each service, by its full proto name.
    pub(crate) services: HashMap<String, prost_build::Service>,
}

/// Generates the messages of `contract`. Fails when extern paths contradict each other.
pub(crate) fn generate(contract: &Contract, config: &Config) -> Result<Messages, Error> {
    let mut comments = Comments::default();
    let requests = contract.files_and_well_known().map(|file| {
        let mut file = file.file_descriptor_proto().clone();
        comments.take(&mut file);
        (Module::from_protobuf_package_name(file.package()), file)
    });
    let requests = requests.collect();
    let services = Services::default();
    let code = prost(config, services.clone())
        .generate(requests)
        .map_err(|error| Error::contract(vec![Mistake::placed(error.to_string())]))?;
    let files = code.into_iter().map(|(module, code)| {
        let mut file = syn::parse_file(&comments.restore(&code))
            .expect("prost-build generates what rustc can parse");
        Finish.visit_file_mut(&mut file);
        (module, file)
    });
    Ok(Messages { files: files.collect(), services: services.take() })
}

fn prost(config: &Config, services: Services) -> prost_build::Config {
    let mut prost = prost_build::Config::new();
    prost
        .prost_path("::restate_core::__private::prost")
        .compile_well_known_types()
        .enable_type_names()
        .btree_map(["."])
        .bytes(["."])
        .service_generator(Box::new(services));
    for (proto, rust) in config.extern_paths() {
        prost.extern_path(proto, rust);
    }
    for (path, attribute) in &config.type_attributes {
        prost.type_attribute(path, attribute);
    }
    for (path, attribute) in &config.field_attributes {
        prost.field_attribute(path, attribute);
    }
    prost
}

/// Keeps what prost-build says of services, for later.
#[derive(Clone, Default)]
struct Services(Rc<RefCell<HashMap<String, prost_build::Service>>>);

impl Services {
    fn take(&self) -> HashMap<String, prost_build::Service> {
        self.0.take()
    }
}

impl ServiceGenerator for Services {
    fn generate(&mut self, service: prost_build::Service, code: &mut String) {
        // prost-build panics over a file with services and no code.
        code.push('\n');
        let name = [service.package.as_str(), service.proto_name.as_str()];
        let name = name.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
        self.0.borrow_mut().insert(name, service);
    }
}

/// Adds `impl restate_core::Message` behind the `impl prost::Name` that every message has, and
/// shortens paths.
struct Finish;

impl Finish {
    fn add(items: &mut Vec<Item>) {
        let all = std::mem::take(items);
        for item in all {
            let impl_message: Option<Item> = named_message(&item)
                .map(|message| parse_quote!(impl ::restate_core::Message for #message {}));
            items.push(item);
            items.extend(impl_message);
        }
    }
}

impl VisitMut for Finish {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        Self::add(&mut file.items);
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut ItemMod) {
        if let Some((_, items)) = &mut module.content {
            Self::add(items);
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    /// The `Debug` that prost derives for ordered maps looks for a crate `prost` of the user's.
    fn visit_item_struct_mut(&mut self, message: &mut ItemStruct) {
        let attrs = message.fields.iter().flat_map(|field| &field.attrs);
        if attrs.into_iter().any(|attr| quote!(#attr).to_string().contains("btree_map =")) {
            message.attrs.push(parse_quote!(#[derive(Debug)]));
            message.attrs.push(parse_quote!(#[prost(skip_debug)]));
        }
        visit_mut::visit_item_struct_mut(self, message);
    }

    /// prost's own names for the items of `alloc` are long to read.
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        let prefix = ["restate_core", "__private", "prost", "alloc"];
        if path.segments.len() > prefix.len()
            && path.segments.iter().zip(prefix).all(|(segment, name)| segment.ident == name)
        {
            let std: syn::PathSegment = parse_quote!(std);
            let segments = std::mem::take(&mut path.segments).into_iter().skip(prefix.len());
            path.segments = std::iter::once(std).chain(segments).collect();
        }
    }
}

fn named_message(item: &Item) -> Option<&syn::Type> {
    let Item::Impl(item) = item else { return None };
    let (_, implemented, _) = item.trait_.as_ref()?;
    let name: syn::Path = parse_quote!(::restate_core::__private::prost::Name);
    (quote!(#implemented).to_string() == quote!(#name).to_string()).then_some(&*item.self_ty)
}
