use std::fmt;

/// Where an admin interface listens, from a URL.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) is_encrypted: bool,
    /// A name or an IP address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Host and port as they are written in the URL.
    pub(crate) authority: String,
}

impl Address {
    /// Reads `http://..` or `https://..`; without a scheme, HTTP is meant.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let (is_encrypted, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://"))
        {
            (Some(rest), _) => (true, rest),
            (None, rest) => (false, rest.unwrap_or(url)),
        };
        let authority = rest.trim_end_matches('/');
        let (host, port) = host_and_port(authority, if is_encrypted { 443 } else { 80 })
            .ok_or_else(|| {
                format!("`{url}` is not an address such as `https://engine.example.com:9070`")
            })?;
        Ok(Self { is_encrypted, host: host.to_owned(), port, authority: authority.to_owned() })
    }
}

fn host_and_port(authority: &str, default: u16) -> Option<(&str, u16)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']')? {
            (host, "") => (host, None),
            (host, port) => (host, Some(port.strip_prefix(':')?)),
        },
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let is_host = !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ']);
    let port = port.map_or(Ok(default), str::parse).ok()?;
    is_host.then_some((host, port))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_encrypted { "https://" } else { "" }, self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_scheme_a_host_and_a_port() {
        for (url, is_encrypted, host, port) in [
            ("http://127.0.0.1:9070", false, "127.0.0.1", 9070),
            ("127.0.0.1:9070/", false, "127.0.0.1", 9070),
            ("https://engine.example.com", true, "engine.example.com", 443),
            ("https://[::1]:9070/", true, "::1", 9070),
            ("http://[::1]", false, "::1", 80),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(
                (address.is_encrypted, &*address.host, address.port),
                (is_encrypted, host, port),
                "{url}"
            );
        }
        for url in ["", "https://", "ftp://host:1", "host:port", "host:99999", "[::1", "a/b", "u@h"]
        {
            assert!(Address::parse(url).unwrap_err().contains("is not an address"), "{url}");
        }
    }
}
