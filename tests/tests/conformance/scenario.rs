//! A test of one behaviour, and its platform.

use std::{pin::Pin, sync::Arc};

use restate_ingress::IngressClient;

use crate::{
    configuration::{Configuration, Platform},
    system::{Needs, System},
};

/// A test of one behaviour, which panics if it fails.
#[derive(Clone, Copy)]
pub struct Scenario {
    pub name: &'static str,
    pub show: fn(Setup) -> Pin<Box<dyn Future<Output = ()>>>,
}

/// The scenarios with these names, which are paths of functions.
macro_rules! scenarios {
    ($($module:ident: $($function:ident)*;)*) => {
        vec![$($($crate::scenario::Scenario {
            name: concat!(stringify!($module), "::", stringify!($function)),
            show: |setup| Box::pin($crate::$module::$function(setup)),
        }),*),*]
    };
}

pub(crate) use scenarios;

/// The platform of a scenario: shared with others, or its own.
#[derive(Clone)]
pub struct Setup {
    pub platform: Platform,
    pub configuration: Configuration,
    pub shared: Arc<System>,
}

impl Setup {
    /// A client of the shared platform.
    pub fn client(&self) -> IngressClient {
        self.shared.client()
    }

    /// A platform for this scenario only, which it may crash.
    pub async fn own_system(&self, needs: Needs) -> System {
        System::start(self.platform, self.configuration, needs).await
    }
}
