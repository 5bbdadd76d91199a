//! A cluster of three Restate servers on loopback.

use std::{net::SocketAddr, time::Duration};

use crate::{
    client,
    server::{Addresses, PATIENCE, RestateServer},
};

/// Three running servers that replicate their data. Dropping this kills them.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<RestateServer>,
}

impl Cluster {
    /// Starts three servers with these environment variables, and waits until they accept requests.
    ///
    /// # Panics
    ///
    /// If no server is installed or one does not start; the message says what to do.
    pub async fn start_with(environment: &[(&str, &str)]) -> Self {
        let addresses = [Addresses::free(), Addresses::free(), Addresses::free()];
        let metadata: Vec<_> =
            addresses.iter().map(|address| format!("http://{}", address.node)).collect();
        let metadata = format!("[{}]", metadata.join(","));
        let mut nodes: Vec<_> = addresses
            .into_iter()
            .enumerate()
            .map(|(at, addresses)| {
                let mut variables = vec![
                    ("RESTATE_CLUSTER_NAME", "test"),
                    ("RESTATE_AUTO_PROVISION", if at == 0 { "true" } else { "false" }),
                    ("RESTATE_DEFAULT_REPLICATION", "2"),
                    ("RESTATE_METADATA_SERVER__TYPE", "replicated"),
                    ("RESTATE_METADATA_CLIENT__ADDRESSES", &metadata),
                ];
                variables.extend(environment);
                let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
                let variables = variables.into_iter().map(owned).collect();
                RestateServer::spawn(format!("node-{at}"), addresses, variables)
            })
            .collect();
        for node in &mut nodes {
            node.wait_until_ready().await;
        }
        let cluster = Self { nodes };
        cluster.wait_until_complete().await;
        cluster
    }

    async fn wait_until_complete(&self) {
        let complete = async {
            while !self.is_complete().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, complete).await.is_err() {
            panic!("the servers do not find each other\n{}", self.nodes[0].log());
        }
    }

    /// Whether all servers are members of the cluster.
    async fn is_complete(&self) -> bool {
        let health = client::get(self.nodes[0].admin(), "/cluster-health").await;
        health.is_ok_and(|health| health.text().contains(r#""members":[1,2,3]"#))
    }

    /// The servers.
    pub fn nodes(&self) -> &[RestateServer] {
        &self.nodes
    }

    /// Kills one of the servers for good.
    pub fn crash(&mut self, node: usize) {
        drop(self.nodes.remove(node));
    }

    /// Registers the deployment at `endpoint`.
    ///
    /// # Panics
    ///
    /// If the cluster refuses it; the message is the cluster's.
    pub async fn register(&self, endpoint: SocketAddr) {
        self.nodes[0].register(endpoint).await;
    }
}
