//! Carries out the commands that an admin interface answers.

use serde_json::{Value, json};

use crate::{
    admin::{Admin, Method},
    arguments::{Command, InvocationPart, Rules, Selection, State},
    failure::{Cause, Failure},
    record::record,
};

/// Carries out a command. Returns what is shown.
pub(crate) fn execute(admin: &Admin, command: Command) -> Result<Value, Failure> {
    match command {
        Command::Ls { filters, wide: _ } => {
            let found = admin.request(Method::Get, &["invocations"], &filters, b"")?;
            Ok(found["invocations"].clone())
        }
        Command::Describe { id } => {
            let mut invocation = admin.request(Method::Get, &["invocations", &id], &[], b"")?;
            let journal = admin.request(Method::Get, &["invocations", &id, "journal"], &[], b"")?;
            invocation["journal"] = journal["entries"].clone();
            invocation["result"] = journal["result"].clone();
            Ok(invocation)
        }
        Command::Invocations(InvocationPart::Journal { id }) => {
            let mut invocation = admin.request(Method::Get, &["invocations", &id], &[], b"")?;
            let journal = admin.request(Method::Get, &["invocations", &id, "journal"], &[], b"")?;
            let (entries, result) = (&journal["entries"], &journal["result"]);
            let [target, status] = ["target", "status"].map(|name| invocation[name].take());
            Ok(json!({
                "id": id, "target": target, "status": status, "entries": entries, "result": result,
            }))
        }
        Command::Cancel(selection) => control(admin, "cancel", &selection, None),
        Command::Kill(selection) => control(admin, "kill", &selection, None),
        Command::Pause(selection) => control(admin, "pause", &selection, None),
        Command::Resume { selection, deployment } => {
            control(admin, "resume", &selection, Some(&format!("deployment={deployment}")))
        }
        Command::Purge(selection) => control(admin, "purge", &selection, None),
        Command::Restart { id, from, deployment } => {
            let query = [format!("from={from}"), format!("deployment={deployment}")];
            admin.request(Method::Post, &["invocations", &id, "restart-as-new"], &query, b"")
        }
        Command::Services { service: None } => {
            let found = admin.request(Method::Get, &["services"], &[], b"")?;
            Ok(found["services"].as_array().into_iter().flatten().map(service).collect())
        }
        Command::Services { service: Some(name) } => {
            let found = admin.request(Method::Get, &["services", &name], &[], b"")?;
            Ok(found["handlers"].clone())
        }
        Command::Record(options) => record(admin, &options),
        Command::Rules(rules) => execute_rules(admin, rules),
        Command::State(State::Get { service, key, scope }) => {
            let path = ["services", &service, "state", &key];
            Ok(admin.request(Method::Get, &path, &query(scope), b"")?["state"].clone())
        }
        Command::State(State::Set { service, key, name, value, scope }) => {
            let path = ["services", &service, "state", &key, &name];
            admin.request(Method::Put, &path, &query(scope), value.as_bytes())
        }
        Command::State(State::Clear { service, key, name, scope }) => {
            let path = ["services", &service, "state", &key, &name];
            admin.request(Method::Delete, &path, &query(scope), b"")
        }
        Command::Sql { query } => {
            let body = json!({ "query": query }).to_string();
            Ok(admin.request(Method::Post, &["query"], &[], body.as_bytes())?["rows"].clone())
        }
        Command::Backup { .. }
        | Command::Check
        | Command::Move(_)
        | Command::New(_)
        | Command::Completions { .. } => {
            unreachable!("they need no engine")
        }
        Command::Watch(_) | Command::Call(_) | Command::Send { .. } | Command::Drain { .. } => {
            unreachable!("they need an engine that runs")
        }
        #[cfg(feature = "serve")]
        Command::Serve(_) => unreachable!("it is the engine"),
    }
}

/// The line of one service.
fn service(service: &Value) -> Value {
    let handlers = service["handlers"].as_array().into_iter().flatten();
    let handlers: Vec<&str> = handlers.filter_map(|handler| handler["name"].as_str()).collect();
    json!({
        "name": service["name"],
        "type": service["ty"],
        "public": service["public"],
        "handlers": handlers.join(", "),
    })
}

fn execute_rules(admin: &Admin, rules: Rules) -> Result<Value, Failure> {
    match rules {
        Rules::Ls => admin.request(Method::Get, &["limits", "rules"], &[], b""),
        Rules::Set { pattern, concurrency, description, disabled } => {
            let limits = json!({ "concurrency": concurrency });
            let rule = json!([{
                "pattern": pattern,
                "limits": limits,
                "description": description,
                "disabled": disabled,
            }]);
            admin.request(Method::Put, &["limits", "rules"], &[], rule.to_string().as_bytes())
        }
        Rules::Rm { pattern } => {
            let rule = json!([{ "pattern": pattern }]).to_string();
            let path = ["limits", "rules", "bulk-delete"];
            let removed = admin.request(Method::Post, &path, &[], rule.as_bytes())?;
            match removed.as_array().is_some_and(Vec::is_empty) {
                true => {
                    let message = format!("there is no rule `{pattern}`; `rules ls` lists all");
                    Err(Failure::new(Cause::NotFound, message))
                }
                false => Ok(removed),
            }
        }
    }
}

fn query(scope: Option<String>) -> Vec<String> {
    scope.map(|scope| format!("scope={scope}")).into_iter().collect()
}

fn control(
    admin: &Admin,
    operation: &str,
    Selection { selection, dry_run }: &Selection,
    parameter: Option<&str>,
) -> Result<Value, Failure> {
    if *dry_run {
        return rehearse(admin, operation, selection);
    }
    let parameter = parameter.map(str::to_owned);
    let parameters = |filters: &[String]| [filters, parameter.as_slice()].concat();
    match &selection[..] {
        [id] if id.starts_with("inv_") => {
            admin.request(Method::Post, &["invocations", id, operation], &parameters(&[]), b"")
        }
        filters => {
            admin.request(Method::Post, &["invocations", operation], &parameters(filters), b"")
        }
    }
}

/// The invocations that an operation would be tried on.
fn rehearse(admin: &Admin, operation: &str, selection: &[String]) -> Result<Value, Failure> {
    let invocations = match selection {
        [id] if id.starts_with("inv_") => {
            vec![admin.request(Method::Get, &["invocations", id], &[], b"")?]
        }
        filters => {
            let found = admin.request(Method::Get, &["invocations"], filters, b"")?;
            found["invocations"].as_array().cloned().unwrap_or_default()
        }
    };
    Ok(json!({ "dry_run": true, "operation": operation, "invocations": invocations }))
}
