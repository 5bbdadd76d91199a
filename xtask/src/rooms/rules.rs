//! Which rooms may not import which, and why.

use std::collections::BTreeSet;

use super::graph::{Edge, Graph};

/// A room of a package, and what it may not import.
pub(super) struct Rule {
    package: &'static str,
    room: Rooms,
    forbidden: Rooms,
    /// Other crates that it may not import either.
    crates: &'static [&'static str],
    reason: &'static str,
}

/// Some rooms of a package.
enum Rooms {
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

use Rooms::{AllBut, Only};

const CORE: &str = "restate-core";
const EMBEDDED: &str = "restate-embedded";

const RULES: [Rule; 7] = [
    Rule {
        package: CORE,
        room: Only(&["wire"]),
        forbidden: AllBut(&["wire"]),
        crates: &[],
        reason: "the protocol's messages and frames are shared by both sides, so they depend on \
                 neither",
    },
    Rule {
        package: CORE,
        room: Only(&["payload"]),
        forbidden: AllBut(&["payload", "error"]),
        crates: &[],
        reason: "values become bytes the same way in handlers, clients and engines; only an error \
                 leaves that room",
    },
    Rule {
        package: CORE,
        room: Only(&["call"]),
        forbidden: Only(&["handler"]),
        crates: &[],
        reason: "calls are also made from outside of handlers",
    },
    Rule {
        package: CORE,
        room: Only(&["attempt"]),
        forbidden: Only(&["call", "handler"]),
        crates: &[],
        reason: "the loop that drives an attempt knows its journal, and none of the operations \
                 that are built on it",
    },
    Rule {
        package: EMBEDDED,
        room: AllBut(&["testing", "lib"]),
        forbidden: Only(&["testing"]),
        crates: &[],
        reason: "virtual time and faults enter through the hooks that `testing` implements, so \
                 that production code is what is tested",
    },
    Rule {
        package: EMBEDDED,
        room: Only(&["testing"]),
        forbidden: Only(&["http"]),
        crates: &[],
        reason: "tests call the engine in memory, without a socket",
    },
    Rule {
        package: EMBEDDED,
        room: Only(&["machine"]),
        forbidden: Only(&["http"]),
        crates: &[
            "tokio",
            "tokio_util",
            "futures",
            "http",
            "http_body",
            "http_body_util",
            "hyper",
            "hyper_util",
        ],
        reason: "the machine is a function of the time and its input, which the simulation replays",
    },
];

/// What `package` imports against the rules.
pub(super) fn check(package: &str, graph: &Graph<'_>) -> Vec<String> {
    let rules = RULES.iter().filter(|rule| rule.package == package);
    let violations = rules.clone().flat_map(|rule| rule.violations(graph));
    let rooms = graph.rooms();
    let named: BTreeSet<_> =
        rules.flat_map(|rule| [rule.room.named(), rule.forbidden.named()].concat()).collect();
    let gone = named.difference(&rooms).map(|room| {
        format!(
            "xtask/src/rooms/rules.rs: there are rules about the room `{room}` of {package}, which \
             has no such room; if it has another name now, rename it in the rules"
        )
    });
    violations.chain(gone).collect()
}

impl Rule {
    fn violations(&self, graph: &Graph<'_>) -> Vec<String> {
        let Self { room, forbidden, crates, reason, .. } = self;
        let rooms = graph.between_rooms().filter_map(|Edge { place, from, to, target }| {
            (room.contains(from) && forbidden.contains(to)).then(|| {
                format!("{place}: `{from}` imports {target} of `{to}`, but must not: {reason}")
            })
        });
        let external = graph.external().filter_map(|(from, place, name)| {
            (room.contains(from) && crates.contains(&name)).then(|| {
                format!("{place}: `{from}` imports the crate `{name}`, but must not: {reason}")
            })
        });
        rooms.chain(external).collect()
    }
}

impl Rooms {
    fn named(&self) -> &'static [&'static str] {
        let (Only(rooms) | AllBut(rooms)) = self;
        rooms
    }

    fn contains(&self, room: &str) -> bool {
        match self {
            Only(rooms) => rooms.contains(&room),
            AllBut(rooms) => !rooms.contains(&room),
        }
    }
}
