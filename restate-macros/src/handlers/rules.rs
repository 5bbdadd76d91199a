//! What is known to differ between attempts, and what to write instead.

/// Why a function must not be called in a handler.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Clock,
    Random,
    Uuid,
    Task,
    Sleep,
    Timeout,
    Environment,
    Outside,
}

impl Kind {
    /// The rule that is broken, and the way out, where the context is called `ctx`.
    pub(super) fn message(self, ctx: &str) -> String {
        match self {
            Self::Clock => format!(
                "reads a clock, which shows another time when the handler is replayed; use \
                 `{ctx}.now().await?`"
            ),
            Self::Random => format!(
                "draws a random number, which is another one when the handler is replayed; use \
                 `{ctx}.rand()`"
            ),
            Self::Uuid => format!(
                "makes a random id, which is another one when the handler is replayed; use \
                 `{ctx}.uuid()`"
            ),
            Self::Task => format!(
                "starts work that is no part of the invocation, so that nobody repeats it after a \
                 crash; join futures instead, put the work in a handler and call it \
                 `.one_way()`, or do it inside `{ctx}.run(..)`"
            ),
            Self::Sleep => format!(
                "waits in this process only, so that a crash starts the wait anew; use \
                 `{ctx}.sleep(duration).await?`"
            ),
            Self::Timeout => format!(
                "measures time in this process only, so that a replay may decide otherwise; use \
                 `{ctx}.timeout(duration, future)`"
            ),
            Self::Environment => format!(
                "reads the environment, which may be another one when the handler is replayed; \
                 read it at start and keep it in `self`, or read it inside `{ctx}.run(..)`"
            ),
            Self::Outside => format!(
                "reaches outside of the handler, which is repeated, with another outcome, when \
                 the handler is replayed; do it inside `{ctx}.run(..)`"
            ),
        }
    }
}

/// What is wrong with the function at `path`, if anything.
pub(super) fn broken_by(path: &[String]) -> Option<Kind> {
    let path = path.join("::");
    let breaks = |&(_, module, functions): &&(Kind, &str, &[&str])| {
        functions.iter().any(|function| covers(module, function, &path))
    };
    FUNCTIONS.iter().find(breaks).map(|(kind, ..)| *kind)
}

/// Whether `path` is `function`, after all, a part or none of the way to its `module`.
fn covers(module: &str, function: &str, path: &str) -> bool {
    let Some(before) = path.strip_suffix(function) else { return false };
    match before.strip_suffix("::") {
        Some(before) => {
            module.strip_suffix(before).is_some_and(|rest| rest.is_empty() || rest.ends_with("::"))
        }
        None => before.is_empty(),
    }
}

/// Functions by module, each with as much of its path as identifies it.
const FUNCTIONS: &[(Kind, &str, &[&str])] = &[
    (Kind::Clock, "std::time", &["SystemTime::now", "SystemTime::elapsed", "Instant::now"]),
    (Kind::Clock, "tokio::time", &["Instant::now"]),
    (Kind::Clock, "chrono", &["Utc::now", "Local::now"]),
    (Kind::Clock, "chrono::offset", &["Utc::now", "Local::now"]),
    (
        Kind::Clock,
        "time",
        &["OffsetDateTime::now_utc", "OffsetDateTime::now_local", "UtcDateTime::now"],
    ),
    (Kind::Clock, "jiff", &["Timestamp::now", "Zoned::now"]),
    (
        Kind::Random,
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
    (Kind::Random, "rand", &["thread_rng"]),
    (Kind::Random, "std::hash", &["RandomState::new"]),
    (Kind::Random, "std::collections::hash_map", &["RandomState::new"]),
    (
        Kind::Random,
        "rand::rngs",
        &[
            "StdRng::from_entropy",
            "StdRng::from_os_rng",
            "SmallRng::from_entropy",
            "SmallRng::from_os_rng",
            "OsRng",
        ],
    ),
    (Kind::Uuid, "uuid", &["Uuid::new_v4", "Uuid::now_v6", "Uuid::now_v7"]),
    (Kind::Uuid, "ulid", &["Ulid::new"]),
    (Kind::Task, "", &["tokio::spawn", "smol::spawn", "rayon::spawn"]),
    (Kind::Task, "tokio", &["task::spawn", "task::spawn_blocking", "task::spawn_local"]),
    (Kind::Task, "tokio::task", &["JoinSet::new"]),
    (Kind::Task, "async_std", &["task::spawn"]),
    (Kind::Task, "std", &["thread::spawn", "thread::scope", "thread::Builder::new"]),
    (
        Kind::Sleep,
        "tokio",
        &["time::sleep", "time::sleep_until", "time::interval", "time::interval_at"],
    ),
    (Kind::Sleep, "std", &["thread::sleep"]),
    (Kind::Sleep, "async_std", &["task::sleep"]),
    (Kind::Sleep, "", &["futures_timer::Delay::new"]),
    (Kind::Timeout, "tokio", &["time::timeout", "time::timeout_at"]),
    (
        Kind::Environment,
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
    (Kind::Outside, "std", FILES),
    (Kind::Outside, "tokio", FILES),
    (Kind::Outside, "std::fs", &["File::create", "File::open"]),
    (Kind::Outside, "tokio::fs", &["File::create", "File::open"]),
    (Kind::Outside, "std", &["io::stdin", "process::Command::new"]),
    (Kind::Outside, "tokio", &["io::stdin", "process::Command::new", "net::lookup_host"]),
    (Kind::Outside, "std::net", SOCKETS),
    (Kind::Outside, "tokio::net", SOCKETS),
    (Kind::Outside, "", &["reqwest::get", "reqwest::blocking::get", "ureq::get", "ureq::post"]),
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
