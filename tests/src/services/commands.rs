//! Programs of durable operations, as JSON.

use serde::{Deserialize, Serialize};

/// A program.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct InterpretRequest {
    /// Executed one after the other.
    pub commands: Vec<Command>,
}

/// A step of a program; it results in a string.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Command {
    /// The first success, or the failure of the last one if none succeeds.
    AwaitAnySuccessful {
        /// The awaited operations.
        commands: Vec<AwaitableCommand>,
    },
    /// The first to end, in success or failure.
    AwaitAny {
        /// The awaited operations.
        commands: Vec<AwaitableCommand>,
    },
    /// A single operation.
    AwaitOne {
        /// The awaited operations.
        command: AwaitableCommand,
    },
    /// An awakeable, or the failure `await-timeout` after a time.
    AwaitAwakeableOrTimeout {
        /// The name of the awakeable in the program.
        awakeable_key: String,
        /// The time limit.
        timeout_millis: u64,
    },
    /// Like `AwaitAnySuccessful`.
    AwaitFirstSucceededOrAllFailed {
        /// The awaited operations.
        commands: Vec<AwaitableCommand>,
    },
    /// Like `AwaitAny`.
    AwaitFirstCompleted {
        /// The awaited operations.
        commands: Vec<AwaitableCommand>,
    },
    /// All values joined by `|`, or the first failure.
    AwaitAllSucceededOrFirstFailed {
        /// The awaited operations.
        commands: Vec<AwaitableCommand>,
    },
    /// `ok:` with the value or `err:` with the message of each, joined by `|`.
    AwaitAllCompleted {
        /// The awaited operations.
        commands: Vec<AwaitableCommand>,
    },
    /// Resolves an awakeable that was created before.
    ResolveAwakeable(ResolveAwakeable),
    /// Rejects an awakeable that was created before.
    RejectAwakeable(RejectAwakeable),
    /// An environment variable; empty if it is unset.
    GetEnvVariable {
        /// Its name.
        env_name: String,
    },
}

/// An operation that can be awaited, alone or with others.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum AwaitableCommand {
    /// A new awakeable.
    CreateAwakeable {
        /// Its name in the program.
        awakeable_key: String,
    },
    /// A timer; its value is `sleep`.
    Sleep {
        /// Its duration.
        timeout_millis: u64,
    },
    /// A `run` closure that returns a value.
    RunReturns {
        /// The value.
        value: String,
    },
    /// A `run` closure that fails for good.
    RunThrowTerminalException {
        /// The failure's message.
        reason: String,
    },
    /// A signal.
    CreateSignal {
        /// Its name.
        signal_name: String,
    },
}

/// An awakeable's value.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResolveAwakeable {
    /// Its name in the program.
    pub awakeable_key: String,
    /// Its value.
    pub value: String,
}

/// An awakeable's failure.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RejectAwakeable {
    /// Its name in the program.
    pub awakeable_key: String,
    /// The message of the failure.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn programs_are_written_as_in_the_contract() {
        let program = InterpretRequest {
            commands: vec![
                Command::AwaitAnySuccessful {
                    commands: vec![
                        AwaitableCommand::CreateAwakeable { awakeable_key: "a".into() },
                        AwaitableCommand::Sleep { timeout_millis: 7 },
                        AwaitableCommand::RunReturns { value: "v".into() },
                        AwaitableCommand::RunThrowTerminalException { reason: "r".into() },
                        AwaitableCommand::CreateSignal { signal_name: "s".into() },
                    ],
                },
                Command::AwaitAwakeableOrTimeout { awakeable_key: "a".into(), timeout_millis: 7 },
                Command::RejectAwakeable(RejectAwakeable {
                    awakeable_key: "a".into(),
                    reason: "r".into(),
                }),
                Command::GetEnvVariable { env_name: "HOME".into() },
            ],
        };
        let expected = json!({ "commands": [
            { "type": "awaitAnySuccessful", "commands": [
                { "type": "createAwakeable", "awakeableKey": "a" },
                { "type": "sleep", "timeoutMillis": 7 },
                { "type": "runReturns", "value": "v" },
                { "type": "runThrowTerminalException", "reason": "r" },
                { "type": "createSignal", "signalName": "s" },
            ] },
            { "type": "awaitAwakeableOrTimeout", "awakeableKey": "a", "timeoutMillis": 7 },
            { "type": "rejectAwakeable", "awakeableKey": "a", "reason": "r" },
            { "type": "getEnvVariable", "envName": "HOME" },
        ] });
        assert_eq!(serde_json::to_value(program).unwrap(), expected);
    }
}
