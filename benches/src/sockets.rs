//! The traffic of the connections to a server, as counted by the kernel.

use std::{collections::BTreeMap, process::Command};

use crate::Failed;

/// Bytes in both directions of each connection to a port, by the client's port.
#[derive(Debug)]
pub(crate) struct Traffic(BTreeMap<u16, u64>);

impl Traffic {
    /// The traffic so far of the open connections to `port`.
    pub(crate) fn to(port: u16) -> Result<Self, Failed> {
        let filter = format!("sport = :{port}");
        let listed = Command::new("ss").args(["-tinHO", &filter]).output();
        let listed = listed.map_err(|error| {
            Failed::new(format!("cannot run ss: {error}; it is in the package iproute2"))
        })?;
        Ok(Self(String::from_utf8_lossy(&listed.stdout).lines().filter_map(connection).collect()))
    }

    /// The traffic since `before`, without connections closed in between.
    pub(crate) fn since(&self, before: &Self) -> u64 {
        let before = |port| before.0.get(port).copied().unwrap_or_default();
        self.0.iter().map(|(port, bytes)| bytes.saturating_sub(before(port))).sum()
    }
}

/// A line of `ss`: state, two queues, both ends, and what is known of the connection.
fn connection(line: &str) -> Option<(u16, u64)> {
    let mut fields = line.split_whitespace();
    let port = fields.nth(4)?.rsplit(':').next()?.parse().ok()?;
    let bytes = |field: &str| {
        let count = field.strip_prefix("bytes_sent:");
        count.or_else(|| field.strip_prefix("bytes_received:"))?.parse::<u64>().ok()
    };
    Some((port, fields.filter_map(bytes).sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_counted_in_both_directions() {
        let line = "ESTAB 0 0 127.0.0.1:9080 127.0.0.1:39072 cubic rto:208 bytes_sent:700 \
                    bytes_acked:700 bytes_received:42 segs_out:7 send 149bps";
        assert_eq!(connection(line), Some((39_072, 742)));
    }

    #[test]
    fn only_traffic_since_the_start_counts() {
        let before = Traffic(BTreeMap::from([(1, 100), (2, 50)]));
        let after = Traffic(BTreeMap::from([(1, 130), (3, 5)]));
        assert_eq!(after.since(&before), 35);
    }
}
