//! The services of Restate's conformance suite for SDKs, with the suite's names of services, handlers
//! and fields, and one of our own.

mod awakeable_holder;
mod block_and_wait_workflow;
mod cancel_test;
mod commands;
mod counter;
mod failing;
mod kill_test;
mod list_object;
mod map_object;
mod messages;
mod non_deterministic;
mod object_interpreter;
mod program;
mod proxy;
mod selection;
mod service_interpreter_helper;
mod test_utils_service;
mod virtual_object_command_interpreter;

pub use awakeable_holder::{AwakeableHolder, AwakeableHolderClient, AwakeableHolderServer, Holder};
pub use block_and_wait_workflow::{
    BlockAndWait, BlockAndWaitWorkflow, BlockAndWaitWorkflowClient, BlockAndWaitWorkflowServer,
};
pub use cancel_test::{
    Block, BlockingOperation, CancelTestBlockingService, CancelTestBlockingServiceClient,
    CancelTestBlockingServiceServer, CancelTestRunner, CancelTestRunnerClient,
    CancelTestRunnerServer, RunCancelTest,
};
pub use commands::{
    AwaitableCommand, Command, InterpretRequest, RejectAwakeable, ResolveAwakeable,
};
pub use counter::{CountInState, Counter, CounterClient, CounterServer, CounterUpdateResponse};
pub use failing::{Fail, Failing, FailingClient, FailingServer, FailureToPropagate};
pub use kill_test::{
    KillTestRunner, KillTestRunnerClient, KillTestRunnerServer, KillTestSingleton,
    KillTestSingletonClient, KillTestSingletonServer, Recurse, RunKillTest,
};
pub use list_object::{ListInState, ListObject, ListObjectClient, ListObjectServer};
pub use map_object::{Entry, MapInState, MapObject, MapObjectClient, MapObjectServer};
pub use messages::{GiveBack, Messages, MessagesClient, MessagesServer};
pub use non_deterministic::{
    Alternate, NonDeterministic, NonDeterministicClient, NonDeterministicServer,
};
pub use object_interpreter::{
    InterpretProgram, ObjectInterpreter, ObjectInterpreterClient, ObjectInterpreterServer,
};
pub use program::{InterpreterCommand, Program};
pub use proxy::{Forward, ManyCallRequest, Proxy, ProxyClient, ProxyRequest, ProxyServer};
pub use selection::{Bound, UnknownService, all, selected};
pub use service_interpreter_helper::{
    EchoLaterRequest, Help, IncrementViaAwakeableDanceRequest, InterpreterId,
    ServiceInterpreterHelper, ServiceInterpreterHelperClient, ServiceInterpreterHelperServer,
};
pub use test_utils_service::{
    RejectSignalRequest, ResolveSignalRequest, TestUtilsService, TestUtilsServiceClient,
    TestUtilsServiceServer, Utilities,
};
pub use virtual_object_command_interpreter::{
    InterpretCommands, VirtualObjectCommandInterpreter, VirtualObjectCommandInterpreterClient,
    VirtualObjectCommandInterpreterServer,
};
