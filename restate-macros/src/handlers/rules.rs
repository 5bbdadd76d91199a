//! The functions that are known to differ between attempts, and their replacements.

/// Why a function differs between attempts.
#[derive(Clone, Copy)]
pub(super) enum Nondeterminism {
    Clock,
    Random,
    Uuid,
    Task,
    Sleep,
    Timeout,
    Environment,
    Outside,
}

impl Nondeterminism {
    /// The reason and the replacement, for a context called `ctx`.
    pub(super) fn message(self, ctx: &str) -> String {
        match self {
            Self::Clock => format!(
                "reads a clock, which differs when the handler is replayed; use \
                 `{ctx}.now().await?`"
            ),
            Self::Random => format!(
                "draws a random number, which differs when the handler is replayed; use \
                 `{ctx}.rand()`"
            ),
            Self::Uuid => format!(
                "creates a random id, which differs when the handler is replayed; use \
                 `{ctx}.uuid()`"
            ),
            Self::Task => format!(
                "starts a task outside of the invocation, which a crash loses; join futures \
                 instead, call another handler with `.one_way()`, or do the work inside \
                 `{ctx}.run(..)`"
            ),
            Self::Sleep => format!(
                "waits in this process only, so a crash starts the wait again; use \
                 `{ctx}.sleep(duration).await?`"
            ),
            Self::Timeout => format!(
                "measures time in this process only, so a replay may decide differently; use \
                 `{ctx}.timeout(duration, future)`"
            ),
            Self::Environment => format!(
                "reads the environment, which may differ when the handler is replayed; read it at \
                 startup and keep it in `self`, or read it inside `{ctx}.run(..)`"
            ),
            Self::Outside => format!(
                "reaches outside of the handler, so a replay repeats it with another result; do it \
                 inside `{ctx}.run(..)`"
            ),
        }
    }
}

/// Why the function at `path` differs between attempts, if it does.
pub(super) fn broken_by(path: &[String]) -> Option<Nondeterminism> {
    let path = path.join("::");
    let breaks = |&(_, module, functions): &&(Nondeterminism, &str, &[&str])| {
        functions.iter().any(|function| covers(module, function, &path))
    };
    FUNCTIONS.iter().find(breaks).map(|(kind, ..)| *kind)
}

/// Whether `path` ends in `function`, after all, part or none of the path of its `module`: imports
/// outside of the body are not visible.
fn covers(module: &str, function: &str, path: &str) -> bool {
    let Some(before) = path.strip_suffix(function) else { return false };
    match before.strip_suffix("::") {
        Some(before) => {
            module.strip_suffix(before).is_some_and(|rest| rest.is_empty() || rest.ends_with("::"))
        }
        None => before.is_empty(),
    }
}

