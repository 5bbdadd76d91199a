use std::{
    error::Error,
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use http::{Request, header::HOST, uri::Authority};

/// The names under which clients may address a server, besides IP addresses and `localhost`.
///
/// The owner of a name can point it to this machine (DNS rebinding). A browser then takes the server for
/// a part of that website, whose pages may read everything; only the name in the request shows it.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    names: Vec<String>,
}

impl Hosts {
    /// These names.
    ///
    /// # Errors
    ///
    /// The first that is not the name of a host.
    pub fn new(names: Vec<String>) -> Result<Self, String> {
        let is_host = |name: &String| {
            let authority: Option<Authority> = name.parse().ok();
            name == "*" || authority.is_some_and(|authority| authority.host() == name.as_str())
        };
        match names.iter().find(|name| !is_host(name)) {
            Some(invalid) => Err(invalid.clone()),
            None => Ok(Self { names }),
        }
    }

    /// The host and port that the request is addressed to; empty if it does not say.
    ///
    /// # Errors
    ///
    /// When the host is not one of these.
    pub fn check<'r, B>(&self, request: &'r Request<B>) -> Result<&'r str, UnknownHost> {
        let uri = request.uri().authority().map(Authority::as_str);
        let header = request.headers().get(HOST);
        let header = header.map(|value| value.to_str().unwrap_or("?"));
        for host in [uri, header].into_iter().flatten() {
            if !self.allows(host) {
                return Err(UnknownHost { host: host.to_owned() });
            }
        }
        // Only HTTP/1.0 has neither, which no browser speaks.
        Ok(uri.or(header).unwrap_or_default())
    }

    fn allows(&self, authority: &str) -> bool {
        let Ok(parsed) = authority.parse::<Authority>() else { return false };
        let host = parsed.host();
        let names = |name: &String| name == "*" || name.eq_ignore_ascii_case(host);
        !authority.contains('@')
            && (is_address(host) || is_localhost(host) || self.names.iter().any(names))
    }
}

fn is_address(host: &str) -> bool {
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host.parse::<Ipv4Addr>().is_ok() || v6.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok())
}

/// Whether browsers resolve this name to the loopback interface themselves.
fn is_localhost(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// A request is addressed to a host name that a server does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownHost {
    host: String,
}

impl fmt::Display for UnknownHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the host name `{}` is not known here; with it, another website could pass this server off \
             as its own; use its IP address or `localhost`",
            self.host
        )
    }
}

impl Error for UnknownHost {}
