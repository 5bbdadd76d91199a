//! Messages, as prost-build generates them.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use prost_build::{Module, ServiceGenerator};
use prost_reflect::MessageDescriptor;

use crate::{
    comments::Comments,
    config::Config,
    error::{Error, Mistake},
    load::Contract,
};

/// What prost-build makes of a contract.
pub(crate) struct Messages {
    /// The text for each proto package.
    pub(crate) texts: BTreeMap<Module, String>,
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
    let code = prost(contract, config, services.clone())
        .generate(requests)
        .map_err(|error| Error::contract(vec![Mistake::placed(error.to_string())]))?;
    let finished = |code: String| comments.restore(&code).replace(ALLOC, "::std::");
    let texts = code.into_iter().map(|(module, code)| (module, finished(code)));
    Ok(Messages { texts: texts.collect(), services: services.take() })
}

const PROST: &str = "::restate_core::__private::prost";
/// prost's own names for the items of `alloc` are long to read.
const ALLOC: &str = "::restate_core::__private::prost::alloc::";

fn prost(contract: &Contract, config: &Config, services: Services) -> prost_build::Config {
    let mut prost = prost_build::Config::new();
    prost
        .prost_path(PROST)
        .compile_well_known_types()
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
    // The `Debug` that prost derives for ordered maps looks for a crate `prost` of the user's.
    let with_maps = contract.pool().all_messages().filter(has_map);
    let with_maps: Vec<_> = with_maps.map(|message| format!(".{}", message.full_name())).collect();
    for message in &with_maps {
        prost.message_attribute(message, "#[derive(Debug)]");
    }
    prost.skip_debug(with_maps);
    prost
}

fn has_map(message: &MessageDescriptor) -> bool {
    message.fields().any(|field| field.is_map())
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
