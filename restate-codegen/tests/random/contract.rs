//! Builds a valid contract from any bytes, with names and comments that are difficult in Rust.

use std::fmt::Write;

/// The `.proto` files of a contract: a library and what imports it, with their names.
pub(crate) type Protos = [(&'static str, String); 2];

/// Builds a contract from `bytes`; the same bytes give the same contract.
pub(crate) fn contract(bytes: &[u8]) -> Protos {
    let mut choices = Choices(bytes);
    let [library, api] = choices.one_of(&PACKAGES);
    let shared = Scope::choose(&mut choices, &TYPES, 0);
    let pool = if library == api { &shared.free[..] } else { &TYPES };
    let own = Scope::choose(&mut choices, pool, 0);
    let is_proto2 = choices.below(3) == 1;
    let mut printer = Printer { choices, types: Types::default(), is_proto2, text: String::new() };
    let shared = printer.file(library, &WELL_KNOWN_FILES, &shared, 0);
    let services = 1 + printer.choices.below(3);
    let own = printer.file(api, &["library.proto", "restate/options.proto"], &own, services);
    [("library.proto", shared), ("api.proto", own)]
}

const PACKAGES: [[&str; 2]; 5] = [
    ["common.v1", "api.v1"],
    ["", "type.match"],
    ["api", "api.v1"],
    ["core.std", "core.self"],
    ["same.v1", "same.v1"],
];
const TYPES: [&str; 40] = [
    "Self",
    "Option",
    "Result",
    "String",
    "Vec",
    "Box",
    "Some",
    "None",
    "Ok",
    "Err",
    "Default",
    "Clone",
    "Copy",
    "Debug",
    "Context",
    "Call",
    "Message",
    "Service",
    "Handler",
    "Send",
    "Into",
    "Greeter",
    "GreeterClient",
    "GreeterServer",
    "HTTPServer",
    "Any",
    "Empty",
    "C",
    "S",
    "reply",
    "u8",
    "A_1",
    "M",
    "A",
    "D",
    "T",
    "Form",
    "Fields",
    "ResponseFuture",
    "E",
];
const FIELDS: [&str; 32] = [
    "type",
    "self",
    "super",
    "crate",
    "extern",
    "gen",
    "async",
    "match",
    "value",
    "message",
    "fields",
    "key",
    "name",
    "request",
    "ctx",
    "channel",
    "handler",
    "incoming",
    "camelCase",
    "snake_case",
    "SHOUTED",
    "_private",
    "a1",
    "b_2",
    "len",
    "clear",
    "encode",
    "default",
    "new",
    "error",
    "some",
    "ok",
];
const RPCS: [&str; 20] = [
    "New",
    "Call",
    "Self",
    "Match",
    "Clone",
    "Drop",
    "Into",
    "Handle",
    "Descriptor",
    "Type",
    "Get",
    "Set",
    "channel",
    "key",
    "Async",
    "Default",
    "SayHello",
    "getHTTP",
    "Fn",
    "Super",
];
const VALUES: [&str; 8] = ["NONE", "SELF", "OK", "DEFAULT", "SOME", "A1", "TYPE", "UNKNOWN"];
const SCALARS: [&str; 15] = [
    "string", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64",
    "sfixed32", "sfixed64", "bool", "bytes", "double", "float",
];
/// The [`SCALARS`] that can be keys of maps and objects.
const KEYS: usize = 12;
const WELL_KNOWN_FILES: [&str; 7] = [
    "google/protobuf/any.proto",
    "google/protobuf/duration.proto",
    "google/protobuf/empty.proto",
    "google/protobuf/field_mask.proto",
    "google/protobuf/struct.proto",
    "google/protobuf/timestamp.proto",
    "google/protobuf/wrappers.proto",
];
const WELL_KNOWN: [&str; 8] =
    ["Any", "Duration", "Empty", "FieldMask", "Struct", "Value", "Timestamp", "Int64Value"];
const COMMENTS: [&str; 8] = [
    "Plain.",
    "See [Option] and [`Vec`], or <b>this</b>.",
    "```\n let x = panic!();\n ```",
    "```rust",
    "Tab:\n\n\tlet x = 1;",
    "    four spaces",
    "\\ \" ' # {} #[doc] /// //! https://a.b/c_(d)",
    "* a\n * b\n\n | c | d |\n e: Map<K, V>",
];

/// Bytes as a sequence of choices; after the last byte, always the first alternative.
struct Choices<'b>(&'b [u8]);

impl Choices<'_> {
    fn below(&mut self, limit: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % limit
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Up to `most` distinct elements of `pool`.
    fn some_of(&mut self, pool: &[&'static str], most: usize) -> Vec<&'static str> {
        let mut pool = pool.to_vec();
        let count = self.below(most + 1);
        (0..count).map(|_| pool.remove(self.below(pool.len()))).collect()
    }
}

/// The messages and enums of a file or a message.
struct Scope {
    messages: Vec<(&'static str, Scope)>,
    enums: Vec<&'static str>,
    /// Unused names, for services.
    free: Vec<&'static str>,
}

impl Scope {
    fn choose(choices: &mut Choices<'_>, pool: &[&'static str], depth: usize) -> Self {
        let mut names = choices.some_of(pool, MOST_TYPES.get(depth).copied().unwrap_or(0));
        let free = pool.iter().copied().filter(|name| !names.contains(name)).collect();
        let enums = names.split_off(names.len() - names.len() / 3);
        let messages =
            names.into_iter().map(|name| (name, Self::choose(choices, &TYPES, depth + 1)));
        Self { messages: messages.collect(), enums, free }
    }
}

/// Maximum number of types in a file, in a message, and in a nested message.
const MOST_TYPES: [usize; 3] = [7, 4, 1];

/// The full names of all types.
#[derive(Default)]
struct Types {
    messages: Vec<String>,
    enums: Vec<String>,
}

impl Types {
    fn add(&mut self, scope: &Scope, prefix: &str) {
        for (name, inner) in &scope.messages {
            let path = format!("{prefix}.{name}");
            self.add(inner, &path);
            self.messages.push(path);
        }
        self.enums.extend(scope.enums.iter().map(|name| format!("{prefix}.{name}")));
    }
}

struct Printer<'b> {
    choices: Choices<'b>,
    types: Types,
    is_proto2: bool,
    text: String,
}

macro_rules! line {
    ($printer:expr, $($format:tt)*) => {
        writeln!($printer.text, $($format)*).expect("writing to a string does not fail")
    };
}

impl Printer<'_> {
    fn file(&mut self, package: &str, imports: &[&str], scope: &Scope, services: usize) -> String {
        let prefix = if package.is_empty() { String::new() } else { format!(".{package}") };
        self.types.add(scope, &prefix);
        line!(self, "syntax = \"{}\";", if self.is_proto2 { "proto2" } else { "proto3" });
        if !package.is_empty() {
            line!(self, "package {package};");
        }
        for import in imports {
            let public = if import.starts_with("google") { "public " } else { "" };
            line!(self, "import {public}\"{import}\";");
        }
        self.scope(scope);
        for name in scope.free.iter().rev().take(services) {
            self.service(name);
        }
        std::mem::take(&mut self.text)
    }

    fn scope(&mut self, scope: &Scope) {
        for name in &scope.enums {
            self.enumeration(name);
        }
        for (name, inner) in &scope.messages {
            self.comment();
            line!(self, "message {name} {{");
            self.scope(inner);
            self.fields();
            line!(self, "}}");
        }
    }

    fn enumeration(&mut self, name: &str) {
        self.comment();
        line!(self, "enum {name} {{");
        let prefix = name.to_uppercase();
        let values = self.choices.some_of(&VALUES, 4);
        line!(self, "  {prefix}_ZERO = 0;");
        for (number, value) in (1..).zip(values) {
            self.comment();
            line!(self, "  {prefix}_{value} = {};", if number == 3 { -3 } else { number });
        }
        line!(self, "}}");
    }

    fn fields(&mut self) {
        let mut names = self.choices.some_of(&FIELDS, 9);
        let in_oneof = names.split_off(names.len() - names.len() / 3);
        for (number, name) in (1..).zip(names) {
            self.comment();
            self.field(name, number);
        }
        let [oneof, fields @ ..] = &in_oneof[..] else { return };
        if fields.is_empty() {
            return;
        }
        line!(self, "  oneof {oneof} {{");
        for (number, name) in (101..).zip(fields) {
            let ty = self.value_type();
            line!(self, "    {ty} {name} = {number};");
        }
        line!(self, "  }}");
    }

    fn field(&mut self, name: &str, number: usize) {
        let ty = self.value_type();
        let optional = if self.is_proto2 { "optional " } else { "" };
        match self.choices.below(6) {
            0 | 1 => line!(self, "  {optional}{ty} {name} = {number};"),
            2 => line!(self, "  optional {ty} {name} = {number} [deprecated = true];"),
            3 => line!(self, "  repeated {ty} {name} = {number};"),
            4 => {
                let key = self.choices.one_of(&SCALARS[..KEYS]);
                // prost cannot generate a map of enums that is named like a keyword.
                line!(self, "  map<{key}, {ty}> {name}_map = {number};");
            }
            _ => line!(self, "  repeated {ty} {name} = {number} [json_name = \"@{name}\"];"),
        }
    }

    fn value_type(&mut self) -> String {
        let kind = self.choices.below(4);
        match kind {
            1 if !self.types.messages.is_empty() => self.message(),
            2 if !self.types.enums.is_empty() => {
                let index = self.choices.below(self.types.enums.len());
                self.types.enums[index].clone()
            }
            3 => format!(".google.protobuf.{}", self.choices.one_of(&WELL_KNOWN)),
            _ => self.choices.one_of(&SCALARS).to_owned(),
        }
    }

    fn message(&mut self) -> String {
        let index = self.choices.below(self.types.messages.len() + 1);
        let message = self.types.messages.get(index).cloned();
        message.unwrap_or_else(|| ".google.protobuf.Empty".to_owned())
    }

    fn service(&mut self, name: &str) {
        let kind = self.choices.one_of(&["SERVICE", "OBJECT", "WORKFLOW"]);
        let key = self.choices.one_of(&SCALARS[..KEYS]);
        let is_keyed = kind != "SERVICE" && self.choices.below(2) == 1;
        let request = format!("{name}KeyedRequest");
        if is_keyed {
            let field = self.choices.one_of(&FIELDS);
            let optional = if self.is_proto2 { "optional " } else { "" };
            line!(self, "message {request} {{");
            line!(self, "  {optional}{key} {field} = 1 [(restate.key) = true];");
            line!(self, "}}");
        }
        self.comment();
        line!(self, "service {name} {{");
        line!(self, "  option (restate.service) = {{ kind: {kind} inactivity_timeout: \"1m\" }};");
        let mut rpcs = self.choices.some_of(&RPCS, 6);
        if rpcs.is_empty() {
            rpcs.push("Only");
        }
        for (index, rpc) in rpcs.into_iter().enumerate() {
            self.comment();
            let input = if is_keyed { request.clone() } else { self.message() };
            let output = self.message();
            let handler = match (kind, index) {
                ("WORKFLOW", 0) => "kind: RUN workflow_retention: \"2d\"",
                ("OBJECT", index) if index % 2 == 1 => "kind: SHARED",
                _ => "private: true",
            };
            let stream =
                if kind == "SERVICE" && self.choices.below(4) == 1 { "stream " } else { "" };
            line!(self, "  rpc {rpc}({input}) returns ({stream}{output}) {{");
            line!(self, "    option (restate.handler) = {{ {handler} }};\n  }}");
        }
        line!(self, "}}");
    }

    fn comment(&mut self) {
        if self.choices.below(3) == 1 {
            let comment = self.choices.one_of(&COMMENTS);
            comment.lines().for_each(|text| line!(self, "// {text}"));
        }
    }
}
