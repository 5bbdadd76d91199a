use std::{
    fmt, io, process,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak, mpsc},
    thread,
};

use tokio::{runtime, sync::watch};
use tracing::{error, info, warn};

/// Resolves when the process is asked to end: on SIGINT (Ctrl-C) or SIGTERM, and at once if it was
/// asked before. From then on, another such signal ends the process at once, with code 130 or 143.
///
/// Signals are received from this call on, also while nobody polls the future; one that comes before ends
/// the process without a shutdown. A program that is stopped by others calls this before it says that it
/// serves:
///
/// ```
/// # use restate_core::server::shutdown_signal;
/// # async fn start() {}
/// # async fn run() {
/// let shutdown = shutdown_signal();
/// start().await;
/// println!("serving");
/// shutdown.await;
/// # }
/// ```
///
/// The signals are received on a thread of its own, so that nothing that blocks can hold them up, and
/// neither the call nor the future needs a runtime of tokio. The call waits until that thread is ready.
///
/// Never panics. If the thread cannot be started, or the operating system delivers no signals, an error is
/// logged and the future resolves at once.
pub fn shutdown_signal() -> impl Future<Output = ()> + Send + 'static {
    static ASKED: OnceLock<watch::Receiver<bool>> = OnceLock::new();

    let mut asked = ASKED.get_or_init(receive).clone();
    async move {
        // Fails if the thread could not be started: then nothing can be waited for.
        let _ = asked.wait_for(|asked| *asked).await;
    }
}

type Work = dyn Fn() + Send + Sync;

/// What is done before a second signal ends the process.
static BEFORE_EXIT: Mutex<Vec<Weak<Work>>> = Mutex::new(Vec::new());

/// Work that is done before a second signal ends the process, unless this is dropped.
#[must_use = "nothing is done once this is dropped"]
pub struct BeforeExit {
    _work: Arc<Work>,
}

impl BeforeExit {
    /// Adds work. It must not wait for anything, as people want the process to end at once.
    pub fn new(work: impl Fn() + Send + Sync + 'static) -> Self {
        let work: Arc<Work> = Arc::new(work);
        let mut all = BEFORE_EXIT.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|work| work.strong_count() > 0);
        all.push(Arc::downgrade(&work));
        Self { _work: work }
    }
}

impl fmt::Debug for BeforeExit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BeforeExit").finish_non_exhaustive()
    }
}

/// Starts the thread, and returns once it receives signals.
fn receive() -> watch::Receiver<bool> {
    let (ask, asked) = watch::channel(false);
    let (ready, is_ready) = mpsc::channel();
    let run = move || {
        let runtime = runtime::Builder::new_current_thread().enable_io().build();
        if let Err(error) = runtime.and_then(|runtime| runtime.block_on(listen(&ask, &ready))) {
            error!("cannot listen for signals: {error}");
        }
    };
    if let Err(error) = thread::Builder::new().name("restate-signals".to_owned()).spawn(run) {
        error!("cannot listen for signals: {error}");
    }
    // Fails if the thread has ended, which dropped `ask`.
    let _ = is_ready.recv();
    asked
}

async fn listen(ask: &watch::Sender<bool>, ready: &mpsc::Sender<()>) -> io::Result<()> {
    let mut signals = Signals::new()?;
    // Nobody waits for this longer than for the signals.
    let _ = ready.send(());
    let first = signals.next().await?;
    info!("{} received: shutting down; a second signal ends the process at once", first.name);
    ask.send_replace(true);
    let second = signals.next().await?;
    warn!("{} received: the process ends at once", second.name);
    let all = BEFORE_EXIT.lock().unwrap_or_else(PoisonError::into_inner);
    all.iter().filter_map(Weak::upgrade).for_each(|work| work());
    process::exit(second.exit_code)
}

/// A signal that asks the process to end.
struct Signal {
    name: &'static str,
    /// What shells report for a process that this signal has ended.
    exit_code: i32,
}

const INTERRUPT: Signal = Signal { name: "SIGINT", exit_code: 130 };

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> io::Result<Signal> {
        use std::{future::poll_fn, task::Poll};

        const TERMINATE: Signal = Signal { name: "SIGTERM", exit_code: 143 };

        let signal = poll_fn(|cx| {
            if self.interrupt.poll_recv(cx).is_ready() {
                return Poll::Ready(INTERRUPT);
            }
            self.terminate.poll_recv(cx).map(|_| TERMINATE)
        });
        Ok(signal.await)
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> io::Result<Signal> {
        tokio::signal::ctrl_c().await?;
        Ok(INTERRUPT)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{env, process::Command};

    use super::*;

    /// The exit code of the process that is signalled.
    const SHUT_DOWN: i32 = 42;

    const IS_SIGNALLED: &str = "SHUTDOWN_SIGNAL_TEST_IS_SIGNALLED";

    #[test]
    fn a_signal_is_received_before_the_first_poll() {
        if env::var_os(IS_SIGNALLED).is_some() {
            let shutdown = shutdown_signal();
            let kill = Command::new("sh").args(["-c", "kill -TERM $PPID"]).status();
            assert!(kill.expect("there is a shell").success());
            let runtime = runtime::Builder::new_current_thread().build();
            runtime.expect("it needs no resources").block_on(shutdown);
            process::exit(SHUT_DOWN);
        }
        let mut test = Command::new(env::current_exe().expect("this program has a path"));
        test.args(["--exact", "server::signal::tests::a_signal_is_received_before_the_first_poll"]);
        let ended = test.env(IS_SIGNALLED, "1").output().expect("this program runs");
        assert_eq!(ended.status.code(), Some(SHUT_DOWN), "{ended:?}");
    }
}
