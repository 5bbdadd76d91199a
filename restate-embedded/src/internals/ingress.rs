use std::{
    io::Cursor,
    sync::{Arc, atomic::AtomicU64},
};

use restate_core::{
    Service,
    attempt::AttemptOptions,
    server::{Admission, Hosts, HttpLimits, Origins},
};
use tokio::io::{join, sink};

use crate::{
    engine::{
        handle::EngineHandle, inbox::Inbox, metrics::Metrics, remote::awaited::AwaitedDeployments,
    },
    http::{
        body::BodyLimits, gate::Gate, ingress::Ingress, refusal::ErrorSource, server::BareServer,
    },
    model::{
        catalog::{Catalog, SharedCatalog},
        settings::Settings,
    },
};

/// An ingress without an engine behind it: it reads requests and checks them, and answers that the engine
/// has stopped where others would store them.
pub struct BareIngress(BareServer<Ingress>);

impl BareIngress {
    /// An ingress for these services.
    ///
    /// # Panics
    ///
    /// When two of them have the same name.
    pub fn new(services: Vec<Arc<dyn Service>>) -> Self {
        let inbox = Inbox::default();
        inbox.close();
        let message_limit = Settings::default().size_limits.message;
        let catalog = Catalog::new(services).expect("each service has its name");
        let shared_catalog = SharedCatalog::new(catalog);
        let catalog = shared_catalog.clone();
        let metrics = Metrics { catalog, engine: Arc::default(), database: None };
        let engine = EngineHandle {
            awaited: AwaitedDeployments::default(),
            draining: Arc::default(),
            #[cfg(feature = "deployments")]
            security: crate::engine::remote::security::Security::default(),
            shared_catalog,
            metrics: Arc::new(metrics),
            clock: AttemptOptions::default().clock,
            inbox: Arc::new(inbox),
            waiters: Arc::new(AtomicU64::new(0)),
            is_of_server: true,
            message_limit,
            #[cfg(feature = "grpc")]
            serving: Arc::new(tokio::sync::watch::Sender::new(restate_grpc::Serving::Failed)),
        };
        let admission = Admission::new(HttpLimits::new());
        let bodies = BodyLimits { length: message_limit, admission: admission.clone() };
        let gate = Gate {
            hosts: Hosts::new(Vec::new()).expect("no name is malformed"),
            origins: Origins::default(),
            tokens: None,
            source: ErrorSource::Ingress,
        };
        Self(BareServer::new(Ingress::new(engine, bodies), gate, admission))
    }

    /// Answers the requests in these bytes, as of a client that sends no more. Needs a tokio runtime with
    /// a timer.
    pub async fn answer(&self, bytes: Vec<u8>) {
        self.0.answer(join(Cursor::new(bytes), sink())).await;
    }
}

impl std::fmt::Debug for BareIngress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BareIngress").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use restate_core::{
        attempt::{HandlerFuture, HandlerRequest},
        contract::{HandlerDescriptor, ServiceDescriptor},
    };
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    struct Echo;

    impl Service for Echo {
        fn descriptor(&self) -> &'static ServiceDescriptor {
            const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service(
                "Echo",
                &[HandlerDescriptor::plain::<String, String>("echo")],
            );
            &DESCRIPTOR
        }

        fn handle<'a>(&'a self, _: &str, request: HandlerRequest<'a>) -> HandlerFuture<'a> {
            request.unknown_handler("it never runs")
        }
    }

    #[tokio::test]
    async fn requests_are_read_to_their_end() {
        let ingress = BareIngress::new(vec![Arc::new(Echo)]);
        for (body, status) in [("\"text\"", "503"), ("7", "400")] {
            let (mut client, server) = duplex(1 << 16);
            let length = body.len();
            let head = "POST /Echo/echo HTTP/1.1\r\nhost: localhost\r\nconnection: close";
            let request = format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}");
            client.write_all(request.as_bytes()).await.unwrap();
            ingress.0.answer(server).await;
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        }
    }
}
