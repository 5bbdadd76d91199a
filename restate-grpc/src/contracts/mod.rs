//! The services of a descriptor set, and their messages as bytes.

pub(crate) mod method;
mod redact;
mod remote;
mod schema;
pub(crate) mod transcode;

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    fmt,
    sync::Arc,
};

use bytes::Bytes;
use prost_reflect::{DescriptorError, DescriptorPool};
use restate_descriptors::{LowerError, lower_set, options::ServiceOptions};

use self::method::Method;
pub use self::{method::DefaultEncoding, remote::RemoteContracts};

/// The services of a descriptor set, known at run time.
///
/// The set has all imports: `buf build -o shop.binpb`, or `protoc --include_imports -o shop.binpb`.
#[derive(Clone, Debug)]
pub struct Contracts {
    pub(crate) services: HashMap<String, BTreeMap<String, Arc<Method>>>,
    /// The set that it was read from.
    pub(crate) files: Bytes,
}

impl Contracts {
    /// Reads an encoded `google.protobuf.FileDescriptorSet`.
    ///
    /// # Errors
    ///
    /// When it is not one, lacks imports, or has no services.
    pub fn read(set: &[u8], default: DefaultEncoding) -> Result<Self, ContractsError> {
        let lowered = lower_set(set).map_err(|mut errors| {
            // One of them is enough to know what to do.
            ContractsError::Edition(errors.remove(0))
        })?;
        let pool = DescriptorPool::decode(&lowered[..]).map_err(ContractsError::Descriptors)?;
        let mut services = HashMap::new();
        for service in pool.services() {
            let of_service = ServiceOptions::of(&service);
            let methods = service.methods().map(|method| {
                let read = Method::new(&service, &of_service, &method, default);
                (method.name().to_owned(), Arc::new(read))
            });
            services.insert(service.full_name().to_owned(), methods.collect());
        }
        if services.is_empty() {
            Err(ContractsError::Empty)
        } else {
            Ok(Self { services, files: Bytes::copy_from_slice(set) })
        }
    }

    /// The full names of the services, such as `shop.v1.Desk`.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.keys().map(String::as_str)
    }
}

/// Why a descriptor set cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum ContractsError {
    /// It cannot be read.
    Descriptors(DescriptorError),
    /// A file is of an edition that is not known.
    Edition(LowerError),
    /// It has no services.
    Empty,
}

impl fmt::Display for ContractsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Descriptors(error) => write!(
                f,
                "the descriptor set cannot be read: {error}; create it with all imports by \
                 `buf build -o` or `protoc --include_imports -o`"
            ),
            Self::Edition(error) => error.fmt(f),
            Self::Empty => f.write_str("the descriptor set has no services"),
        }
    }
}

impl Error for ContractsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Descriptors(error) => Some(error),
            Self::Edition(error) => Some(error),
            Self::Empty => None,
        }
    }
}

#[cfg(test)]
#[cfg(feature = "ingress")]
mod tests {
    use std::fs;

    use protox::Compiler;
    use restate_core::{Encoding, RpcCode};
    use restate_descriptors::{Fields, SET_FILES, options::ServiceKind};

    use super::*;
    use crate::{contracts::transcode, ingress::response::response};

    const OPTIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../restate-codegen/proto");

    fn read(contract: &str) -> Contracts {
        Contracts::read(&set(contract), DefaultEncoding::AsRequest).unwrap()
    }

    fn set(contract: &str) -> Vec<u8> {
        let directory = tempfile::tempdir().unwrap();
        let head = r#"syntax = "proto3"; package t; import "restate/options.proto";
            import "dev/restate/sdk/go.proto"; import "google/protobuf/empty.proto";
            message M { int64 id = 1 [(restate.key) = true]; string text = 2; }"#;
        fs::write(directory.path().join("t.proto"), format!("{head}{contract}")).unwrap();
        let mut compiler = Compiler::new([directory.path(), OPTIONS.as_ref()]).unwrap();
        compiler.include_imports(true).open_file("t.proto").unwrap();
        compiler.encode_file_descriptor_set()
    }

