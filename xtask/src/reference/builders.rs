//! What can be set in code, with the defaults: builders, limits and settings.

use std::fmt::Write as _;

use super::{
    cell, read,
    rust::{Setter, setters},
};
use crate::command::Failed;

const INTRODUCTION: &str = "\
# Options and limits in code

All that can be set where a program makes an engine, an endpoint or a client, and the limits of each. Sizes are in bytes.
`cargo xtask reference` makes this page from the documentation of the crates, which has more about each.
";

/// A section of the page.
struct Section {
    title: &'static str,
    type_name: &'static str,
    files: &'static [&'static str],
}

const SECTIONS: [Section; 8] = [
    Section {
        title: "The embedded engine: `Engine::builder()`",
        type_name: "EngineBuilder",
        files: &[
            "restate-embedded/src/engine/builder.rs",
            "restate-embedded/src/engine/builder/http.rs",
            "restate-embedded/src/engine/builder/deployments.rs",
        ],
    },
    Section {
        title: "Limits of sizes: `Engine::builder()`",
        type_name: "EngineBuilder",
        files: &["restate-embedded/src/engine/builder/size_limits.rs"],
    },
    Section {
        title: "Limits of clients: `HttpLimits`",
        type_name: "HttpLimits",
        files: &["restate-core/src/server/limits.rs"],
    },
    Section {
        title: "Limits of SQL: `SqlLimits`",
        type_name: "SqlLimits",
        files: &["restate-embedded/src/model/sql_limits.rs"],
    },
    Section {
        title: "An endpoint: `Endpoint::builder()`",
        type_name: "EndpointBuilder",
        files: &["restate-endpoint/src/builder.rs"],
    },
    Section {
        title: "A client: `IngressClient::builder(address)`",
        type_name: "IngressClientBuilder",
        files: &["restate-ingress/src/client/builder.rs"],
    },
    Section {
        title: "Services and handlers: `Settings`",
        type_name: "Settings",
        files: &["restate-core/src/contract/settings.rs"],
    },
    Section {
        title: "Retries: `RetryPolicy`",
        type_name: "RetryPolicy",
        files: &["restate-core/src/contract/retry_policy.rs"],
    },
];

/// A limit that nothing sets, and the constant that it is.
struct Fixed {
    what: &'static str,
    file: &'static str,
    constant: &'static str,
}

const FIXED: [Fixed; 7] = [
    Fixed {
        what: "bytes of the key of an object or workflow, and of an idempotency key",
        file: "restate-embedded/src/model/keys.rs",
        constant: "MAX_KEY_LENGTH",
    },
    Fixed {
        what: "the highest `message_limit`",
        file: "restate-embedded/src/model/size_limits.rs",
        constant: "MAX_MESSAGE",
    },
    Fixed {
        what: "rules of limits",
        file: "restate-embedded/src/model/rules.rs",
        constant: "MAX_RULES",
    },
    Fixed {
        what: "levels of nested messages",
        file: "restate-core/src/payload/nesting.rs",
        constant: "MAX_LEVELS",
    },
    Fixed {
        what: "levels of arrays and objects in the JSON of serde types",
        file: "restate-core/src/payload/json/text.rs",
        constant: "MAX_LEVELS",
    },
    Fixed {
        what: "invocations in one answer of the admin interface",
        file: "restate-embedded/src/http/admin/filter.rs",
        constant: "MAX_LIMIT",
    },
    Fixed {
        what: "invocations in one batch operation of the admin interface",
        file: "restate-embedded/src/http/admin/batch.rs",
        constant: "MAX_LENGTH",
    },
];

pub(super) fn page() -> Result<String, Failed> {
    let mut page = INTRODUCTION.to_owned();
    for Section { title, type_name, files } in &SECTIONS {
        writeln!(page, "\n## {title}\n\n| Method | Meaning |\n|---|---|").expect(ANY_TEXT);
        for file in *files {
            let parsed = syn::parse_file(&read(file)?).map_err(|error| unreadable(file, &error))?;
            let found = setters(&parsed, type_name);
            if found.is_empty() {
                return Err(unreadable(file, &format!("it has no methods of {type_name}")));
            }
            for Setter { call, meaning } in found {
                writeln!(page, "| `{call}` | {} |", cell(&meaning)).expect(ANY_TEXT);
            }
        }
    }
    page.push_str(
        "\n## Limits that cannot be changed\n\n| Limit | Of the embedded engine |\n|--:|---|\n",
    );
    for Fixed { what, file, constant } in &FIXED {
        let source = read(file)?;
        let value = value_of(&source, constant).ok_or_else(|| unreadable(file, constant))?;
        writeln!(page, "| {value} | {what} |").expect(ANY_TEXT);
    }
    page.push_str("| 36 | characters of a scope, and of each of the two levels of a limit key |\n");
    Ok(page)
}

const ANY_TEXT: &str = "a string takes any text";

/// The value of a constant, for people.
fn value_of(source: &str, constant: &str) -> Option<String> {
    let (_, after) = source.split_once(&format!("const {constant}: "))?;
    let (_, after) = after.split_once(" = ")?;
    let value = after.split_once(';')?.0;
    Some(value.replace(" << 20", " MiB").replace('_', ","))
}

fn unreadable(file: &str, error: &dyn std::fmt::Display) -> Failed {
    Failed::Links(format!("docs/reference/builders.md cannot be made from {file}: {error}"))
}
