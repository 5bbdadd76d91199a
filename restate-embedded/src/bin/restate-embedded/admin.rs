use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

/// An engine answers within this time, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// The admin interface of an engine, over HTTP/1.1 with a connection for each request.
pub(crate) struct Admin {
    address: String,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Admin {
    pub(crate) fn new(url: &str) -> Self {
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        Self { address: address.to_owned() }
    }

    /// What the engine answers, or why it refuses.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[String],
        body: &[u8],
    ) -> Result<Value, String> {
        let (status, answer) =
            self.exchange(method, &target(path, query)?, body).map_err(|error| {
                let address = &self.address;
                format!(
                    "no engine answers on {address}: {error}; start it with `.admin(..)`, or name \
                 another address with `--admin`"
                )
            })?;
        let answer: Value = serde_json::from_slice(&answer)
            .map_err(|_| format!("{} is no admin interface of an engine", self.address))?;
        if status == 200 {
            return Ok(answer);
        }
        Err(answer["message"].as_str().unwrap_or("the engine refused, without a reason").to_owned())
    }

    fn exchange(
        &self,
        method: Method,
        target: &str,
        body: &[u8],
    ) -> std::io::Result<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let (method, address) = (format!("{method:?}").to_uppercase(), &self.address);
        let length = body.len();
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n"
        )?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let malformed = || std::io::Error::other("the answer is not HTTP");
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
    let mut target: String = path.iter().flat_map(|part| ["/".to_owned(), encode(part)]).collect();
    for (filter, separator) in query.iter().zip(['?'].into_iter().chain(std::iter::repeat('&'))) {
        let (name, value) = filter.split_once('=').ok_or_else(|| {
            format!("`{filter}` is neither an id nor a filter; filters look like `status=paused`")
        })?;
        target.push(separator);
        target.push_str(&format!("{}={}", encode(name), encode(value)));
    }
    Ok(target)
}

fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| match byte {
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