/// Functions by module, each with the part of its path that identifies it without the module.
const FUNCTIONS: &[(Nondeterminism, &str, &[&str])] = &[
    (
        Nondeterminism::Clock,
        "std::time",
        &["SystemTime::now", "SystemTime::elapsed", "Instant::now"],
    ),
    (Nondeterminism::Clock, "tokio::time", &["Instant::now"]),
    (Nondeterminism::Clock, "chrono", &["Utc::now", "Local::now"]),
    (Nondeterminism::Clock, "chrono::offset", &["Utc::now", "Local::now"]),
    (
        Nondeterminism::Clock,
        "time",
        &["OffsetDateTime::now_utc", "OffsetDateTime::now_local", "UtcDateTime::now"],
    ),
    (Nondeterminism::Clock, "jiff", &["Timestamp::now", "Zoned::now"]),
    (
        Nondeterminism::Random,
        "",
        &[
            "rand::fill",
            "rand::random",
            "rand::random_bool",
            "rand::random_iter",
            "rand::random_range",
            "rand::random_ratio",
            "rand::rng",
            "getrandom::fill",
            "getrandom::getrandom",
            "fastrand::bool",
            "fastrand::f64",
            "fastrand::i32",
            "fastrand::i64",
            "fastrand::shuffle",
            "fastrand::u32",
            "fastrand::u64",
            "fastrand::usize",
        ],
    ),
    (Nondeterminism::Random, "rand", &["thread_rng"]),
    (Nondeterminism::Random, "std::hash", &["RandomState::new"]),
    (Nondeterminism::Random, "std::collections::hash_map", &["RandomState::new"]),
    (
        Nondeterminism::Random,
        "rand::rngs",
        &[
            "StdRng::from_entropy",
            "StdRng::from_os_rng",
            "SmallRng::from_entropy",
            "SmallRng::from_os_rng",
            "OsRng",
        ],
    ),
    (Nondeterminism::Uuid, "uuid", &["Uuid::new_v4", "Uuid::now_v6", "Uuid::now_v7"]),
    (Nondeterminism::Uuid, "ulid", &["Ulid::new"]),
    (Nondeterminism::Task, "", &["tokio::spawn", "smol::spawn", "rayon::spawn"]),
    (Nondeterminism::Task, "tokio", &["task::spawn", "task::spawn_blocking", "task::spawn_local"]),
    (Nondeterminism::Task, "tokio::task", &["JoinSet::new"]),
    (Nondeterminism::Task, "async_std", &["task::spawn"]),
    (Nondeterminism::Task, "std", &["thread::spawn", "thread::scope", "thread::Builder::new"]),
    (
        Nondeterminism::Sleep,
        "tokio",
        &["time::sleep", "time::sleep_until", "time::interval", "time::interval_at"],
    ),
    (Nondeterminism::Sleep, "std", &["thread::sleep"]),
    (Nondeterminism::Sleep, "async_std", &["task::sleep"]),
    (Nondeterminism::Sleep, "", &["futures_timer::Delay::new"]),
    (Nondeterminism::Timeout, "tokio", &["time::timeout", "time::timeout_at"]),
    (
        Nondeterminism::Environment,
        "std",
        &[
            "env::args",
            "env::args_os",
            "env::current_dir",
            "env::current_exe",
            "env::temp_dir",
            "env::var",
            "env::var_os",
            "env::vars",
            "env::vars_os",
            "process::id",
        ],
    ),
    (Nondeterminism::Outside, "std", FILES),
    (Nondeterminism::Outside, "tokio", FILES),
    (Nondeterminism::Outside, "std::fs", &["File::create", "File::open"]),
    (Nondeterminism::Outside, "tokio::fs", &["File::create", "File::open"]),
    (Nondeterminism::Outside, "std", &["io::stdin", "process::Command::new"]),
    (Nondeterminism::Outside, "tokio", &["io::stdin", "process::Command::new", "net::lookup_host"]),
    (Nondeterminism::Outside, "std::net", SOCKETS),
    (Nondeterminism::Outside, "tokio::net", SOCKETS),
    (
        Nondeterminism::Outside,
        "",
        &["reqwest::get", "reqwest::blocking::get", "ureq::get", "ureq::post"],
    ),
];

const FILES: &[&str] = &[
    "fs::copy",
    "fs::create_dir",
    "fs::create_dir_all",
    "fs::metadata",
    "fs::read",
    "fs::read_dir",
    "fs::read_to_string",
    "fs::remove_dir_all",
    "fs::remove_file",
    "fs::rename",
    "fs::write",
];

const SOCKETS: &[&str] =
    &["TcpListener::bind", "TcpStream::connect", "UdpSocket::bind", "UnixStream::connect"];

#[cfg(test)]
mod tests {
    use super::*;

    fn is_broken_by(path: &str) -> bool {
        broken_by(&path.split("::").map(str::to_owned).collect::<Vec<_>>()).is_some()
    }

    #[test]
    fn imported_types_are_known_by_their_last_segments() {
        for path in ["std::time::Instant::now", "time::Instant::now", "Instant::now"] {
            assert!(is_broken_by(path), "{path}");
        }
    }

    #[test]
    fn paths_of_others_are_not_confused_with_known_ones() {
        for path in ["now", "sleep", "crate::time::Instant::now", "rand", "Command::new", "spawn"] {
            assert!(!is_broken_by(path), "{path}");
        }
    }
}
