use std::{
    fmt,
    io::{self, Read, Write},
    net::TcpStream,
    path::Path,
    time::Duration,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::{
    address::Address,
    failure::{Cause, Failure},
    tls::{self, Tls},
};

/// How long the tool waits for a response. The slowest request is a query over a large database.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

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
    status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
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
        Ok(Self { address, tls, token, timeout: Some(READ_TIMEOUT) })
    }

    #[cfg(test)]
    pub(crate) fn without_token(&self) -> Self {
        let url = format!("http://{}", self.address);
        Self {
            address: Address::parse(&url).unwrap(),
            tls: None,
            token: None,
            timeout: Some(READ_TIMEOUT),
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
        if headers.iter().any(|(_, value)| value.contains(['\r', '\n'])) {
            let message = "a header has one line; remove the line break from the key";
            return Err(Failure::new(Cause::Invalid, message));
        }
        let exchanged = self.exchange(method, &target, headers, body);
        let answer = exchanged.map_err(|error| self.unreachable(&error))?;
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        let error: Value =
            serde_json::from_slice(&answer.body).map_err(|_| self.is_something_else())?;
        let message = error["message"].as_str();
        let message = message.unwrap_or("the engine refused the request without a reason");
        Err(match answer.header("x-restate-error-source") {
            Some("invocation") => Failure::new(Cause::Handler, message),
            _ => Failure::new(Cause::of_status(answer.status), message),
        })
    }

    fn is_something_else(&self) -> Failure {
        let message = format!("{} is not an engine; name it with `--admin`", self.address);
        Failure::new(Cause::Unreachable, message)
    }

    fn unreachable(&self, error: &io::Error) -> Failure {
        Failure::new(Cause::Unreachable, self.why_unreachable(error))
    }

    fn why_unreachable(&self, error: &io::Error) -> String {
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

    fn exchange(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut stream = self.connect()?;
        let method = format!("{method:?}").to_uppercase();
        let address = &self.address.authority;
        let length = body.len();
        let token = match &self.token {
            Some(token) => format!("authorization: Bearer {token}\r\n"),
            None => String::new(),
        };
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             {headers}{token}content-length: {length}\r\n\r\n"
        )?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let malformed = || io::Error::other("the response is not HTTP");
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or_else(malformed)?;
        let body = answer.split_off(end + 4);
        let head = String::from_utf8(answer).map_err(|_| malformed())?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut answer = Answer { status: status.ok_or_else(malformed)?, head, body };
        // A Restate server does not know the length of what a query finds.
        if answer.header("transfer-encoding").is_some_and(|it| it.eq_ignore_ascii_case("chunked")) {
            answer.body = whole(&answer.body).ok_or_else(malformed)?;
        }
        Ok(answer)
    }

    fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let Address { host, port, .. } = &self.address;
        let stream = TcpStream::connect((&**host, *port))?;
        stream.set_read_timeout(self.timeout)?;
        Ok(match &self.tls {
            Some(tls) => Box::new(tls.over(stream, host)?),
            None => Box::new(stream),
        })
    }
}

/// A body that was sent in chunks: each begins with its length in hexadecimal, and the last one is empty.
fn whole(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|bytes| bytes == b"\r\n")?;
        let length = std::str::from_utf8(&chunks[..end]).ok()?.split(';').next()?.trim();
        let length = usize::from_str_radix(length, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        let (chunk, rest) = chunks[end + 2..].split_at_checked(length)?;
        body.extend_from_slice(chunk);
        chunks = rest.strip_prefix(b"\r\n")?;
    }
}

/// A connection, encrypted or not.
trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together() {
        assert_eq!(
            whole(b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"),
            Some(b"abc0123456789".into())
        );
        for cut in [&b""[..], b"3\r\nab", b"3\r\nabc\r\n", b"x\r\n\r\n", b"3\r\nabcd0\r\n\r\n"] {
            assert_eq!(whole(cut), None, "{cut:?}");
        }
    }
}
