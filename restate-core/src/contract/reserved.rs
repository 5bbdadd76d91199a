/// Whether Restate reserves a name of a service: one that begins with `restate`, or is `openapi`, in lower or
/// upper case. A Restate server refuses to register such services, as its ingress has routes of these names.
///
/// ```
/// use restate_core::contract::is_reserved_name;
///
/// assert!(is_reserved_name("Restate.v1.Greeter") && is_reserved_name("openapi"));
/// assert!(!is_reserved_name("shop.restate.Greeter") && !is_reserved_name("openapi.v1.Greeter"));
/// ```
#[must_use]
pub fn is_reserved_name(service: &str) -> bool {
    const PREFIX: &str = "restate";

    let start = service.as_bytes().get(..PREFIX.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(PREFIX.as_bytes()))
        || service.eq_ignore_ascii_case("openapi")
}
