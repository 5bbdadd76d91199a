//! The JSON mapping of messages, as macro calls at the end of a generated file.

use std::fmt::Write;

use prost_reflect::{
    Cardinality, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
    OneofDescriptor,
};
use restate_descriptors::options::is_redacted;

use crate::{
    load::{redacted, well_known::WELL_KNOWN},
    names::{Names, has_presence, is_in_oneof, type_name, value_name},
};

/// The macro calls for all messages and enums of `file`.
pub(crate) fn generate(file: &FileDescriptor, names: &Names) -> String {
    let mut json = JsonMapping { names, package: file.package_name(), text: String::new() };
    json.messages(file.messages());
    json.enums(file.enums());
    json.text
}

const VALUE: &str = "google.protobuf.Value";
const NULL_VALUE: &str = "google.protobuf.NullValue";

struct JsonMapping<'n> {
    names: &'n Names,
    package: &'n str,
    text: String,
}

impl JsonMapping<'_> {
    fn messages(&mut self, messages: impl Iterator<Item = MessageDescriptor>) {
        for message in messages.filter(|message| !message.is_map_entry()) {
            if self.names.is_mapped_elsewhere(message.full_name()) {
                continue;
            }
            self.message(&message);
            self.messages(message.child_messages());
            self.enums(message.child_enums());
        }
    }

    fn message(&mut self, message: &MessageDescriptor) {
        let full_name = message.full_name();
        let path = self.names.message(message, self.package);
        let (krate, package) = (&self.names.crate_path, self.package);
        let name = full_name.strip_prefix(package).unwrap_or(full_name).trim_start_matches('.');
        // The JSON of all but this one is not an object of their fields; `restate-core` implements it.
        if WELL_KNOWN.contains(&full_name) && full_name != "google.protobuf.Empty" {
            self.line(
                0,
                &format!("{krate}::codegen::message_name!({path} as {name:?} in {package:?});"),
            );
            return;
        }
        self.line(0, &format!("{krate}::codegen::message! {{"));
        if message.fields().len() == 0 {
            self.line(1, &format!("{path} as {name:?} in {package:?} {{}}"));
            self.line(0, "}");
            return;
        }
        self.line(1, &format!("{path} as {name:?} in {package:?} {{"));
        let oneofs = || message.oneofs().filter(|oneof| !oneof.is_synthetic());
        for field in message.fields().filter(|field| !is_in_oneof(field)) {
            let codec = self.field_codec(&field);
            self.field(2, &field, &value_name(field.name()), &codec);
        }
        for oneof in oneofs() {
            self.oneof(&oneof);
        }
        self.line(1, "}");
        self.line(0, "}");
        self.debug(message, &path);
    }

    /// `Debug` of a message and its oneofs, in place of prost's, if people must not see all fields.
    fn debug(&mut self, message: &MessageDescriptor, path: &str) {
        if self.names.is_extern(message.full_name()) {
            // Generated elsewhere, with its `Debug`.
            return;
        }
        let mark = |field: &FieldDescriptor| if is_redacted(field) { "(redacted)" } else { "" };
        let oneofs = || message.oneofs().filter(|oneof| !oneof.is_synthetic());
        let krate = &self.names.crate_path;
        if redacted::in_message(message).next().is_some() {
            let name = type_name(message.name());
            let fields = message.fields().filter(|field| !is_in_oneof(field));
            let fields = fields.map(|it| format!("{}{},", value_name(it.name()), mark(&it)));
            let oneofs = oneofs().map(|oneof| format!("{},", value_name(oneof.name())));
            let fields = fields.chain(oneofs).collect::<Vec<_>>().join(" ");
            self.line(0, &format!("{krate}::codegen::redacted_debug! {{"));
            self.line(1, &format!("struct {path} as {name:?} {{ {fields} }}"));
            self.line(0, "}");
        }
        for oneof in oneofs().filter(|oneof| redacted::in_oneof(oneof).next().is_some()) {
            let variants = oneof.fields();
            let variants = variants.map(|it| format!("{}{},", type_name(it.name()), mark(&it)));
            let variants = variants.collect::<Vec<_>>().join(" ");
            self.line(0, &format!("{krate}::codegen::redacted_debug! {{"));
            self.line(1, &format!("enum {} {{ {variants} }}", self.names.oneof(&oneof)));
            self.line(0, "}");
        }
    }

    fn oneof(&mut self, oneof: &OneofDescriptor) {
        let (name, variants) = (value_name(oneof.name()), self.names.oneof(oneof));
        self.line(2, &format!("oneof {name}: {variants} {{"));
        for field in oneof.fields() {
            let codec = self.codec(&field.kind());
            self.field(3, &field, &type_name(field.name()), &codec);
        }
        self.line(2, "}");
    }

    fn field(&mut self, indent: usize, field: &FieldDescriptor, name: &str, codec: &str) {
        let redacted = if is_redacted(field) { "redacted " } else { "" };
        let json_name = field.json_name();
        let alias = Some(field.name()).filter(|name| *name != json_name);
        let alias = alias.map(|alias| format!(" | {alias:?}")).unwrap_or_default();
        self.line(indent, &format!("{json_name:?}{alias} = {name}({redacted}{codec}),"));
    }

    fn field_codec(&self, field: &FieldDescriptor) -> String {
        if let Kind::Message(entry) = field.kind()
            && field.is_map()
        {
            return format!("map {}", self.codec(&entry.map_entry_value_field().kind()));
        }
        let codec = self.codec(&field.kind());
        match field.cardinality() {
            Cardinality::Repeated => format!("repeated {codec}"),
            Cardinality::Required => format!("required {codec}"),
            Cardinality::Optional if has_presence(field) => format!("optional {codec}"),
            Cardinality::Optional => codec,
        }
    }

    fn codec(&self, kind: &Kind) -> String {
        match kind {
            Kind::Message(message) if message.full_name() == VALUE => "value".to_owned(),
            Kind::Message(_) => "message".to_owned(),
            Kind::Enum(values) if values.full_name() == NULL_VALUE => "null".to_owned(),
            Kind::Enum(values) => {
                format!("enum {}", self.names.enumeration(values, self.package))
            }
            _ => "scalar".to_owned(),
        }
    }

    fn enums(&mut self, enums: impl Iterator<Item = EnumDescriptor>) {
        for values in enums {
            let full_name = values.full_name();
            if full_name == NULL_VALUE || self.names.is_mapped_elsewhere(full_name) {
                continue;
            }
            self.line(0, &format!("{}::codegen::enumeration! {{", self.names.crate_path));
            let path = self.names.enumeration(&values, self.package);
            self.line(1, &format!("{path} {{"));
            // In the order of the source: if a number has several names, JSON is written with the
            // first.
            for value in &values.enum_descriptor_proto().value {
                self.line(2, &format!("{:?} = {},", value.name(), value.number()));
            }
            self.line(1, "}");
            self.line(0, "}");
        }
    }

    fn line(&mut self, indent: usize, line: &str) {
        writeln!(self.text, "{:width$}{line}", "", width = indent * 4)
            .expect("writing to a string does not fail");
    }
}
