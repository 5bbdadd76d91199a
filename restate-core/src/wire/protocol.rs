//! Messages of Restate's service protocol, versions 5 to 7.
//!
//! Names, field numbers and types are the protocol's. Payloads are [`Bytes`](bytes::Bytes), so that decoding a
//! frame copies none of them.

mod command;
mod control;
mod notification;
mod value;

use std::fmt;

pub use command::{
    AttachInvocationCommand, CallCommand, ClearAllStateCommand, ClearStateCommand,
    CompleteAwakeableCommand, CompletePromiseCommand, Completion, EagerStateResult,
    GetEagerStateCommand, GetEagerStateKeysCommand, GetInvocationOutputCommand,
    GetLazyStateCommand, GetLazyStateKeysCommand, GetPromiseCommand, InputCommand,
    InvocationTarget, OneWayCallCommand, OutputCommand, OutputResult, PeekPromiseCommand,
    RunCommand, SendSignalCommand, SetStateCommand, SignalId, SignalResult, SleepCommand,
};
pub use control::{
    AwaitingOn, Combinator, End, ErrorBehavior, ErrorMessage, FutureTree, ProposeRunCompletion,
    ProposeRunCompletionAck, ProposedRunResult, Start, StateEntry, Suspension,
};
pub use notification::{Notification, NotificationId, NotificationResult};
pub use value::{
    Failure, FailureMetadata, Header, IdempotentRequestTarget, StateKeys, Value, Void,
    WorkflowTarget,
};

/// The newest protocol version both sides of this crate speak.
pub const VERSION: u32 = 7;

/// A message with a frame type of its own.
pub trait ProtocolMessage: prost::Message + Default {
    /// What a frame's header says when it carries this message.
    const TYPE: MessageType;
}

/// Declares the frame types, and which message each of them carries.
macro_rules! message_types {
    ($($(#[$doc:meta])* $name:ident = $id:literal $(: $message:ty)?,)*) => {
        /// The type in a frame's header.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum MessageType {
            $(
                $(#[$doc])*
                #[doc = concat!("Type ", stringify!($id), ".")]
                $name = $id,
            )*
        }

        impl MessageType {
            /// The type that a header's first 16 bits stand for; `None` if the protocol has no such type.
            pub fn from_id(id: u16) -> Option<Self> {
                match id {
                    $($id => Some(Self::$name),)*
                    _ => None,
                }
            }

            fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }

        $($(
            impl ProtocolMessage for $message {
                const TYPE: MessageType = MessageType::$name;
            }
        )?)*
    };
}

message_types! {
    Start = 0x0000: Start,
    Suspension = 0x0001: Suspension,
    Error = 0x0002: ErrorMessage,
    End = 0x0003: End,
    ProposeRunCompletion = 0x0005: ProposeRunCompletion,
    AwaitingOn = 0x0006: AwaitingOn,
    ProposeRunCompletionAck = 0x0007: ProposeRunCompletionAck,
    InputCommand = 0x0400: InputCommand,
    OutputCommand = 0x0401: OutputCommand,
    GetLazyStateCommand = 0x0402: GetLazyStateCommand,
    SetStateCommand = 0x0403: SetStateCommand,
    ClearStateCommand = 0x0404: ClearStateCommand,
    ClearAllStateCommand = 0x0405: ClearAllStateCommand,
    GetLazyStateKeysCommand = 0x0406: GetLazyStateKeysCommand,
    GetEagerStateCommand = 0x0407: GetEagerStateCommand,
    GetEagerStateKeysCommand = 0x0408: GetEagerStateKeysCommand,
    GetPromiseCommand = 0x0409: GetPromiseCommand,
    PeekPromiseCommand = 0x040A: PeekPromiseCommand,
    CompletePromiseCommand = 0x040B: CompletePromiseCommand,
    SleepCommand = 0x040C: SleepCommand,
    CallCommand = 0x040D: CallCommand,
    OneWayCallCommand = 0x040E: OneWayCallCommand,
    SendSignalCommand = 0x0410: SendSignalCommand,
    RunCommand = 0x0411: RunCommand,
    AttachInvocationCommand = 0x0412: AttachInvocationCommand,
    GetInvocationOutputCommand = 0x0413: GetInvocationOutputCommand,
    CompleteAwakeableCommand = 0x0414: CompleteAwakeableCommand,
    /// Body: [`Notification`].
    GetLazyStateCompletion = 0x8002,
    /// Body: [`Notification`].
    GetLazyStateKeysCompletion = 0x8006,
    /// Body: [`Notification`].
    GetPromiseCompletion = 0x8009,
    /// Body: [`Notification`].
    PeekPromiseCompletion = 0x800A,
    /// Body: [`Notification`].
    CompletePromiseCompletion = 0x800B,
    /// Body: [`Notification`].
    SleepCompletion = 0x800C,
    /// Body: [`Notification`].
    CallCompletion = 0x800D,
    /// Body: [`Notification`].
    CallInvocationIdCompletion = 0x800E,
    /// Body: [`Notification`].
    RunCompletion = 0x8011,
    /// Body: [`Notification`].
    AttachInvocationCompletion = 0x8012,
    /// Body: [`Notification`].
    GetInvocationOutputCompletion = 0x8013,
    /// Body: [`Notification`].
    Signal = 0xFBFF,
}

impl MessageType {
    /// The number in a frame's header.
    pub fn id(self) -> u16 {
        self as u16
    }

    /// Whether a handler writes this to the journal as one of its steps.
    pub fn is_command(self) -> bool {
        (0x0400..0x8000).contains(&self.id())
    }

    /// Whether this carries a result or a signal to the handler.
    pub fn is_notification(self) -> bool {
        self.id() >= 0x8000
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
