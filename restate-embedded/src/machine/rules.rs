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

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn rule(pattern: &str, concurrency: u32) -> Rule {
        Rule {
            pattern: pattern.parse().unwrap(),
            concurrency: NonZeroU32::new(concurrency),
            description: None,
            disabled: false,
            version: 0,
            modified: 0,
        }
    }

    /// Sets a rule, and returns its version.
    fn set(rules: &mut Rules, rule: Rule, precondition: Precondition) -> Result<u32, String> {
        match apply(rules, RuleChange::Set(rule, precondition))? {
            Some(Write::SetRule(rule)) => {
                assert_eq!(rules.rule(&rule.pattern), Some(&*rule), "what is stored has effect");
                Ok(rule.version)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_version_grows_with_each_change_of_what_is_limited() {
        let mut rules = Rules::default();
        let mut set = |rule| set(&mut rules, rule, Precondition::None).unwrap();
        assert_eq!(set(rule("s", 1)), 1);
        assert_eq!(set(rule("s", 2)), 2);
        assert_eq!(set(Rule { description: Some("new".into()), ..rule("s", 2) }), 2);
        assert_eq!(set(Rule { disabled: true, ..rule("s", 2) }), 3);
        assert_eq!(set(Rule { disabled: true, ..rule("s", 3) }), 4);
        assert_eq!(set(rule("s", 4)), 5);
        assert_eq!(set(rule("t", 1)), 1);
    }

    #[test]
    fn a_precondition_that_is_not_met_leaves_the_rules_as_they_are() {
        let mut rules = Rules::default();
        let refused = |rules: &mut Rules, precondition| {
            let error = set(rules, rule("s", 9), precondition).unwrap_err();
            let remove = RuleChange::Remove("s".parse().unwrap(), precondition);
            assert_eq!(apply(rules, remove), Err(error.clone()));
            error
        };
        let missing = "rule `s` does not exist, so it has no version 1";
        assert_eq!(refused(&mut rules, Precondition::Version(1)), missing);
        assert_eq!(set(&mut rules, rule("s", 1), Precondition::Missing), Ok(1));
        let exists = "rule `s` exists already, with version 1";
        assert_eq!(refused(&mut rules, Precondition::Missing), exists);
        let changed = "rule `s` has version 1, not 2: it was changed meanwhile; read it again";
        assert_eq!(refused(&mut rules, Precondition::Version(2)), changed);
        assert_eq!(rules.rule(&"s".parse().unwrap()), Some(&Rule { version: 1, ..rule("s", 1) }));
        assert_eq!(set(&mut rules, rule("s", 2), Precondition::Version(1)), Ok(2));
    }

    #[test]
    fn a_rule_is_removed_once() {
        let mut rules = Rules::default();
        set(&mut rules, rule("s", 1), Precondition::None).unwrap();
        let pattern: Pattern = "s".parse().unwrap();
        let remove = || RuleChange::Remove(pattern.clone(), Precondition::None);
        let removed = Some(Write::RemoveRule { pattern: pattern.clone() });
        assert_eq!(apply(&mut rules, remove()), Ok(removed));
        assert_eq!(rules.rule(&pattern), None);
        assert_eq!(apply(&mut rules, remove()), Ok(None));
    }

    #[test]
    fn there_is_a_largest_number_of_rules() {
        let mut rules = Rules::default();
        for n in 0..MAX_RULES {
            set(&mut rules, rule(&format!("s{n}"), 1), Precondition::None).unwrap();
        }
        let error = set(&mut rules, rule("s", 1), Precondition::None).unwrap_err();
        assert_eq!(error, "there are 10000 rules already; remove some");
        assert_eq!(
            set(&mut rules, rule("s0", 2), Precondition::None),
            Ok(2),
            "it is not a new one"
        );
    }
}