    /// The same, as a file of an edition, which protox cannot compile.
    fn set_of_edition(number: u64, contract: &str) -> Fields {
        const NAME: u32 = 1;
        const SYNTAX: u32 = 12;
        const EDITION: u32 = 14;
        let mut set = Fields::decode(&set(contract)).unwrap();
        set.change_all(SET_FILES, |file| {
            let mut file = Fields::decode(file)?;
            if file.text(NAME) == "t.proto" {
                file.set_bytes(SYNTAX, b"editions".to_vec());
                file.set_varint(EDITION, number);
            }
            Ok(file.encode())
        })
        .unwrap();
        set
    }

    fn method<'c>(contracts: &'c Contracts, service: &str, method: &str) -> &'c Method {
        &contracts.services[service][method]
    }

    #[test]
    fn options_decide_names_kinds_and_encodings() {
        let contracts = read(
            r#"service W {
                 option (restate.service) = { kind: WORKFLOW, name: "Signup", encoding: JSON };
                 rpc Run(M) returns (M);
                 rpc Look(M) returns (M) { option (restate.handler) = { name: "look", encoding: BINARY }; }
               }"#,
        );
        let (run, look) = (method(&contracts, "t.W", "Run"), method(&contracts, "t.W", "Look"));
        assert_eq!((run.is_run, look.is_run), (true, false));
        assert_eq!(run.target(Some("7".to_owned())).handler_name(), "Run");
        let target = look.target(Some("7".to_owned()));
        let parts = (target.service_name(), target.handler_name(), target.key());
        assert_eq!(parts, ("Signup", "look", Some("7")));
        assert_eq!(run.sent(Encoding::Proto), Encoding::Json);
        assert_eq!(look.sent(Encoding::Json), Encoding::Proto);
        assert_eq!(run.key.as_ref().map(|field| field.name()), Some("id"));
    }

    #[test]
    fn services_of_the_go_sdk_are_sent_json() {
        let contracts = read(
            r"service O {
                option (dev.restate.sdk.go.service_type) = VIRTUAL_OBJECT;
                rpc Add(M) returns (M);
                rpc Nothing(google.protobuf.Empty) returns (google.protobuf.Empty);
              }
              service S { rpc Nothing(google.protobuf.Empty) returns (google.protobuf.Empty); }",
        );
        let add = method(&contracts, "t.O", "Add");
        assert_eq!((add.kind, add.sent(Encoding::Proto)), (ServiceKind::Object, Encoding::Json));
        assert!(!method(&contracts, "t.O", "Nothing").has_no_input(), "JSON has an empty object");
        assert!(method(&contracts, "t.S", "Nothing").has_no_input());
    }

    #[test]
    fn streaming_and_private_rpcs_are_refused() {
        let contracts = read(
            r"service S {
                option (restate.service) = { private: true };
                rpc Stream(stream M) returns (M);
                rpc Hidden(M) returns (M);
                rpc Open(M) returns (M) { option (restate.handler) = { private: false }; }
              }",
        );
        let code = |name| method(&contracts, "t.S", name).admit().map_err(|status| status.code());
        assert_eq!(code("Stream"), Err(RpcCode::Unimplemented));
        assert_eq!(code("Hidden"), Err(RpcCode::PermissionDenied));
        assert_eq!(code("Open"), Ok(()));
    }

    #[test]
    fn handlers_see_the_secrets_that_their_contract_asks_for() {
        let contracts = read(
            r#"service S {
                 option (restate.service) = { keep_headers: ["Cookie"] };
                 rpc A(M) returns (M);
                 rpc B(M) returns (M) { option (restate.handler) = { keep_headers: ["authorization"] }; }
               }
               service T { rpc A(M) returns (M); }"#,
        );
        let seen = |service, name| {
            let method = method(&contracts, service, name);
            ["x-tenant", "authorization", "cookie"].map(|header| method.sees(header))
        };
        assert_eq!(seen("t.S", "A"), [true, false, true]);
        assert_eq!(seen("t.S", "B"), [true, true, false]);
        assert_eq!(seen("t.T", "A"), [true, false, false]);
    }

    #[test]
    fn keys_are_texts_and_fields_that_would_be_lost_are_refused() {
        let contracts = read(
            r"service J { option (restate.service) = { kind: OBJECT, encoding: JSON };
                          rpc Add(M) returns (M); }
              service A { option (restate.service) = { kind: OBJECT }; rpc Add(M) returns (M); }",
        );
        let request = |service, body: &'static str| {
            transcode::request(method(&contracts, service, "Add"), body.into(), Encoding::Json)
        };
        assert_eq!(request("t.A", r#"{"id":"-7"}"#).unwrap().key.as_deref(), Some("-7"));
        let newer = r#"{"id":7,"newer":true}"#;
        assert_eq!(request("t.A", newer).unwrap().body, newer, "it reaches the handler");
        let add = method(&contracts, "t.J", "Add");
        let sent =
            transcode::request(add, b"\x08\x07\x12\x02hi"[..].into(), Encoding::Proto).unwrap();
        let json = (&*sent.body, sent.content_type, sent.key.as_deref());
        assert_eq!(json, (&br#"{"id":"7","text":"hi"}"#[..], Some("application/json"), Some("7")));
        let answer = response(add, sent.body, Encoding::Proto).unwrap();
        assert_eq!(answer, b"\x08\x07\x12\x02hi"[..]);
    }

    const OBJECT: &str = "service O { option (restate.service) = { kind: OBJECT, encoding: JSON };
                                      rpc Add(M) returns (M); }";

    #[test]
    fn files_of_editions_are_read() {
        for edition in [1000, 1001] {
            let set = set_of_edition(edition, OBJECT).encode();
            let contracts = Contracts::read(&set, DefaultEncoding::AsRequest).unwrap();
            assert_eq!(contracts.files, set, "clients are described what was given");
            let add = method(&contracts, "t.O", "Add");
            assert_eq!(add.kind, ServiceKind::Object);
            let sent = b"\x08\x07\x12\x02hi";
            let sent = transcode::request(add, sent[..].into(), Encoding::Proto).unwrap();
            assert_eq!(
                (sent.key.as_deref(), &*sent.body),
                (Some("7"), &br#"{"id":"7","text":"hi"}"#[..])
            );
            // Fields of editions have presence, unless the file says otherwise.
            let sent = transcode::request(add, b"\x12\x02hi"[..].into(), Encoding::Proto).unwrap();
            assert_eq!(sent.key.as_deref(), Some(""));
        }
        // As in proto3, where a number that is not set is 0.
        let mut set = set_of_edition(1000, OBJECT);
        set.change_all(SET_FILES, |file| {
            let mut file = Fields::decode(file)?;
            // Options with features with `field_presence = IMPLICIT`.
            file.set_bytes(8, vec![0x92, 0x03, 2, 0x08, 2]);
            Ok(file.encode())
        })
        .unwrap();
        let contracts = Contracts::read(&set.encode(), DefaultEncoding::AsRequest).unwrap();
        let add = method(&contracts, "t.O", "Add");
        let sent = transcode::request(add, b"\x12\x02hi"[..].into(), Encoding::Proto).unwrap();
        assert_eq!(sent.key.as_deref(), Some("0"));
        let unknown =
            Contracts::read(&set_of_edition(1002, OBJECT).encode(), DefaultEncoding::AsRequest);
        let error = unknown.unwrap_err().to_string();
        assert!(error.contains("number 1002") && error.contains("use edition 2023"), "{error}");
    }
}
