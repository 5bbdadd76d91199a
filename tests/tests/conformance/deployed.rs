//! The embedded engine without services of its own, and handlers that it drives over HTTP.

use restate_embedded::DeploymentAddress;
use restate_tests::client;

use crate::{
    configuration::{Configuration, Platform},
    handlers::Handlers,
    local_engine::{LocalEngine, services_of},
    request_signing,
    system::Needs,
};

pub struct Deployed {
    pub engine: LocalEngine,
    handlers: Handlers,
    platform: Platform,
}

impl Deployed {
    pub async fn start(platform: Platform, configuration: Configuration, needs: &Needs) -> Self {
        let handlers = match platform {
            Platform::Program => Handlers::program(needs.identity_key).await,
            _ => Handlers::endpoint(services_of(configuration, needs), needs.identity_key).await,
        };
        let over_http_11 = configuration == Configuration::RequestResponse;
        let (address, signs) = (handlers.address(), needs.identity_key.is_some());
        let engine = LocalEngine::start(configuration, needs, move |builder| {
            let address = DeploymentAddress::new(format!("http://{address}"));
            let address = if over_http_11 { address.use_http_11() } else { address };
            let builder = builder.deployment(address);
            match signs {
                true => builder.request_identity(request_signing::PRIVATE_KEY).unwrap(),
                false => builder,
            }
        })
        .await;
        // The engine does not wait at its start for a deployment that is slow to describe itself. This does, as
        // a registration is answered once the engine knows the services.
        let deployment = format!(r#"{{"uri":"http://{address}","use_http_11":{over_http_11}}}"#);
        let answer = client::post_json(engine.admin(), "/deployments", deployment).await.unwrap();
        assert!(answer.status.is_success(), "{}", answer.text());
        Self { engine, handlers, platform }
    }

    pub fn platform(&self) -> Platform {
        self.platform
    }

    pub fn handlers(&mut self) -> &mut Handlers {
        &mut self.handlers
    }
}
