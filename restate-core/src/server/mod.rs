//! What the servers of both engines have in common: where they listen, from which hosts and pages requests may come, what
//! their clients may take up, which threads run handlers, and what ends them.

mod accept;
mod admission;
mod blocking;
mod budget;
mod connection;
mod handler_threads;
mod hosts;
mod limits;
mod listen_address;
mod origins;
mod request_body;
mod signal;
mod thread;

pub use accept::accept;
pub use admission::{Admission, Admitted, AdmittedBody};
pub use blocking::watched;
pub use connection::{Activity, Connection, InFlight};
pub use handler_threads::{HandlerSpawner, HandlerThreads};
pub use hosts::{Hosts, UnknownHost};
pub use limits::HttpLimits;
pub use listen_address::ListenAddress;
pub use origins::{ForeignPage, Origins, PageOrigin};
pub use request_body::{DRAIN_LIMIT, RequestBody, drain};
pub use signal::{BeforeExit, shutdown_signal};
pub use thread::ServerThread;
