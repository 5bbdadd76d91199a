use std::{path::Path, thread};

use restate_embedded::{Engine, Tokens};
use serde_json::Value;
use tokio::runtime;

use crate::{
    admin::Admin,
    failure::{Cause, Failure},
};

/// Uses the admin interface of an engine that runs for this command only, on the data directory of one that
/// is stopped. It has no services, so that no handler starts.
pub(crate) fn with_admin<F>(data: &Path, work: F) -> Result<Value, Failure>
where
    F: FnOnce(Admin) -> Result<Value, Failure> + Send,
{
    // An engine would create the directory.
    let database = data.join("restate.sqlite");
    if !database.exists() {
        let database = database.display();
        let message = format!("there is no `{database}`; name the data directory with `--data`");
        return Err(Failure::new(Cause::NotFound, message));
    }
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no engine can be started: {error}"))?;
    // Other users of this machine can reach the address, too.
    let token = random_token()?;
    let builder = Engine::builder().data_dir(data).withhold_keys().admin("127.0.0.1:0");
    let builder = builder.admin_tokens(Tokens::text(format!("cli change {token}")));
    let engine = runtime.block_on(builder.start()).map_err(|error| error.to_string())?;
    let address = engine.admin_addr().map(|address| format!("http://{address}"));
    let admin = Admin::new(&address.unwrap_or_default(), Some(token), None)?;
    let (done, outcome) = tokio::sync::oneshot::channel();
    thread::scope(|scope| {
        scope.spawn(|| done.send(work(admin)));
        runtime.block_on(async {
            let outcome = outcome.await.map_err(|_| "the command panicked".to_owned());
            engine.shutdown().await.map_err(|error| error.to_string())?;
            outcome?
        })
    })
}

/// A token that nobody can guess.
fn random_token() -> Result<String, String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| format!("the system has no random bytes: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use restate_embedded::Engine;
    use tokio::runtime;

    use super::*;
    use crate::admin::Method;

    #[test]
    fn nobody_else_can_use_the_admin_interface_of_a_command() {
        let directory = tempfile::tempdir().unwrap();
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let engine = Engine::builder().data_dir(directory.path()).start().await.unwrap();
            engine.shutdown().await.unwrap();
        });
        let listed = with_admin(directory.path(), |admin| {
            let stranger = admin.without_token();
            let refused = stranger.request(Method::Get, &["invocations"], &[], b"").unwrap_err();
            assert_eq!(refused.cause, Cause::Forbidden);
            let refused = refused.message;
            assert!(refused.contains("needs a token"), "{refused}");
            admin.request(Method::Get, &["invocations"], &[], b"")
        });
        assert_eq!(listed.unwrap()["invocations"], serde_json::json!([]));
        assert_ne!(random_token().unwrap(), random_token().unwrap());
    }
}
