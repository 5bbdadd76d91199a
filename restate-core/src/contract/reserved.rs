/// Whether Restate reserves a name of a service: one that begins with `restate`, or is `openapi`, in lower or
/// upper case. A Restate server refuses to register such services, as its ingress has routes of these names.
/// Other parts of a name are free: `shop.restate.Greeter`, `openapi.v1.Greeter`.
#[must_use]
pub fn is_reserved_name(service: &str) -> bool {
    const PREFIX: &str = "restate";

    let start = service.as_bytes().get(..PREFIX.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(PREFIX.as_bytes()))
        || service.eq_ignore_ascii_case("openapi")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_routes_are_reserved() {
        for reserved in ["restate", "restate.v1.Greeter", "RestateGreeter", "openapi", "OpenAPI"] {
            assert!(is_reserved_name(reserved), "{reserved}");
        }
        for free in ["", "rest", "shop.restate.Greeter", "openapi.v1.Greeter", "restätter"] {
            assert!(!is_reserved_name(free), "{free}");
        }
    }
}
