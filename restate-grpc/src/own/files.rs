//! The files that reflection serves, by what they define.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
};

use bytes::Bytes;
use prost::Message as _;

use super::{
    FILES, SERVICES,
    descriptor::{
        Enum, Extension, FILE_SERVICES, File, Message, Named, SERVICE_METHODS, Service, fields, put,
    },
};
use crate::calls::PublicService;

/// Files by name, by the symbols they define and by their extensions.
///
/// They have the services and rpcs that clients can call, and no others.
#[derive(Default)]
pub(super) struct Files {
    services: Vec<String>,
    by_name: HashMap<String, Bytes>,
    by_symbol: HashMap<String, Bytes>,
    by_extension: HashMap<String, BTreeMap<i32, Bytes>>,
}

impl Files {
    /// The files of these services, and of those of this crate.
    pub(super) fn of(services: &[PublicService]) -> Self {
        let public: HashMap<&str, &PublicService> =
            services.iter().map(|service| (&*service.name, service)).collect();
        let mut files = Self::default();
        let mut seen = HashSet::new();
        for set in [FILES].into_iter().chain(services.iter().map(|service| &*service.files)) {
            // Services of one package carry the same.
            if seen.insert(set) {
                fields(set).for_each(|file| files.add(file.value, &public));
            }
        }
        files.services.sort();
        files
    }

    /// The names of the services that can be described.
    pub(super) fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(String::as_str)
    }

    /// The file with this name.
    pub(super) fn named(&self, name: &str) -> Option<&Bytes> {
        self.by_name.get(name)
    }

    /// The file that defines this symbol.
    pub(super) fn with_symbol(&self, name: &str) -> Option<&Bytes> {
        self.by_symbol.get(name.strip_prefix('.').unwrap_or(name))
    }

    /// The file that defines this extension of a message.
    pub(super) fn with_extension(&self, message: &str, number: i32) -> Option<&Bytes> {
        self.by_extension.get(message)?.get(&number)
    }

    /// The numbers of the extensions of a message.
    pub(super) fn extensions_of(&self, message: &str) -> Vec<i32> {
        let numbers = self.by_extension.get(message).map(|extensions| extensions.keys().copied());
        numbers.into_iter().flatten().collect()
    }

    fn add(&mut self, file: &[u8], public: &HashMap<&str, &PublicService>) {
        let Ok(descriptor) = File::decode(file) else { return };
        if self.by_name.contains_key(&descriptor.name) {
            return;
        }
        let served = served(file, &descriptor.package, public);
        let Ok(descriptor) = File::decode(&*served) else { return };
        let File { name, package, messages, enums, services, extensions } = descriptor;
        let mut index = Index { files: self, file: Bytes::from(served) };
        index.files.by_name.insert(name, index.file.clone());
        for Service { name, methods } in services {
            let service = join(&package, &name);
            index.files.services.push(service.clone());
            index.all(&service, &methods);
            index.symbol(service);
        }
        messages.iter().for_each(|message| index.message(&package, message));
        enums.iter().for_each(|it| index.enumeration(&package, it));
        index.extensions(&package, &extensions);
    }
}

/// The file without the services and rpcs that clients cannot call.
fn served(file: &[u8], package: &str, public: &HashMap<&str, &PublicService>) -> Vec<u8> {
    let mut kept = Vec::with_capacity(file.len());
    for field in fields(file) {
        if field.number != FILE_SERVICES {
            kept.extend_from_slice(field.whole);
            continue;
        }
        let Ok(name) = Named::decode(field.value).map(|it| join(package, &it.name)) else {
            continue;
        };
        match public.get(&*name) {
            Some(service) => {
                put(FILE_SERVICES, &without_private(field.value, &service.rpcs), &mut kept);
            }
            None if SERVICES.contains(&&*name) => kept.extend_from_slice(field.whole),
            None => {}
        }
    }
    kept
}

fn without_private(service: &[u8], rpcs: &[String]) -> Vec<u8> {
    let is_kept = |method: &[u8]| Named::decode(method).is_ok_and(|it| rpcs.contains(&it.name));
    let kept = fields(service);
    let kept = kept.filter(|field| field.number != SERVICE_METHODS || is_kept(field.value));
    kept.flat_map(|field| field.whole).copied().collect()
}

/// Adds the symbols of a file.
struct Index<'f> {
    files: &'f mut Files,
    file: Bytes,
}

impl Index<'_> {
    fn symbol(&mut self, name: String) {
        self.files.by_symbol.insert(name, self.file.clone());
    }

    fn all(&mut self, scope: &str, named: &[Named]) {
        named.iter().for_each(|it| self.symbol(join(scope, &it.name)));
    }

    fn message(&mut self, scope: &str, message: &Message) {
        let name = join(scope, &message.name);
        self.all(&name, &message.fields);
        self.all(&name, &message.oneofs);
        message.messages.iter().for_each(|nested| self.message(&name, nested));
        message.enums.iter().for_each(|nested| self.enumeration(&name, nested));
        self.extensions(&name, &message.extensions);
        self.symbol(name);
    }

    /// The values of an enum are in the scope around it.
    fn enumeration(&mut self, scope: &str, enumeration: &Enum) {
        self.all(scope, &enumeration.values);
        self.symbol(join(scope, &enumeration.name));
    }

    fn extensions(&mut self, scope: &str, extensions: &[Extension]) {
        for Extension { name, extendee, number } in extensions {
            self.symbol(join(scope, name));
            let extendee = extendee.strip_prefix('.').unwrap_or(extendee).to_owned();
            let of_message = self.files.by_extension.entry(extendee).or_default();
            of_message.insert(*number, self.file.clone());
        }
    }
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("services", &self.services).finish_non_exhaustive()
    }
}
