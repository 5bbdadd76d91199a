//! grpcio, the client for Python.

use std::{env, process::Command};

use serde_json::{Value, json};

use super::program::{self, descriptors, target};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/grpcio.py");

const WAY_OUT: &str = "install grpcio with `cargo xtask rpc-clients` (needs python3 with pip), or set \
                       GRPCIO to a directory that has it";

/// Calls over gRPC, and uses reflection and health.
///
/// # Panics
///
/// If an answer is not that of the services, whose state is as they have started with.
pub async fn calls(origin: &str) {
    let address = origin.trim_start_matches("http://").to_owned();
    let run = move || {
        let descriptors = descriptors();
        let modules = env::var_os("GRPCIO").unwrap_or_else(|| target().join("grpcio").into());
        let python = &mut Command::new("python3");
        python.arg(SCRIPT).arg(address).arg(descriptors.path());
        program::run(python.env("PYTHONPATH", modules), WAY_OUT)
    };
    let printed = tokio::task::spawn_blocking(run).await.unwrap();
    let received: Value = serde_json::from_str(&printed).unwrap();
    let expected = json!({
        "text": "Good day, Pete",
        "hasId": true,
        "long": 3010,
        "pieces": [2, 2],
        "failed": ["ALREADY_EXISTS", "100 % no, Zoë"],
        "late": "DEADLINE_EXCEEDED",
        "reflected": {
            "listed": ["shop.v1.Desk", "shop.v1.Note", "shop.v1.Order", "shop.v1.Stock", "shop.v1.Till"],
            "greet": ["shop.v1.GreetRequest", "text"],
            "hidden": null,
            "key": true,
        },
        "health": { "all": "SERVING", "watched": "SERVING", "unknown": "NOT_FOUND" },
    });
    assert_eq!(received, expected);
}
