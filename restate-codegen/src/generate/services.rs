//! Builds the model of each service in a contract.

use std::collections::{BTreeMap, HashMap};

use proc_macro2::TokenStream;
use prost_build::Module;
use prost_reflect::{DynamicMessage, FieldDescriptor, MethodDescriptor, ServiceDescriptor};
use quote::{format_ident, quote};
use restate_descriptors::options::{self, HandlerOptions, ServiceKind, ServiceOptions};
use restate_expand::{Docs, Handler, Kind, Service, Settings, Subject, check};

use crate::{
    check::{
        keys,
        kinds::{check_unary, handler_kind, kind_path},
    },
    config::Config,
    error::{CodegenError, Mistake},
    generate::{comments::CommentsByPath, docs, renames, scheduled_request},
    load::{Contract, settings},
    location::SourceLocation,
    names::{Names, ident},
    select::{is_wanted, key_field, rpcs, wire_name},
    write::byte_string,
};

/// The model of every selected service, by its module.
///
/// `prost_services` has the Rust names that prost-build gave to services, rpcs and messages.
pub(crate) fn services(
    contract: &Contract,
    config: &Config,
    names: &Names,
    prost_services: &HashMap<String, prost_build::Service>,
) -> Result<BTreeMap<Module, Vec<Service>>, CodegenError> {
    let crate_path: TokenStream =
        names.crate_path.parse().expect("the path of a crate was parsed before");
    let mut mistakes = Vec::new();
    keys::check_placement(contract, &mut mistakes);
    let mut services: BTreeMap<Module, Vec<Service>> = BTreeMap::new();
    for file in contract.files() {
        let module = Module::from_protobuf_package_name(file.package_name());
        let comments = CommentsByPath::of(file.file_descriptor_proto());
        for descriptor in file.services().filter(|it| is_wanted(it, config)) {
            let prost_names = &prost_services[descriptor.full_name()];
            let mut reader = ServiceReader {
                config,
                crate_path: &crate_path,
                comments: &comments,
                mistakes: &mut mistakes,
            };
            let service = reader.service(&descriptor, prost_names);
            for broken in check(&service) {
                let path = path_of(broken.subject, &rpcs(&descriptor, config), &descriptor);
                mistakes.push(Mistake::at(SourceLocation::of(&file, &path), broken.message));
            }
            // A service whose rpcs are all skipped has nothing to implement or to call.
            if !service.handlers.is_empty() {
                services.entry(module.clone()).or_default().push(service);
            }
        }
    }
    for (module, services) in &mut services {
        renames::rename(contract, module, services);
    }
    if mistakes.is_empty() { Ok(services) } else { Err(CodegenError::Contract(mistakes)) }
}

struct ServiceReader<'r> {
    config: &'r Config,
    crate_path: &'r TokenStream,
    comments: &'r CommentsByPath<'r>,
    mistakes: &'r mut Vec<Mistake>,
}

