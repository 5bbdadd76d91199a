//! Changes of the rules of limits, by people.

use super::{Waiter, effects::Reply, step::Step};
use crate::{
    model::rules::{MAX_RULES, Pattern, Rule, Rules},
    store::Write,
};

/// A change of the rules.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RuleChange {
    /// Add a rule, or replace the one with its pattern.
    Set(Rule, Precondition),
    /// Remove a rule, if it exists.
    Remove(Pattern, Precondition),
}

/// What must be true of a rule for it to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precondition {
    /// Nothing.
    None,
    /// No rule has this pattern.
    Missing,
    /// It has this version.
    Version(u32),
}

impl Step<'_> {
    /// Changes rules: all of them or, if a precondition is not met, none.
    pub(super) fn change_rules(&mut self, changes: Vec<RuleChange>, waiter: Waiter) {
        match self.machine.limits.change(changes) {
            Ok((writes, started)) => {
                self.writes().extend(writes);
                self.run(started);
                self.reply(waiter, Reply::Done);
            }
            Err(reason) => self.reply(waiter, Reply::Refused(reason)),
        }
    }
}

/// Makes a change. Returns what has to be stored, or why the change is refused.
pub(super) fn apply(rules: &mut Rules, change: RuleChange) -> Result<Option<Write>, String> {
    let (pattern, precondition) = match &change {
        RuleChange::Set(rule, precondition) => (&rule.pattern, *precondition),
        RuleChange::Remove(pattern, precondition) => (pattern, *precondition),
    };
    let found = rules.rule(pattern);
    match (precondition, found.map(|rule| rule.version)) {
        (Precondition::Missing, Some(version)) => {
            return Err(format!("rule `{pattern}` exists already, with version {version}"));
        }
        (Precondition::Version(wanted), Some(version)) if wanted != version => {
            return Err(format!(
                "rule `{pattern}` has version {version}, not {wanted}: it was changed meanwhile; \
                 read it again"
            ));
        }
        (Precondition::Version(wanted), None) => {
            return Err(format!("rule `{pattern}` does not exist, so it has no version {wanted}"));
        }
        _ => {}
    }
    Ok(match change {
        RuleChange::Remove(pattern, _) => {
            let removed = found.is_some();
            rules.remove(&pattern);
            removed.then_some(Write::RemoveRule { pattern })
        }
        RuleChange::Set(rule, _) => {
            let version = match found {
                None if rules.len() >= MAX_RULES => {
                    return Err(format!("there are {MAX_RULES} rules already; remove some"));
                }
                None => 1,
                Some(found)
                    if found.concurrency == rule.concurrency && found.disabled == rule.disabled =>
                {
                    found.version
                }
                Some(found) => found.version + 1,
            };
            let rule = Rule { version, ..rule };
            rules.set(rule.clone());
            Some(Write::SetRule(Box::new(rule)))
        }
    })
}
