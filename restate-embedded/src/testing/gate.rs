use std::{fmt::Write as _, fs, io, path::Path};

use restate_core::Service;

use super::{Divergence, Recording};
use crate::recording::{GivenServices, RecordingError};

/// Replays all recordings in a directory, and the directories in it, against these services.
///
/// It is the gate of a deployment: it shows whether invocations that the deployed code has begun can be
/// finished by this code. `restate-embedded record DIRECTORY` saves recordings there. A relative path
/// begins at the directory of the package, where cargo runs tests.
///
/// ```no_run
/// # use restate_core::{Context, HandlerResult};
/// # use restate_embedded::testing::replay_recordings;
/// # #[restate_core::service]
/// # trait Greeter {
/// #     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
/// # }
/// # struct Polite;
/// # impl Greeter for Polite {
/// #     async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
/// #         Ok(name)
/// #     }
/// # }
/// // In tests, this is marked with #[tokio::test].
/// async fn invocations_in_flight_can_be_finished() {
///     replay_recordings("recordings", &[&GreeterServer::new(Polite)]).await;
/// }
/// ```
///
/// `run` closures whose results are cut off run again, as in [`Recording::replay`]: let them call fakes.
///
/// # Panics
///
/// When a handler departs from a recording: the message has the first divergence of each recording, with
/// both entries and the likely cause. Also when the directory has no recordings, when a file in it is no
/// recording, and when the service of a recording is not among these.
pub async fn replay_recordings(directory: impl AsRef<Path>, services: &[&dyn Service]) {
    let directory = directory.as_ref();
    let found = files(directory);
    let error = found.as_ref().err();
    assert!(
        error.is_none(),
        "the recordings in `{}` cannot be read: {}",
        directory.display(),
        error.map(ToString::to_string).unwrap_or_default()
    );
    let files = found.unwrap_or_default();
    assert!(
        !files.is_empty(),
        "there are no recordings in `{}`, so nothing is checked; save some with `restate-embedded record \
         {0}`",
        directory.display()
    );
    let contracts = GivenServices::of(services);
    let mut failures = Vec::new();
    for file in &files {
        if let Err(failure) = replay(file, services, &contracts).await {
            failures.push(format!("{}: {failure}", file.display()));
        }
    }
    let mut report = String::new();
    for failure in &failures {
        // Writing to a string cannot fail.
        let _ = write!(report, "\n\n{failure}");
    }
    assert!(
        failures.is_empty(),
        "{} of {} recordings cannot be replayed{report}",
        failures.len(),
        files.len()
    );
}

async fn replay(
    file: &Path,
    services: &[&dyn Service],
    contracts: &GivenServices,
) -> Result<(), ReplayFailure> {
    let recording = Recording::load(file)?;
    let handler = recording.handler();
    let service = services.iter().find(|it| it.descriptor().name() == recording.target.service);
    let Some(service) = service else { return Err(ReplayFailure::UnknownService(handler)) };
    if service.descriptor().handler(&recording.target.handler).is_none() {
        return Err(ReplayFailure::UnknownHandler(handler));
    }
    Ok(recording.replay_with(*service, contracts).await?)
}

/// Why a recording could not be replayed to its end.
#[derive(Debug)]
enum ReplayFailure {
    File(RecordingError),
    UnknownService(String),
    UnknownHandler(String),
    Departed(Box<Divergence>),
}

impl From<RecordingError> for ReplayFailure {
    fn from(error: RecordingError) -> Self {
        Self::File(error)
    }
}

impl From<Box<Divergence>> for ReplayFailure {
    fn from(divergence: Box<Divergence>) -> Self {
        Self::Departed(divergence)
    }
}

impl std::fmt::Display for ReplayFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(error) => write!(f, "{error}"),
            Self::UnknownService(handler) => write!(
                f,
                "it is of `{handler}`, whose service the test does not pass; pass it, or delete the file if \
                 the service was removed and has no more invocations"
            ),
            Self::UnknownHandler(handler) => write!(
                f,
                "there is no handler `{handler}` any more, and unfinished invocations of it would fail; keep \
                 it, or delete the file if it has no more invocations"
            ),
            Self::Departed(divergence) => write!(f, "{divergence}"),
        }
    }
}

/// The files with recordings, in the order of their names.
fn files(directory: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
