//! A Restate server, through its admin interface.

use restate_embedded::Recording;
use serde_json::{Value, json};

use crate::{
    admin::{Admin, Method},
    failure::{Cause, Failure},
};

/// In the JSON Schema of fields that people must not see.
const REDACTED: &str = "x-debug-redact";

/// The filters that a server's table of invocations can apply, and their columns.
const COLUMNS: [(&str, &str); 6] = [
    ("service", "target_service_name"),
    ("handler", "target_handler_name"),
    ("key", "target_service_key"),
    ("scope", "scope"),
    ("limit_key", "limit_key"),
    ("status", "status"),
];

/// A Restate server.
pub(crate) struct Server<'a> {
    admin: &'a Admin,
}

impl<'a> Server<'a> {
    /// The server at this address; `None` if it is an embedded engine.
    pub(crate) fn at(admin: &'a Admin) -> Result<Option<Self>, Failure> {
        let version = admin.request(Method::Get, &["version"], &[], b"")?;
        // The embedded engine has no optional features, and answers with fields that a server requires.
        let has_features = version["features"].as_object().is_some_and(|it| !it.is_empty());
        let is_server = has_features || version["ingress_endpoint"].is_string();
        Ok(is_server.then_some(Self { admin }))
    }

    /// The server at this address, which is one.
    pub(crate) fn known(admin: &'a Admin) -> Self {
        Self { admin }
    }

    /// The rows that a query finds.
    pub(crate) fn rows(&self, query: &str) -> Result<Vec<Value>, Failure> {
        let body = json!({ "query": query }).to_string();
        let headers = [("content-type", "application/json"), ("accept", "application/json")];
        let answer = self.admin.ask(Method::Post, &["query"], &[], &headers, body.as_bytes())?;
        let answer: Value = serde_json::from_slice(&answer.body)
            .map_err(|error| format!("the server's answer to a query is not JSON: {error}"))?;
        Ok(answer["rows"].as_array().cloned().unwrap_or_default())
    }

    /// The invocations that match these filters, newest first.
    pub(crate) fn invocations(&self, filters: &[String]) -> Result<Vec<Value>, Failure> {
        let (mut conditions, mut limit) = (vec!["true".to_owned()], String::new());
        for filter in filters {
            let (name, value) = filter.split_once('=').unwrap_or((filter, ""));
            match COLUMNS.iter().find(|(known, _)| *known == name) {
                Some((_, column)) => conditions.push(format!("{column} = {}", quoted(value))),
                None if name == "limit" && value.parse::<u32>().is_ok() => {
                    limit = format!("LIMIT {value}");
                }
                None => {
                    let message = format!(
                        "`{filter}` is no filter for a Restate server; the filters are service=.., \
                         handler=.., key=.., scope=.., limit_key=.., status=.. and limit=100"
                    );
                    return Err(Failure::new(Cause::Invalid, message));
                }
            }
        }
        let conditions = conditions.join(" AND ");
        self.rows(&format!(
            "SELECT id, target_service_name, target_handler_name, target_service_key, scope, limit_key, \
             idempotency_key FROM sys_invocation WHERE {conditions} ORDER BY created_at DESC {limit}"
        ))
    }

    /// The journal of an invocation, if there is one.
    pub(crate) fn recording(
        &self,
        invocation: &Value,
        reveals_all: bool,
    ) -> Result<Option<Recording>, Failure> {
        let id = invocation["id"].as_str().unwrap_or_default();
        let service = invocation["target_service_name"].as_str().unwrap_or_default();
        if !reveals_all && self.has_redacted_fields(service)? {
            let message = format!(
                "messages of `{service}` have fields that people must not see, and a Restate server cannot \
                 tell them from others; record everything as it is stored, with `--reveal all`, and call \
                 `Recording::redacted` with the contract before you keep the files"
            );
            return Err(Failure::new(Cause::Forbidden, message));
        }
        let journal = self.rows(&format!(
            "SELECT \"index\", entry_type, version, raw FROM sys_journal WHERE id = {} ORDER BY \"index\"",
            quoted(id)
        ))?;
        if journal.is_empty() {
            return Ok(None);
        }
        let recording = Recording::of_server(invocation, &journal);
        recording.map(Some).map_err(|error| format!("{id} cannot be recorded: {error}").into())
    }

    /// Whether the schemas of a service have fields with `debug_redact`.
    fn has_redacted_fields(&self, service: &str) -> Result<bool, Failure> {
        match self.admin.request(Method::Get, &["services", service], &[], b"") {
            Ok(service) => Ok(service.to_string().contains(REDACTED)),
            // It has no deployment any more, and no journal of it can be replayed through its contract.
            Err(Failure { cause: Cause::NotFound, .. }) => Ok(false),
            Err(failure) => Err(failure),
        }
    }
}

/// A text in SQL.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
