//! A running platform, and the operations of tests on it.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::Method;
use restate_core::{OnMaxAttempts, RetryPolicy};
use restate_ingress::IngressClient;
use restate_tests::{
    client::{self, Answer},
    services::Bound,
};
use serde_json::{Value, json};

use crate::{
    configuration::{Configuration, Platform},
    deployed::Deployed,
    embedded,
    local_engine::LocalEngine,
    polling::eventually,
    served::Served,
};

/// A running platform with the services on it.
pub struct System {
    inner: Inner,
}

enum Inner {
    Embedded(LocalEngine),
    Deployed(Deployed),
    Served(Served),
}

/// What one scenario requires of its platform, in addition to the configuration.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Environment variables for a Restate server.
    pub environment: Vec<(&'static str, String)>,
    /// The public key of the server, if services verify signatures.
    pub identity_key: Option<&'static str>,
    /// Services in addition to those of the suite.
    pub services: Vec<Bound>,
    /// The default retry policy of invocations.
    pub retry_policy: RetryPolicy,
    /// What it does after the last attempt; its own default unless set.
    pub on_max_attempts: Option<OnMaxAttempts>,
}

impl System {
    pub async fn start(platform: Platform, configuration: Configuration, needs: Needs) -> Self {
        let inner = match platform {
            Platform::Embedded => Inner::Embedded(embedded::start(configuration, &needs).await),
            Platform::Deployment | Platform::Program => {
                Inner::Deployed(Deployed::start(platform, configuration, &needs).await)
            }
            Platform::Server | Platform::Cluster | Platform::ProgramOnServer => {
                Inner::Served(Served::start(platform, configuration, needs).await)
            }
        };
        Self { inner }
    }

    /// A client of the platform. After a restart a new one is needed, because addresses change.
    pub fn client(&self) -> IngressClient {
        IngressClient::builder(format!("http://{}", self.ingress()))
            .call_timeout(Duration::from_secs(60))
            .build()
            .unwrap()
    }

    pub fn platform(&self) -> Platform {
        match &self.inner {
            Inner::Embedded(_) => Platform::Embedded,
            Inner::Deployed(deployed) => deployed.platform(),
            Inner::Served(served) => served.platform(),
        }
    }

    pub fn ingress(&self) -> SocketAddr {
        match &self.inner {
            Inner::Embedded(embedded) => embedded.ingress(),
            Inner::Deployed(deployed) => deployed.engine.ingress(),
            Inner::Served(served) => served.ingress(),
        }
    }

    pub fn admin(&self) -> SocketAddr {
        match &self.inner {
            Inner::Embedded(embedded) => embedded.admin(),
            Inner::Deployed(deployed) => deployed.engine.admin(),
            Inner::Served(served) => served.admin(),
        }
    }

    /// Cancels an invocation, which may have completed.
    pub async fn cancel(&self, invocation_id: &str) {
        self.end(invocation_id, "cancel").await;
    }

    /// Kills an invocation, which may have completed.
    pub async fn kill(&self, invocation_id: &str) {
        self.end(invocation_id, "kill").await;
    }

    async fn end(&self, invocation_id: &str, how: &str) {
        let answer = self.control(invocation_id, how).await;
        let is_over = matches!(answer.status.as_u16(), 404 | 409);
        assert!(answer.status.is_success() || is_over, "{how}: {}", answer.text());
    }

    /// Resumes a paused invocation.
    pub async fn resume(&self, invocation_id: &str) {
        let answer = self.control(invocation_id, "resume").await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }

    /// Repeats a request that a cluster refuses while the partition has no leader.
    async fn control(&self, invocation_id: &str, how: &str) -> Answer {
        let path = format!("/invocations/{invocation_id}/{how}");
        eventually("the invocation has a leader", async || {
            let request = client::send(self.admin(), Method::PATCH, &path, &[], Bytes::new());
            let answer = request.await.unwrap();
            let is_leaderless =
                self.platform() == Platform::Cluster && answer.status.is_server_error();
            (!is_leaderless).then_some(answer)
        })
        .await
    }

    /// The status of an invocation, as named by the platform.
    pub async fn status(&self, invocation_id: &str) -> String {
        match self.inner {
            Inner::Embedded(_) | Inner::Deployed(_) => {
                let path = format!("/invocations/{invocation_id}");
                let found = client::get(self.admin(), &path).await.unwrap();
                let found: Value = serde_json::from_slice(&found.body).unwrap();
                found["status"].as_str().unwrap().to_owned()
            }
            Inner::Served(_) => {
                let query =
                    format!("SELECT status FROM sys_invocation WHERE id = '{invocation_id}'");
                let rows = self.query(&query).await;
                rows.first().map_or("", |row| row["status"].as_str().unwrap()).to_owned()
            }
        }
    }

    /// The rows of a query to a Restate server.
    pub async fn query(&self, query: &str) -> Vec<Value> {
        let headers = [("content-type", "application/json"), ("accept", "application/json")];
        let query = Bytes::from(json!({ "query": query }).to_string());
        let answer = client::send(self.admin(), Method::POST, "/query", &headers, query);
        let mut found: Value = serde_json::from_slice(&answer.await.unwrap().body).unwrap();
        serde_json::from_value(found["rows"].take()).unwrap()
    }

    /// Kills the process that stores journals and state, and starts it again.
    pub async fn crash(&mut self) {
        match &mut self.inner {
            Inner::Embedded(embedded) => embedded.crash().await,
            Inner::Deployed(deployed) => deployed.engine.crash().await,
            Inner::Served(served) => served.server().crash_and_restart().await,
        }
    }

    /// Stops the process that stores journals and state, and starts it again.
    pub async fn restart(&mut self) {
        match &mut self.inner {
            Inner::Embedded(embedded) => embedded.restart().await,
            Inner::Deployed(deployed) => deployed.engine.restart().await,
            Inner::Served(served) => served.server().stop_and_restart().await,
        }
    }

    /// Kills a server of a cluster for good, but not the one that the client calls.
    pub fn lose_a_node(&mut self) {
        match &mut self.inner {
            Inner::Embedded(_) | Inner::Deployed(_) => panic!("the embedded engine is one node"),
            Inner::Served(served) => served.lose_a_node(),
        }
    }

    /// Kills the process that runs handlers, and starts it again.
    pub async fn crash_handlers(&mut self) {
        match &mut self.inner {
            Inner::Embedded(embedded) => embedded.crash().await,
            Inner::Deployed(deployed) => deployed.handlers().crash().await,
            Inner::Served(served) => served.handlers().crash().await,
        }
    }

    /// Stops the process that runs handlers, and starts it again.
    pub async fn restart_handlers(&mut self) {
        match &mut self.inner {
            Inner::Embedded(embedded) => embedded.restart().await,
            Inner::Deployed(deployed) => deployed.handlers().restart().await,
            Inner::Served(served) => served.handlers().restart().await,
        }
    }
}
