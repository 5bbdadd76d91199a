//! Tables of Restate's that mean nothing here.

pub(super) const ABSENT: [&str; 6] = [
    "sys_scheduler",
    "sys_vqueues",
    "sys_vqueue_meta",
    "sys_vqueue_entry_status",
    "sys_locks",
    "sys_user_limits",
];

/// Why this table is refused.
pub(super) fn reason(name: &str) -> String {
    format!(
        "there is no table `{name}`: this engine has no virtual queues; `sys_inbox` has who waits for a key, \
         `sys_keyed_service_status` who holds one, `sys_rules` the limits, and `sys_invocation` the status of \
         each invocation"
    )
}
