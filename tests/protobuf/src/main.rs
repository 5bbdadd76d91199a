//! Answers the requests of Google's protobuf conformance suite: reads a message in one encoding, and
//! writes it in another, as handlers read requests and write responses.

use std::io::{self, Read, Write};

use bytes::Bytes;
use restate_core::{Encoding, Message, Payload, PayloadError, well_known::Any};

use self::contracts::{
    conformance::{
        ConformanceRequest, ConformanceResponse, FailureSet, TestCategory, WireFormat,
        conformance_request::Payload as Input, conformance_response::Result as Output,
    },
    protobuf_test_messages::{editions, proto2, proto3},
};

mod contracts {
    include!(concat!(env!("OUT_DIR"), "/contracts.rs"));
}

fn main() -> io::Result<()> {
    register_types();
    let (mut stdin, mut stdout) = (io::stdin().lock(), io::stdout().lock());
    while let Some(request) = read(&mut stdin)? {
        write(&mut stdout, &answer(request))?;
    }
    Ok(())
}

/// Makes the types known that the suite puts into an `Any`.
fn register_types() {
    Any::register::<proto2::TestAllTypesProto2>();
    Any::register::<proto3::TestAllTypesProto3>();
    Any::register::<editions::TestAllTypesEdition2023>();
    Any::register::<editions::proto2::TestAllTypesProto2>();
    Any::register::<editions::proto3::TestAllTypesProto3>();
}

/// A request, which its length precedes; `None` at the end.
fn read(from: &mut impl Read) -> io::Result<Option<Bytes>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let mut request = vec![0; u32::from_le_bytes(length) as usize];
    from.read_exact(&mut request)?;
    Ok(Some(request.into()))
}

fn write(to: &mut impl Write, response: &ConformanceResponse) -> io::Result<()> {
    let response = response.encode(Encoding::Proto).map_err(io::Error::other)?;
    let length = u32::try_from(response.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&response)?;
    to.flush()
}

fn answer(request: Bytes) -> ConformanceResponse {
    let output = match ConformanceRequest::decode(request, Encoding::Proto) {
        Ok(request) => converted(request),
        Err(error) => Output::RuntimeError(error.to_string()),
    };
    ConformanceResponse { result: Some(output) }
}

fn converted(request: ConformanceRequest) -> Output {
    let convert = match &*request.message_type {
        // Which failures are expected, is in the runner's own list.
        "conformance.FailureSet" => convert::<FailureSet>,
        "protobuf_test_messages.proto2.TestAllTypesProto2" => convert::<proto2::TestAllTypesProto2>,
        "protobuf_test_messages.proto3.TestAllTypesProto3" => convert::<proto3::TestAllTypesProto3>,
        "protobuf_test_messages.editions.TestAllTypesEdition2023" => {
            convert::<editions::TestAllTypesEdition2023>
        }
        "protobuf_test_messages.editions.proto2.TestAllTypesProto2" => {
            convert::<editions::proto2::TestAllTypesProto2>
        }
        "protobuf_test_messages.editions.proto3.TestAllTypesProto3" => {
            convert::<editions::proto3::TestAllTypesProto3>
        }
        "protobuf_test_messages.edition_unstable.TestAllTypesEditionUnstable" => {
            return Output::Skipped("an edition that is not finished is not supported".to_owned());
        }
        other => return Output::RuntimeError(format!("there is no code for `{other}`")),
    };
    if request.test_category() == TestCategory::JsonIgnoreUnknownParsingTest {
        return Output::Skipped("JSON with unknown fields is always refused".to_owned());
    }
    let (input, encoding) = match request.payload.clone() {
        Some(Input::ProtobufPayload(bytes)) => (bytes, Encoding::Proto),
        Some(Input::JsonPayload(json)) => (json.into(), Encoding::Json),
        Some(Input::TextPayload(_) | Input::JspbPayload(_)) | None => return other_format(),
    };
    match request.requested_output_format() {
        WireFormat::Protobuf => match convert(input, encoding, Encoding::Proto) {
            Ok(bytes) => Output::ProtobufPayload(bytes),
            Err(refused) => refused,
        },
        WireFormat::Json => match convert(input, encoding, Encoding::Json) {
            Ok(json) => Output::JsonPayload(String::from_utf8_lossy(&json).into_owned()),
            Err(refused) => refused,
        },
        WireFormat::Unspecified | WireFormat::Jspb | WireFormat::TextFormat => other_format(),
    }
}

fn other_format() -> Output {
    Output::Skipped("only binary protobuf and JSON are supported".to_owned())
}

fn convert<M: Message>(input: Bytes, from: Encoding, to: Encoding) -> Result<Bytes, Output> {
    let text = |error: PayloadError| error.to_string();
    let message = <M as Payload>::decode(input, from);
    let message = message.map_err(text).map_err(Output::ParseError)?;
    Payload::encode(&message, to).map_err(text).map_err(Output::SerializeError)
}
