//! Versions of the admin interface, as Restate counts them.

/// The oldest version whose paths and fields are those of this interface.
pub(super) const OLDEST: u16 = 2;

/// The newest one.
pub(super) const NEWEST: u16 = 4;

/// A path without the version before it. Restate's command line asks for every path below the newest version
/// that it has in common with `/version`.
pub(super) fn unversioned(path: &str) -> &str {
    let below = |version: u16| path.strip_prefix(&format!("/v{version}"));
    let mut below = (OLDEST..=NEWEST).filter_map(below);
    below.find(|rest| rest.starts_with('/')).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_versions_are_taken_from_a_path() {
        for path in ["/v2/query", "/v3/query", "/v4/query", "/query"] {
            assert_eq!(unversioned(path), "/query");
        }
        for path in ["/v1/query", "/v5/query", "/v22/query", "/v4", "/", ""] {
            assert_eq!(unversioned(path), path);
        }
    }
}
