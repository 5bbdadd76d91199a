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
    /// The first to succeed, or the failure of the last one if none does.
    AwaitAnySuccessful {
        /// What is awaited.
        commands: Vec<AwaitableCommand>,
    },
    /// The first to end, in success or failure.
    AwaitAny {
        /// What is awaited.
        commands: Vec<AwaitableCommand>,
    },
    /// A single one.
    AwaitOne {
        /// What is awaited.
        command: AwaitableCommand,
    },
    /// An awakeable, or the failure `await-timeout` when it takes too long.
    AwaitAwakeableOrTimeout {
        /// What the awakeable is called.
        awakeable_key: String,
        /// How long it may take.
        timeout_millis: u64,
    },
    /// As `AwaitAnySuccessful`.
    AwaitFirstSucceededOrAllFailed {
        /// What is awaited.
        commands: Vec<AwaitableCommand>,
    },
    /// As `AwaitAny`.
    AwaitFirstCompleted {
        /// What is awaited.
        commands: Vec<AwaitableCommand>,
    },
    /// All values joined by `|`, or the first failure.
    AwaitAllSucceededOrFirstFailed {
        /// What is awaited.
        commands: Vec<AwaitableCommand>,
    },
    /// `ok:` and the value, or `err:` and the message, of all joined by `|`.
    AwaitAllCompleted {
        /// What is awaited.
        commands: Vec<AwaitableCommand>,
    },
    /// Resolves an awakeable that was created before.
    ResolveAwakeable(ResolveAwakeable),
    /// Rejects an awakeable that was created before.
    RejectAwakeable(RejectAwakeable),
    /// A variable of the process's environment; empty if it is not set.
    GetEnvVariable {
        /// Its name.
        env_name: String,
    },
}

/// Something that can be awaited alone or together with others.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum AwaitableCommand {
    /// An awakeable, called this from now on.
    CreateAwakeable {
        /// What it is called.
        awakeable_key: String,
    },
    /// A timer; its value is `sleep`.
    Sleep {
        /// How long it runs.
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
    /// What it is called.
    pub awakeable_key: String,
    /// Its value.
    pub value: String,
}

/// An awakeable's failure.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RejectAwakeable {
    /// What it is called.
    pub awakeable_key: String,
    /// What to fail with.
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
