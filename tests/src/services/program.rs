//! Programs of numbered commands, as JSON.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A program.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Program {
    /// Executed one after the other.
    pub commands: Vec<InterpreterCommand>,
}

/// A step of a program; in JSON its kind is a number.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub enum InterpreterCommand {
    /// Writes a key of state.
    SetState {
        /// The key's number.
        key: i32,
    },
    /// Reads a key of state.
    GetState {
        /// The key's number.
        key: i32,
    },
    /// Removes a key of state.
    ClearState {
        /// The key's number.
        key: i32,
    },
    /// Adds 1 to the counter.
    IncrementStateCounter,
    /// Makes a service call back to add 1 to the counter.
    IncrementStateCounterIndirectly,
    /// Sleeps.
    Sleep {
        /// The duration in milliseconds.
        duration: i32,
    },
    /// Calls a service.
    CallService,
    /// Calls a service that responds after a time.
    CallSlowService {
        /// The time in milliseconds.
        sleep: i32,
    },
    /// Makes a service call back after a delay to add 1 to the counter.
    IncrementViaDelayedCall {
        /// The delay in milliseconds.
        duration: i32,
    },
    /// Runs a closure.
    SideEffect,
    /// Runs a closure that fails half of the time.
    ThrowingSideEffect,
    /// Runs a slow closure.
    SlowSideEffect,
    /// Calls a service that fails with a terminal error, and continues.
    RecoverTerminalCall,
    /// Like `RecoverTerminalCall`, but continues before the service has failed.
    RecoverTerminalCallMaybeUnAwaited,
    /// Waits for the result of an earlier command.
    AwaitPromise {
        /// The index of the command in the program.
        index: i32,
    },
    /// Makes a service resolve an awakeable.
    ResolveAwakeable,
    /// Makes a service reject an awakeable.
    RejectAwakeable,
    /// Adds 1 to the counter after an exchange of awakeables.
    IncrementStateCounterViaAwakeable,
    /// Makes another object execute a program.
    CallObject {
        /// The object's number.
        key: i32,
        /// The program.
        program: Program,
    },
}

/// A command as JSON has it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Fields {
    kind: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sleep: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<Program>,
}

impl From<InterpreterCommand> for Fields {
    fn from(command: InterpreterCommand) -> Self {
        use InterpreterCommand as C;

        let of = |kind| Self { kind, ..Self::default() };
        match command {
            C::SetState { key } => Self { key: Some(key), ..of(1) },
            C::GetState { key } => Self { key: Some(key), ..of(2) },
            C::ClearState { key } => Self { key: Some(key), ..of(3) },
            C::IncrementStateCounter => of(4),
            C::IncrementStateCounterIndirectly => of(5),
            C::Sleep { duration } => Self { duration: Some(duration), ..of(6) },
            C::CallService => of(7),
            C::CallSlowService { sleep } => Self { sleep: Some(sleep), ..of(8) },
            C::IncrementViaDelayedCall { duration } => Self { duration: Some(duration), ..of(9) },
            C::SideEffect => of(10),
            C::ThrowingSideEffect => of(11),
            C::SlowSideEffect => of(12),
            C::RecoverTerminalCall => of(13),
            C::RecoverTerminalCallMaybeUnAwaited => of(14),
            C::AwaitPromise { index } => Self { index: Some(index), ..of(15) },
            C::ResolveAwakeable => of(16),
            C::RejectAwakeable => of(17),
            C::IncrementStateCounterViaAwakeable => of(18),
            C::CallObject { key, program } => {
                Self { key: Some(key), program: Some(program), ..of(19) }
            }
        }
    }
}

impl TryFrom<Fields> for InterpreterCommand {
    type Error = NoCommand;

    fn try_from(fields: Fields) -> Result<Self, NoCommand> {
        let Fields { kind, key, duration, sleep, index, program } = fields;
        let lacks = |field| NoCommand { kind, lacks: Some(field) };
        let key = key.ok_or_else(|| lacks("key"));
        let duration = duration.ok_or_else(|| lacks("duration"));
        Ok(match kind {
            1 => Self::SetState { key: key? },
            2 => Self::GetState { key: key? },
            3 => Self::ClearState { key: key? },
            4 => Self::IncrementStateCounter,
            5 => Self::IncrementStateCounterIndirectly,
            6 => Self::Sleep { duration: duration? },
            7 => Self::CallService,
            8 => Self::CallSlowService { sleep: sleep.ok_or_else(|| lacks("sleep"))? },
            9 => Self::IncrementViaDelayedCall { duration: duration? },
            10 => Self::SideEffect,
            11 => Self::ThrowingSideEffect,
            12 => Self::SlowSideEffect,
            13 => Self::RecoverTerminalCall,
            14 => Self::RecoverTerminalCallMaybeUnAwaited,
            15 => Self::AwaitPromise { index: index.ok_or_else(|| lacks("index"))? },
            16 => Self::ResolveAwakeable,
            17 => Self::RejectAwakeable,
            18 => Self::IncrementStateCounterViaAwakeable,
            19 => Self::CallObject { key: key?, program: program.ok_or_else(|| lacks("program"))? },
            _ => return Err(NoCommand { kind, lacks: None }),
        })
    }
}

/// JSON that is not a command.
struct NoCommand {
    kind: u8,
    lacks: Option<&'static str>,
}

impl fmt::Display for NoCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lacks {
            Some(field) => write!(f, "a command of kind {} needs `{field}`", self.kind),
            None => write!(f, "there is no command of kind {}; kinds are 1 to 19", self.kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn commands_are_written_and_read_as_in_the_contract() {
        for kind in 1..=19 {
            let mut json = json!({ "kind": kind });
            match kind {
                1..=3 => json["key"] = json!(7),
                6 | 9 => json["duration"] = json!(7),
                8 => json["sleep"] = json!(7),
                15 => json["index"] = json!(7),
                19 => {
                    json["key"] = json!(7);
                    json["program"] = json!({ "commands": [{ "kind": 4 }] });
                }
                _ => {}
            }
            let command: InterpreterCommand = from_value(json.clone()).unwrap();
            assert_eq!(to_value(command).unwrap(), json);
        }
    }

    #[test]
    fn a_command_without_its_fields_is_rejected() {
        let refused = |json| from_value::<InterpreterCommand>(json).unwrap_err().to_string();
        assert_eq!(refused(json!({ "kind": 6 })), "a command of kind 6 needs `duration`");
        let unknown = "there is no command of kind 20; kinds are 1 to 19";
        assert_eq!(refused(json!({ "kind": 20 })), unknown);
    }
}
