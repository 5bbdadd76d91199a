//! JSON Schemas of messages, each a document of its own.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{codec::JsonCodec, message::Object};

/// A type with a named JSON Schema.
pub trait Described {
    /// The full name, such as `greeter.v1.GreetRequest`.
    fn name() -> String;

    /// The schema; what it refers to is in `schemas`.
    fn schema(schemas: &mut Schemas) -> Value;
}

impl<T: Described> Described for Box<T> {
    fn name() -> String {
        T::name()
    }

    fn schema(schemas: &mut Schemas) -> Value {
        T::schema(schemas)
    }
}

/// Schemas that others refer to, by name.
#[derive(Debug, Default)]
pub struct Schemas {
    defined: BTreeMap<String, Value>,
}

impl Schemas {
    /// A reference to the schema of `T`.
    pub fn reference<T: Described>(&mut self) -> Value {
        let name = T::name();
        let reference = json!({ "$ref": format!("#/$defs/{name}") });
        if !self.defined.contains_key(&name) {
            // Before its fields, so that one of its own type ends here.
            self.defined.insert(name.clone(), Value::Null);
            let schema = T::schema(self);
            self.defined.insert(name, schema);
        }
        reference
    }
}

/// The schema of `T` with all that it refers to.
pub fn schema_document<T: Described>() -> Value {
    let mut schemas = Schemas::default();
    let mut document = T::schema(&mut schemas);
    if let Value::Object(document) = &mut document {
        document.insert("$schema".to_owned(), DRAFT.into());
        document.insert("title".to_owned(), T::name().into());
        if !schemas.defined.is_empty() {
            document.insert("$defs".to_owned(), schemas.defined.into_iter().collect());
        }
    }
    document
}

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Collects the properties of an object.
#[derive(Debug)]
pub struct Properties<'s> {
    schemas: &'s mut Schemas,
    properties: Map<String, Value>,
}

impl Properties<'_> {
    /// Adds a field of the object `T`, whose type is told by `of`.
    pub fn field<T, F: JsonCodec<V>, V>(&mut self, name: &str, _: fn(&T) -> &V) {
        self.add::<F, V>(name);
    }

    /// Adds a field of a oneof, which `variant` makes.
    pub fn variant<O, F: JsonCodec<V>, V>(&mut self, name: &str, _: fn(V) -> O) {
        self.add::<F, V>(name);
    }

    fn add<F: JsonCodec<V>, V>(&mut self, name: &str) {
        let schema = F::schema(self.schemas);
        self.properties.insert(name.to_owned(), schema);
    }
}

/// The schema of a message that is an object.
pub fn object_schema<T: Object>(schemas: &mut Schemas) -> Value {
    let mut properties = Properties { schemas, properties: Map::new() };
    T::describe(&mut properties);
    json!({
        "type": "object",
        "properties": properties.properties,
        "additionalProperties": false,
    })
}
