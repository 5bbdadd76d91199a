use std::{path::Path, thread};

use restate_embedded::Engine;
use serde_json::Value;
use tokio::runtime;

use crate::admin::Admin;

/// Uses the admin interface of an engine that runs for this command only, on the data directory of one that
/// is stopped. It has no services, so that no handler starts.
pub(crate) fn with_admin<F>(data: &Path, work: F) -> Result<Value, String>
where
    F: FnOnce(Admin) -> Result<Value, String> + Send,
{
    // An engine would create the directory.
    let database = data.join("restate.sqlite");
    if !database.exists() {
        let database = database.display();
        return Err(format!("there is no `{database}`; name the data directory with `--data`"));
    }
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no engine can be started: {error}"))?;
    let builder = Engine::builder().data_dir(data).admin("127.0.0.1:0");
    let engine = runtime.block_on(builder.start()).map_err(|error| error.to_string())?;
    let address = engine.admin_addr().map(|address| format!("http://{address}"));
    let admin = Admin::new(&address.unwrap_or_default(), None);
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
