//! Reads the message of a request.

use std::{fmt::Display, pin::pin};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use percent_encoding::percent_decode_str;
use restate_core::RpcCode;

use crate::{
    compression::{Compression, decompress},
    envelope::{Base64Reader, EnvelopeReader},
    limits::{MessageLimits, too_large},
    protocol::Protocol,
    status::RpcStatus,
};

/// The base64 of a Connect GET, with padding or without.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads the message of a request with this body.
///
/// # Errors
///
/// Code `RESOURCE_EXHAUSTED` for a message over the limit, `UNAVAILABLE` when others take up the memory,
/// `DEADLINE_EXCEEDED` for one that takes too long, and those of malformed requests.
pub(crate) async fn receive<B>(
    body: B,
    protocol: Protocol,
    compression: Compression,
    limits: &MessageLimits,
) -> Result<Bytes, RpcStatus>
where
    B: http_body::Body<Data = Bytes, Error: Display>,
{
    let timeout = limits.admission.body_timeout();
    let message = match protocol.is_framed() {
        true => tokio::time::timeout(timeout, framed(body, protocol, compression, limits)).await,
        false => tokio::time::timeout(timeout, whole(body, compression, limits)).await,
    };
    message.unwrap_or_else(|_| {
        let text = format!("the request has not arrived within {timeout:?}; send it faster");
        Err(RpcStatus::new(RpcCode::DeadlineExceeded, text))
    })
}

async fn framed<B>(
    body: B,
    protocol: Protocol,
    compression: Compression,
    limits: &MessageLimits,
) -> Result<Bytes, RpcStatus>
where
    B: http_body::Body<Data = Bytes, Error: Display>,
{
    let mut reader = EnvelopeReader::new(limits.length, compression);
    let mut text = (protocol == Protocol::GrpcWebText).then(Base64Reader::default);
    pieces(body, limits, |data| match &mut text {
        Some(text) => reader.push(&text.decode(data)?),
        None => reader.push(data),
    })
    .await?;
    text.map_or(Ok(()), |text| text.finish())?;
    reader.finish()
}

async fn whole<B>(
    body: B,
    compression: Compression,
    limits: &MessageLimits,
) -> Result<Bytes, RpcStatus>
where
    B: http_body::Body<Data = Bytes, Error: Display>,
{
    let limit = limits.length;
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(too_large(limit));
    }
    let mut received = BytesMut::new();
    pieces(body, limits, |data| {
        if data.len() > limit - received.len() {
            return Err(too_large(limit));
        }
        received.extend_from_slice(data);
        Ok(())
    })
    .await?;
    decompress(received.freeze(), compression, limit)
}

/// Passes the pieces of a body on as they arrive.
async fn pieces<B>(
    body: B,
    limits: &MessageLimits,
    mut take: impl FnMut(&[u8]) -> Result<(), RpcStatus>,
) -> Result<(), RpcStatus>
where
    B: http_body::Body<Data = Bytes, Error: Display>,
{
    let mut body = pin!(body);
    let mut admitted = limits.admission.body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let text = format!("the request cannot be read: {error}");
            RpcStatus::new(RpcCode::InvalidArgument, text)
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if !admitted.admit(data.len()) {
            return Err(RpcStatus::new(
                RpcCode::Unavailable,
                "too many large requests are being received; try again later, or raise \
                 `HttpLimits::request_memory`",
            ));
        }
        take(&data)?;
    }
    Ok(())
}

/// The message and its encoding in the query of a Connect GET.
pub(crate) struct Query {
    pub(crate) encoding: String,
    pub(crate) compression: Compression,
    message: String,
    is_base64: bool,
}

impl Query {
    /// Reads the parameters.
    ///
    /// # Errors
    ///
    /// Code `INVALID_ARGUMENT` without a message or an encoding.
    pub(crate) fn read(query: &str) -> Result<Self, RpcStatus> {
        let version = parameter(query, "connect").unwrap_or("v1");
        if version != "v1" {
            return Err(invalid(format!(
                "the version of Connect in `connect` is `{version}`; it must be `v1`"
            )));
        }
        let needed = |name: &str| {
            parameter(query, name).ok_or_else(|| {
                invalid(format!("the URL has no parameter `{name}`; Connect needs it"))
            })
        };
        let compression = parameter(query, "compression");
        Ok(Self {
            encoding: needed("encoding")?.to_owned(),
            compression: Compression::named(compression)?,
            message: needed("message")?.to_owned(),
            is_base64: parameter(query, "base64") == Some("1"),
        })
    }

    /// The message.
    ///
    /// # Errors
    ///
    /// Code `INVALID_ARGUMENT` if it is malformed, `RESOURCE_EXHAUSTED` if it is over the limit.
    pub(crate) fn message(&self, limit: usize) -> Result<Bytes, RpcStatus> {
        let raw: Vec<u8> = percent_decode_str(&self.message).collect();
        let raw = match self.is_base64 {
            true => URL_SAFE.decode(raw).map_err(|error| {
                invalid(format!("the parameter `message` is not base64 for URLs: {error}"))
            })?,
            false => raw,
        };
        if raw.len() > limit {
            return Err(too_large(limit));
        }
        decompress(raw.into(), self.compression, limit)
    }
}

fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value)
}

fn invalid(message: String) -> RpcStatus {
    RpcStatus::new(RpcCode::InvalidArgument, message)
}
