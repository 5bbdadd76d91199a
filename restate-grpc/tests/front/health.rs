//! Health in front of a Restate server, which is that of its ingress.

use prost::Message;
use serde_json::{Value, json};

use crate::{
    clients::{Tonic, connect},
    program::Program,
    world::{World, dead},
};

/// `grpc.health.v1.HealthCheckRequest`
#[derive(Clone, PartialEq, Message)]
struct Check {
    #[prost(string, tag = "1")]
    service: String,
}

/// `grpc.health.v1.HealthCheckResponse`
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    status: i32,
}

const SERVING: i32 = 1;
const NOT_SERVING: i32 = 2;

async fn check(program: &Program, service: &str) -> Value {
    let body = json!({ "service": service }).to_string();
    connect(&program.origin, "/grpc.health.v1.Health/Check", &[], &body).await.json()
}

async fn wait_for(program: &Program, status: &str) {
    while check(program, "").await != json!({ "status": status }) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_are_healthy_as_long_as_the_ingress_is() {
    let mut world = World::start().await;
    let program = Program::start(|command| {
        command.args(["--ingress", &dead(), "--ingress", &world.ingress()]);
    });
    assert_eq!(check(&program, "shop.v1.Desk").await, json!({ "status": "SERVING" }));
    let mut tonic = Tonic::of(&program.origin);
    let desk = Check { service: "shop.v1.Desk".to_owned() };
    let watch = "/grpc.health.v1.Health/Watch";
    let mut watched = tonic.stream::<_, Status>(watch, desk).await;
    assert_eq!(watched.message().await.unwrap(), Some(Status { status: SERVING }));

    world.server.crash();
    wait_for(&program, "NOT_SERVING").await;
    assert_eq!(watched.message().await.unwrap(), Some(Status { status: NOT_SERVING }));
    for service in ["shop.v1.Desk", "restate.v1.Ingress"] {
        assert_eq!(check(&program, service).await, json!({ "status": "NOT_SERVING" }));
    }
    let list = connect(&program.origin, "/grpc.health.v1.Health/List", &[], "{}").await.json();
    assert_eq!(list["statuses"]["shop.v1.Desk"], json!({ "status": "NOT_SERVING" }));
    assert_eq!(check(&program, "shop.v1.Safe").await["code"], "not_found");

    world.server.restart().await;
    wait_for(&program, "SERVING").await;
    assert_eq!(watched.message().await.unwrap(), Some(Status { status: SERVING }));
}
