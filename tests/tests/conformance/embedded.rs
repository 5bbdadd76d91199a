//! The embedded engine with its services in this process.

use crate::{
    configuration::Configuration,
    local_engine::{LocalEngine, services_of},
    system::Needs,
};

pub async fn start(configuration: Configuration, needs: &Needs) -> LocalEngine {
    let services = services_of(configuration, needs);
    LocalEngine::start(configuration, needs, move |builder| {
        services.iter().cloned().fold(builder, |builder, service| builder.bind(service))
    })
    .await
}
