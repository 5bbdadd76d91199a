//! Runs scenarios in libtest-mimic.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt as _;
use libtest_mimic::{Failed, Trial};
use tokio::{runtime::Runtime, sync::OnceCell};

use crate::{
    configuration::{Configuration, Platform},
    plan::Group,
    scenario::{Scenario, Setup},
    system::{Needs, System},
};

/// The number of concurrent tests. They mostly wait, so more than there are processors; with many
/// more, the servers of several groups would run concurrently.
pub const AT_A_TIME: usize = 8;

/// The time limit of a test: far above the slowest one, so that only a hang reaches it.
const LIMIT: Duration = Duration::from_secs(180);

/// Every scenario of `groups` as a test. Those of a group share a platform, which starts with the
/// first of them that runs and stops after the last.
pub fn trials(groups: Vec<Group>) -> Vec<Trial> {
    let runtime = Arc::new(Runtime::new().expect("threads can be started"));
    let trials = groups.into_iter().flat_map(|group| {
        let names = group.names();
        let shared = Arc::new(Shared::new(&group));
        names.into_iter().zip(group.scenarios).map({
            let runtime = Arc::clone(&runtime);
            move |(name, scenario)| {
                let (runtime, shared) = (Arc::clone(&runtime), Arc::clone(&shared));
                Trial::test(name, move || runtime.block_on(show(shared, scenario)))
            }
        })
    });
    trials.collect()
}

async fn show(shared: Arc<Shared>, scenario: Scenario) -> Result<(), Failed> {
    let Shared { platform, configuration, .. } = *shared;
    let setup = Setup { platform, configuration, shared: shared.system().await? };
    let shown = tokio::time::timeout(LIMIT, (scenario.show)(setup)).await;
    shown.map_err(|_| format!("takes longer than {LIMIT:?}").into())
}

/// The platform that the scenarios of a group share.
struct Shared {
    platform: Platform,
    configuration: Configuration,
    /// `None` if it failed to start.
    system: OnceCell<Option<Arc<System>>>,
}

impl Shared {
    fn new(group: &Group) -> Self {
        let Group { platform, configuration, .. } = *group;
        Self { platform, configuration, system: OnceCell::new() }
    }

    async fn system(&self) -> Result<Arc<System>, Failed> {
        let system = self.system.get_or_init(|| async {
            let started = System::start(self.platform, self.configuration, Needs::default());
            AssertUnwindSafe(started).catch_unwind().await.map(Arc::new).ok()
        });
        // Only the first test of a group tries to start it: a missing server stays missing.
        let message = "the platform cannot be started; the first panic of its tests says why";
        system.await.clone().ok_or_else(|| message.into())
    }
}