impl ServiceReader<'_> {
    fn service(&mut self, descriptor: &ServiceDescriptor, names: &prost_build::Service) -> Service {
        let options = ServiceOptions::of(descriptor);
        let key = |reader: &mut Self| keys::of_service(descriptor, reader.config, reader.mistakes);
        let kind = match options.kind {
            ServiceKind::Service => Kind::Service,
            ServiceKind::Object => Kind::Object { key: key(self) },
            ServiceKind::Workflow => Kind::Workflow { key: key(self) },
            ServiceKind::Singleton => Kind::Singleton,
        };
        let contract_name = descriptor.full_name().to_owned();
        let name = options.name.unwrap_or_else(|| contract_name.clone());
        let path = [descriptor.path(), &[SERVICE_OPTIONS, options::NUMBER]].concat();
        let place = || SourceLocation::of(&descriptor.parent_file(), &path);
        let settings = self.settings(options.message.as_ref(), place);
        let handlers = rpcs(descriptor, self.config).into_iter().map(|rpc| {
            let names = names.methods.iter().find(|names| names.proto_name == rpc.name());
            self.handler(&rpc, names.expect("prost-build knows all rpcs"), options.kind)
        });
        let handlers = handlers.collect();
        let ident = ident(&names.name);
        // A service `Self` is the trait `Self_`, but its client is a `SelfClient`.
        let stem = names.name.strip_suffix('_').unwrap_or(&names.name);
        Service {
            crate_path: self.crate_path.clone(),
            docs: self.docs(descriptor.path()),
            parts: self.config.parts,
            settings,
            has_redacted_fields: options::has_redacted_fields(&descriptor.parent_file()),
            handlers,
            client: format_ident!("{stem}Client"),
            server: format_ident!("{stem}Server"),
            contract_name: Some(contract_name).filter(|it| *it != name),
            files: Some(format_ident!("{}", byte_string::DESCRIPTOR_SET)),
            ..Service::new(ident, name, kind)
        }
    }

    fn handler(
        &mut self,
        rpc: &MethodDescriptor,
        names: &prost_build::Method,
        service: ServiceKind,
    ) -> Handler {
        check_unary(rpc, self.mistakes);
        let options = HandlerOptions::of(rpc);
        let kind = handler_kind(rpc, service, options.kind, self.mistakes);
        let place = || SourceLocation::of(&rpc.parent_file(), &kind_path(rpc));
        let mut settings = self.settings(options.message.as_ref(), place);
        if let Some(schedule) = &mut settings.schedule
            && let Err(problem) = scheduled_request::read(rpc, schedule)
        {
            self.mistakes.push(Mistake::at(place(), problem));
        }
        let message = |name: &str| -> syn::Type {
            syn::parse_str(name).expect("prost-build names messages by paths")
        };
        let (request, response) = (message(&names.input_type), message(&names.output_type));
        let name = wire_name(rpc, self.config);
        let key = key_field(rpc).filter(|_| service.has_keys());
        Handler {
            docs: self.docs(rpc.path()),
            has_deprecated_key: key.as_ref().is_some_and(is_deprecated),
            key: key.as_ref().map(keys::rust_name),
            request: Some(quote!(#request)),
            no_side_effects: options::has_no_side_effects(rpc),
            contract_name: Some(rpc.name().to_owned()).filter(|it| *it != name),
            settings,
            ..Handler::new(ident(&names.name), name, kind, quote!(#response))
        }
    }

    fn docs(&self, path: &[i32]) -> Docs {
        match self.comments.at(path) {
            Some(comment) => Docs::from_comment(docs::text(comment), docs::lines(comment)),
            None => Docs::default(),
        }
    }

    fn settings(
        &mut self,
        options: Option<&DynamicMessage>,
        place: impl Fn() -> SourceLocation,
    ) -> Settings {
        let Some(options) = options else { return Settings::default() };
        let mut problems = Vec::new();
        let settings = settings::read(options, &mut problems);
        let problems = problems.into_iter().map(|problem| Mistake::at(place(), problem));
        self.mistakes.extend(problems);
        settings
    }
}

fn is_deprecated(field: &FieldDescriptor) -> bool {
    let options = field.field_descriptor_proto().options.as_ref();
    options.is_some_and(|options| options.deprecated())
}

/// Field numbers of `descriptor.proto`, which make up the paths of elements.
const NAME: i32 = 1;
const SERVICE_OPTIONS: i32 = 3;
const METHOD_OPTIONS: i32 = 4;

fn path_of(subject: Subject, rpcs: &[MethodDescriptor], service: &ServiceDescriptor) -> Vec<i32> {
    let method = |index: usize| &rpcs[index];
    match subject {
        Subject::Service => [service.path(), &[NAME]].concat(),
        Subject::ServiceName => {
            let renamed = ServiceOptions::of(service).name.is_some();
            let option: &[i32] =
                if renamed { &[SERVICE_OPTIONS, options::NUMBER] } else { &[NAME] };
            [service.path(), option].concat()
        }
        Subject::ServiceSetting(_) => {
            [service.path(), &[SERVICE_OPTIONS, options::NUMBER]].concat()
        }
        Subject::HandlerSetting(index, _) => kind_path(method(index)),
        Subject::Handler(index) => [method(index).path(), &[NAME]].concat(),
        Subject::HandlerName(index) => {
            let method = method(index);
            let renamed = HandlerOptions::of(method).name.is_some();
            let option: &[i32] = if renamed { &[METHOD_OPTIONS, options::NUMBER] } else { &[NAME] };
            [method.path(), option].concat()
        }
    }
}
