//! A behaviour, and what it is shown on.

use std::{pin::Pin, sync::Arc};

use restate_ingress::IngressClient;

use crate::{
    configuration::{Configuration, Platform},
    stage::{Needs, Stage},
};

/// Shows one behaviour; panics if it is not there.
#[derive(Clone, Copy)]
pub struct Scenario {
    pub name: &'static str,
    pub show: fn(Setup) -> Pin<Box<dyn Future<Output = ()>>>,
}

/// The scenarios of these names, which are paths of functions.
macro_rules! scenarios {
    ($($module:ident: $($function:ident)*;)*) => {
        vec![$($($crate::scenario::Scenario {
            name: concat!(stringify!($module), "::", stringify!($function)),
            show: |setup| Box::pin($crate::$module::$function(setup)),
        }),*),*]
    };
}

pub(crate) use scenarios;

/// What a scenario is shown on: a stage that it shares with others, or one of its own.
#[derive(Clone)]
pub struct Setup {
    pub platform: Platform,
    pub configuration: Configuration,
    pub shared: Arc<Stage>,
}

impl Setup {
    /// A client of the shared stage.
    pub fn client(&self) -> IngressClient {
        self.shared.client()
    }

    /// A stage that a scenario can do anything to.
    pub async fn own_stage(&self, needs: Needs) -> Stage {
        Stage::start(self.platform, self.configuration, needs).await
    }
}
