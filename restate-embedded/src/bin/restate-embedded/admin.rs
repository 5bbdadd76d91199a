use std::{error::Error, fmt, path::Path, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, Request, StatusCode,
    client::conn::http1,
    header::{AUTHORIZATION, CONNECTION, HOST},
    rt::{Read, Write},
};
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::{net::TcpStream, runtime, time};

use crate::{
    address::Address,
    failure::{Cause, Failure},
    tls::{self, Tls},
};

/// How long the tool waits for a response. The slowest request is a query over a large database.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Everything but the unreserved characters of RFC 3986, so that a key may contain `/` and `?`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A client of an engine's admin interface. Opens an HTTP/1.1 connection for each request.
pub(crate) struct Admin {
    address: Address,
    /// For an address with `https://`.
    tls: Option<Tls>,
    token: Option<String>,
    timeout: Option<Duration>,
}

/// The response to a request that was carried out.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Admin {
    /// The interface at this URL; a file may name certificate authorities to trust.
    pub(crate) fn new(
        url: &str,
        token: Option<String>,
        authorities: Option<&Path>,
    ) -> Result<Self, Failure> {
        let address = Address::parse(url)?;
        let tls = match (address.is_encrypted, authorities) {
            (true, authorities) => Some(Tls::new(authorities)?),
            (false, None) => None,
            (false, Some(_)) => {
                let message =
                    format!("`--ca` is for TLS: write the address as `https://{address}`");
                return Err(Failure::new(Cause::Invalid, message));
            }
        };
        Ok(Self { address, tls, token, timeout: Some(TIMEOUT) })
    }

    #[cfg(test)]
    pub(crate) fn without_token(&self) -> Self {
        let url = format!("http://{}", self.address);
        Self {
            address: Address::parse(&url).unwrap(),
            tls: None,
            token: None,
            timeout: Some(TIMEOUT),
        }
    }

    /// The same for requests that may take any time.
    pub(crate) fn without_timeout(self) -> Self {
        Self { timeout: None, ..self }
    }

    /// Sends a request. Returns the response of the engine, or the reason for which it refuses.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[String],
        body: &[u8],
    ) -> Result<Value, Failure> {
        let answer =
            self.ask(method, path, query, &[("content-type", "application/json")], body)?;
        serde_json::from_slice(&answer.body).map_err(|_| self.is_something_else())
    }

    /// Sends a request with these headers. Returns the response, or the reason for which it refuses.
    pub(crate) fn ask(
        &self,
        method: Method,
        path: &[&str],
        query: &[String],
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, Failure> {
        let target = target(path, query)?;
        let request = self.prepare(method, &target, headers, body)?;
        let answer = self.exchange(request).map_err(|error| self.unreachable(&*error))?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let error: Value =
            serde_json::from_slice(&answer.body).map_err(|_| self.is_something_else())?;
        let message = error["message"].as_str();
        let message = message.unwrap_or("the engine refused the request without a reason");
        Err(match answer.header("x-restate-error-source") {
            Some("invocation") => Failure::new(Cause::Handler, message),
            _ => Failure::new(Cause::of_status(answer.status.as_u16()), message),
        })
    }

    fn is_something_else(&self) -> Failure {
        let message = format!("{} is not an engine; name it with `--admin`", self.address);
        Failure::new(Cause::Unreachable, message)
    }

    fn unreachable(&self, error: &Failed) -> Failure {
        Failure::new(Cause::Unreachable, self.why_unreachable(error))
    }

    fn why_unreachable(&self, error: &Failed) -> String {
        let address = &self.address;
        if tls::is_about_certificate(error) {
            return format!(
                "the certificate of {address} is not accepted: {error}; name the authority that signed \
                 it with `--ca`, and the engine by a name that is in it"
            );
        }
        // An engine that expects TLS may also close the connection without an answer.
        let with_tls =
            if address.is_encrypted { "" } else { ", which with TLS begins with https://" };
        format!(
            "no engine answers on {address}: {error}; start it with `.admin(..)`, or name another \
             address with `--admin`{with_tls}"
        )
    }

    fn prepare(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let method = format!("{method:?}").to_uppercase();
        let request = Request::builder().method(&*method).uri(target);
        let request = request.header(HOST, &self.address.authority).header(CONNECTION, "close");
        let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        let request = match &self.token {
            Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        };
        request.body(Full::new(Bytes::copy_from_slice(body))).map_err(|_| {
            let message =
                "a header has one line of visible characters; remove the others from key and token";
            Failure::new(Cause::Invalid, message)
        })
    }

    fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, Box<Failed>> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let exchanged = self.connect_and_send(request);
            match self.timeout {
                Some(timeout) => time::timeout(timeout, exchanged).await?,
                None => exchanged.await,
            }
        })
    }

    async fn connect_and_send(&self, request: Request<Full<Bytes>>) -> Result<Answer, Box<Failed>> {
        let Address { host, port, .. } = &self.address;
        let stream = TcpStream::connect((&**host, *port)).await?;
        match &self.tls {
            Some(tls) => send(TokioIo::new(tls.over(stream, host).await?), request).await,
            None => send(TokioIo::new(stream), request).await,
        }
    }
}

/// Why there is no response.
type Failed = dyn Error + Send + Sync;

/// Sends a request, the only one on its connection.
async fn send(
    stream: impl Read + Write + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answer, Box<Failed>> {
    let (mut sender, connection) = http1::handshake(stream).await?;
    let connection = tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    connection.abort();
    Ok(Answer { status: head.status, headers: head.headers, body })
}

fn target(path: &[&str], query: &[String]) -> Result<String, Failure> {
    let mut target: String = path.iter().map(|part| format!("/{}", encode(part))).collect();
    for (filter, separator) in query.iter().zip(['?'].into_iter().chain(std::iter::repeat('&'))) {
        let (name, value) = filter.split_once('=').ok_or_else(|| {
            let message = format!(
                "`{filter}` is neither an id nor a filter; filters look like `status=paused`"
            );
            Failure::new(Cause::Invalid, message)
        })?;
        target.push(separator);
        target.push_str(&format!("{}={}", encode(name), encode(value)));
    }
    Ok(target)
}

fn encode(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, ESCAPED)
}
