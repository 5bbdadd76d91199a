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
    ) -> Result<Self, String> {
        let address = Address::parse(url)?;
        let tls = match (address.is_encrypted, authorities) {
            (true, authorities) => Some(Tls::new(authorities)?),
            (false, None) => None,
            (false, Some(_)) => {
                return Err(format!("`--ca` is for TLS: write the address as `https://{address}`"));
            }
        };
        Ok(Self { address, tls, token })
    }

    #[cfg(test)]
    pub(crate) fn without_token(&self) -> Self {
        let url = format!("http://{}", self.address);
        Self { address: Address::parse(&url).unwrap(), tls: None, token: None }
    }

    /// Sends a request. Returns the response of the engine, or the reason for which it refuses.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[String],
        body: &[u8],
    ) -> Result<Value, String> {
        let exchanged = self.exchange(method, &target(path, query)?, body);
        let (status, answer) = exchanged.map_err(|error| self.unreachable(&error))?;
        let answer: Value = serde_json::from_slice(&answer).map_err(|_| {
            format!(
                "{} is not the admin interface of an engine; name it with `--admin`",
                self.address
            )
        })?;
        if status == 200 {
            return Ok(answer);
        }
        Err(answer["message"]
            .as_str()
            .unwrap_or("the engine refused the request without a reason")
            .to_owned())
    }

    fn unreachable(&self, error: &io::Error) -> String {
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

    fn exchange(&self, method: Method, target: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let mut stream = self.connect()?;
        let method = format!("{method:?}").to_uppercase();
        let address = &self.address.authority;
        let length = body.len();
        let token = match &self.token {
            Some(token) => format!("authorization: Bearer {token}\r\n"),
            None => String::new(),
        };
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-type: application/json\r\n{token}content-length: {length}\r\n\r\n"
        )?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let malformed = || io::Error::other("the response is not HTTP");
        let head =
            answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or_else(malformed)?;
        let status = std::str::from_utf8(&answer[..head])
            .ok()
            .and_then(|head| head.split(' ').nth(1)?.parse().ok())
            .ok_or_else(malformed)?;
        Ok((status, answer.split_off(head + 4)))
    }

    fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let Address { host, port, .. } = &self.address;
        let stream = TcpStream::connect((&**host, *port))?;
        stream.set_read_timeout(Some(READ_TIMEOUT))?;
        Ok(match &self.tls {
            Some(tls) => Box::new(tls.over(stream, host)?),
            None => Box::new(stream),
        })
    }
}

/// A connection, encrypted or not.
trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

fn target(path: &[&str], query: &[String]) -> Result<String, String> {
    let mut target: String = path.iter().map(|part| format!("/{}", encode(part))).collect();
    for (filter, separator) in query.iter().zip(['?'].into_iter().chain(std::iter::repeat('&'))) {
        let (name, value) = filter.split_once('=').ok_or_else(|| {
            format!("`{filter}` is neither an id nor a filter; filters look like `status=paused`")
        })?;
        target.push(separator);
        target.push_str(&format!("{}={}", encode(name), encode(value)));
    }
    Ok(target)
}

fn encode(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, ESCAPED)
}
