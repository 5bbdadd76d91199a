use std::{
    fmt,
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// How long the tool waits for a response. The slowest request is a query over a large database.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// Everything but the unreserved characters of RFC 3986, so that a key may contain `/` and `?`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A client of an engine's admin interface. Opens an HTTP/1.1 connection for each request.
pub(crate) struct Admin {
    address: String,
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
    pub(crate) fn new(url: &str, token: Option<String>) -> Self {
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        Self { address: address.to_owned(), token }
    }

    /// Sends a request. Returns the response of the engine, or the reason for which it refuses.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[String],
        body: &[u8],
    ) -> Result<Value, String> {
        if self.address.starts_with("https://") {
            return Err(
                "this tool does not speak TLS; use it over a tunnel to an address with http://, \
                        or on the engine's machine"
                    .to_owned(),
            );
        }
        let (status, answer) =
            self.exchange(method, &target(path, query)?, body).map_err(|error| {
                let address = &self.address;
                format!(
                    "no engine answers on {address}: {error}; start it with `.admin(..)`, or name \
                 another address with `--admin`"
                )
            })?;
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

    fn exchange(
        &self,
        method: Method,
        target: &str,
        body: &[u8],
    ) -> std::io::Result<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(READ_TIMEOUT))?;
        let (method, address) = (format!("{method:?}").to_uppercase(), &self.address);
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
        let malformed = || std::io::Error::other("the response is not HTTP");
        let head =
            answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or_else(malformed)?;
        let status = std::str::from_utf8(&answer[..head])
            .ok()
            .and_then(|head| head.split(' ').nth(1)?.parse().ok())
            .ok_or_else(malformed)?;
        Ok((status, answer.split_off(head + 4)))
    }
}

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
