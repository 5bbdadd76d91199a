//! Rules that limit how many invocations of a scope and limit key run concurrently.

use std::{collections::BTreeMap, fmt, num::NonZeroU32, str::FromStr, sync::Arc};

pub(crate) use restate_core::call::{is_level, is_limit_key};

/// The most rules that an engine keeps.
pub(crate) const MAX_RULES: usize = 10_000;

/// Where running invocations are counted: a scope, or a limit key of one or two levels in it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LimitPath {
    scope: Arc<str>,
    key: Option<Arc<str>>,
}

impl LimitPath {
    pub(crate) fn new(scope: Arc<str>, key: Option<Arc<str>>) -> Self {
        Self { scope, key }
    }

    /// All paths whose counts include the invocations of this one, the narrowest first.
    pub(crate) fn around(&self) -> impl Iterator<Item = Self> + use<> {
        let outer = self.key.as_deref().and_then(|key| key.split_once('/'));
        let outer = outer.map(|(first, _)| Self::new(Arc::clone(&self.scope), Some(first.into())));
        let scope = self.key.is_some().then(|| Self::new(Arc::clone(&self.scope), None));
        [Some(self.clone()), outer, scope].into_iter().flatten()
    }

    fn levels(&self) -> impl Iterator<Item = &str> {
        [&*self.scope]
            .into_iter()
            .chain(self.key.as_deref().into_iter().flat_map(|it| it.split('/')))
    }
}

impl fmt::Display for LimitPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{}/{key}", self.scope),
            None => f.write_str(&self.scope),
        }
    }
}

impl fmt::Debug for LimitPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The pattern of a rule, such as `orders`, `orders/*` or `*/tenant-7/*`.
///
/// It matches paths with the same number of levels; `*` matches any level.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Pattern(String);

impl Pattern {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The patterns that match `path`, the most specific first: an exact level takes precedence over
    /// all levels after it.
    fn matching(path: &LimitPath) -> impl Iterator<Item = Self> {
        let levels: Vec<&str> = path.levels().collect();
        (0..1_u32 << levels.len()).map(move |wildcards| {
            let is_wildcard = |index: usize| wildcards >> (levels.len() - 1 - index) & 1 == 1;
            let level = |(index, level)| if is_wildcard(index) { "*" } else { level };
            let levels: Vec<&str> = levels.iter().copied().enumerate().map(level).collect();
            Self(levels.join("/"))
        })
    }
}

impl FromStr for Pattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        let levels: Vec<&str> = text.split('/').collect();
        let valid =
            levels.len() <= 3 && levels.iter().all(|level| *level == "*" || is_level(level));
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidPattern) }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is not a valid pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidPattern;

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a pattern is a scope and up to two levels of a limit key, separated by slashes, such \
             as `orders/*`; each is `*`, or 1 to 36 letters, digits, `_`, `.` or `-`",
        )
    }
}

impl std::error::Error for InvalidPattern {}

/// How many invocations may run concurrently in each path that the pattern matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) pattern: Pattern,
    /// `None` is no limit: the path has none then, even if a less specific rule matches.
    pub(crate) concurrency: Option<NonZeroU32>,
    /// A note for operators.
    pub(crate) description: Option<String>,
    /// A disabled rule is stored, but has no effect.
    pub(crate) disabled: bool,
    /// Incremented when the rule changes; preconditions of changes compare it.
    pub(crate) version: u32,
    /// When it was last changed, in milliseconds since the Unix epoch.
    pub(crate) modified: u64,
}

/// The rules of an engine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules(BTreeMap<Pattern, Rule>);

impl Rules {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.0.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn rule(&self, pattern: &Pattern) -> Option<&Rule> {
        self.0.get(pattern)
    }

    pub(crate) fn set(&mut self, rule: Rule) {
        self.0.insert(rule.pattern.clone(), rule);
    }

    pub(crate) fn remove(&mut self, pattern: &Pattern) {
        self.0.remove(pattern);
    }

    /// How many invocations may run in `path` concurrently; `None` is no limit.
    pub(crate) fn limit(&self, path: &LimitPath) -> Option<NonZeroU32> {
        if self.0.is_empty() {
            return None;
        }
        let mut rules = Pattern::matching(path).filter_map(|pattern| self.0.get(&pattern));
        rules.find(|rule| !rule.disabled)?.concurrency
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_one_to_three_levels() {
        for text in ["a", "*", "a/*", "*/b", "a/b/c", "*/*/*", "a/*/tenant-7.x_y"] {
            assert_eq!(text.parse::<Pattern>().unwrap().as_str(), text);
        }
        let long = "x".repeat(37);
        for text in ["", "/", "a/", "/a", "a/b/c/d", "a*", "a b", "ä", &long] {
            assert_eq!(text.parse::<Pattern>(), Err(InvalidPattern), "{text}");
        }
    }

    #[test]
    fn limit_keys_have_one_or_two_levels() {
        assert!(is_limit_key("tenant-7") && is_limit_key("tenant-7/user_1"));
        for text in ["", "/", "a/", "a/b/c", "*", "a b"] {
            assert!(!is_limit_key(text), "{text}");
        }
    }

    #[test]
    fn the_most_specific_rule_of_the_same_depth_decides() {
        let path = |key: &str| LimitPath::new("s".into(), Some(key.into()));
        let mut rules = Rules::default();
        assert_eq!(rules.limit(&path("a/b")), None);
        let patterns = ["*/*/*", "*/*/b", "*/a/*", "*/a/b", "s/*/*", "s/*/b", "s/a/*", "s/a/b"];
        for (pattern, limit) in patterns.iter().zip(1..) {
            rules.set(rule(pattern, limit));
            assert_eq!(rules.limit(&path("a/b")), NonZeroU32::new(limit), "{pattern}");
        }
        assert_eq!(rules.limit(&path("a")), None);
        assert_eq!(rules.limit(&LimitPath::new("s".into(), None)), None);
        rules.set(Rule { disabled: true, ..rule("s/a/b", 8) });
        assert_eq!(rules.limit(&path("a/b")), NonZeroU32::new(7));
    }

    #[test]
    fn an_invocation_counts_in_every_level_above_it() {
        let around = |key: Option<&str>| -> Vec<String> {
            let path = LimitPath::new("s".into(), key.map(Into::into));
            path.around().map(|path| path.to_string()).collect()
        };
        assert_eq!(around(None), ["s"]);
        assert_eq!(around(Some("a")), ["s/a", "s"]);
        assert_eq!(around(Some("a/b")), ["s/a/b", "s/a", "s"]);
    }

    fn rule(pattern: &str, limit: u32) -> Rule {
        Rule {
            pattern: pattern.parse().unwrap(),
            concurrency: NonZeroU32::new(limit),
            description: None,
            disabled: false,
            version: 1,
            modified: 0,
        }
    }
}
