//! What a crate compiles that depends on `restate`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::process::Command;

/// The packages that `restate` needs with these features, each with its own features.
fn packages(features: &[&str]) -> Vec<String> {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["tree", "--package", "restate", "--edges", "normal", "--offline", "--locked"])
        .args(["--prefix", "none", "--format", "{p} {f}"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn has(packages: &[String], name: &str, feature: &str) -> bool {
    let of_package = packages.iter().filter(|line| line.split(' ').next() == Some(name));
    of_package.into_iter().any(|line| {
        feature.is_empty()
            || line.rsplit(' ').next().is_some_and(|all| all.split(',').any(|it| it == feature))
    })
}

#[test]
fn services_in_the_process_need_no_http_client_and_no_tls() {
    let local = packages(&[]);
    assert!(has(&local, "hyper", "server"), "{local:#?}");
    assert!(!has(&local, "hyper", "client"), "{local:#?}");
    assert!(!has(&local, "restate-embedded", "deployments"), "{local:#?}");
    for package in ["rustls", "tokio-rustls", "ring", "rustls-native-certs", "bs58"] {
        assert!(!has(&local, package, ""), "{package}: {local:#?}");
    }
    // The names are those of the packages with deployments.
    let all = "deployments-tls,deployments-identity";
    let remote = packages(&["--features", all]);
    assert!(has(&remote, "hyper", "client"), "{remote:#?}");
    assert!(has(&remote, "restate-embedded", "deployments"), "{remote:#?}");
    for package in ["rustls", "tokio-rustls", "ring", "rustls-native-certs", "bs58"] {
        assert!(has(&remote, package, ""), "{package}: {remote:#?}");
    }
}
