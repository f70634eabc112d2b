//! What decisions cost: the most steps of a decision on a call of each action, and whether the package allows itself as many.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Expr, ExprKind, Name, Package, Policy, Recorded, Rule, Window};
use crate::span::ItemKey;

/// The most that a decision on a call of an action by a type of principal costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryCost {
    /// The action.
    pub action: Name,
    /// The type of its principal.
    pub principal: Name,
    /// Steps in all, see [`crate::check::cost`].
    pub steps: u64,
    /// What they are made of, the dearest first.
    pub parts: Vec<Part>,
}

/// A part of what a decision costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// A rule's full name, or a window.
    pub what: What,
    /// Its steps.
    pub steps: u64,
}

/// What costs something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The rule of this full name.
    Rule(Name),
    /// The window of this name; a limit's by its rule's full name.
    Window(Name),
}

/// What decisions cost, for every action and type of principal. Shadow rules cost as others do; what messages show and
/// what is asked of approvals is not counted.
#[must_use]
pub fn costs(package: &Package) -> Vec<EntryCost> {
    let dear = Dear::new(package);
    let entry = |action: &Name, principal: &Name| {
        let pair = (action.clone(), principal.clone());
        let rules = dear.scopes.of(&pair);
        let rules = rules.map(|(_, rule)| Part { what: What::Rule(rule.full_name.clone()), steps: rule.cost });
        let windows = dear.windows(&pair).into_iter();
        let windows = windows.map(|window| Part { what: What::Window(window.name.clone()), steps: window.cost });
        let mut parts: Vec<Part> = rules.chain(windows).collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.steps));
        EntryCost { action: pair.0, principal: pair.1, steps: sum(parts.iter().map(|part| part.steps)), parts }
    };
    let actions = package.actions.values();
    actions.flat_map(|action| action.principals.iter().map(|p| entry(&action.name, p)).collect::<Vec<_>>()).collect()
}

/// So many steps, and as many as can be counted if there are more.
fn sum(steps: impl Iterator<Item = u64>) -> u64 {
    steps.fold(0, u64::saturating_add)
}

/// The most steps of a decision where `zt.toml` says nothing: as many as 50 conditions of the largest size take, some ten
/// milliseconds. No gateway waits longer for a policy that is meant.
pub const BUDGET: u64 = 10_000_000;

/// The mistakes of a package whose decisions cost more than it allows: one for each dearest rule.
pub(crate) fn over(package: &Package, declared: Option<u64>) -> Vec<(ItemKey, Diagnostic)> {
    let budget = declared.unwrap_or(BUDGET);
    let allows = match declared {
        Some(_) => format!("`zt.toml` allows {budget}"),
        None => format!("a package that says nothing else allows {budget}"),
    };
    let dear = Dear::new(package);
    let mut out: Vec<(ItemKey, Diagnostic)> = vec![];
    let pairs = package.actions.values().flat_map(|action| action.principals.iter().map(|p| (&action.name, p)));
    for (action, principal) in pairs {
        let pair = (action.clone(), principal.clone());
        let rules = sum(dear.scopes.of(&pair).map(|(_, rule)| rule.cost));
        let steps = rules.saturating_add(sum(dear.windows(&pair).into_iter().map(|window| window.cost)));
        if steps <= budget {
            continue;
        }
        // A limit is paid for by its rule.
        let price = |rule: &Rule| {
            let window = package.windows.get(&rule.full_name).map_or(0, |window| window.cost);
            rule.cost.saturating_add(window)
        };
        let Some((policy, dearest)) = dear.scopes.of(&pair).max_by_key(|(_, rule)| price(rule)) else { continue };
        let d = Diagnostic::new(
            Code::OverBudget,
            dearest.name_span,
            format!("deciding `{action}` by `{principal}` can take {steps} steps"),
        )
        .label(format!("the dearest of its rules: {} steps", price(dearest)))
        .help(format!(
            "{allows}; give collections a smaller `max`, or raise `steps` below `[budget]`; `zt check --costs` lists what costs what"
        ));
        // A rule is told of once, for the first action that it makes too dear.
        if !out.iter().any(|(key, told)| *key == policy.key && told.span == d.span) {
            out.push((policy.key.clone(), d));
        }
    }
    out
}

/// What calls pay for.
struct Dear<'p> {
    package: &'p Package,
    scopes: Scopes<'p>,
    /// The windows that each rule reads.
    read: BTreeMap<&'p Name, BTreeSet<&'p Name>>,
    /// The windows that remember calls, by these.
    recorded: BTreeMap<&'p (Name, Name), Vec<&'p Name>>,
}

impl<'p> Dear<'p> {
    fn new(package: &'p Package) -> Self {
        let mut recorded: BTreeMap<&(Name, Name), Vec<&Name>> = BTreeMap::new();
        for window in package.windows.values() {
            if let Recorded::Calls(_, pairs) = &window.of {
                pairs.iter().for_each(|pair| recorded.entry(pair).or_default().push(&window.name));
            }
        }
        // Most packages remember nothing, and all their rules would be looked through.
        let read = if package.windows.is_empty() { BTreeMap::new() } else { windows_read(package) };
        Dear { package, scopes: Scopes::new(package), read, recorded }
    }

    /// The windows that a call is recorded in, or that may be asked for it, by their names.
    fn windows(&self, pair: &(Name, Name)) -> Vec<&'p Window> {
        if self.package.windows.is_empty() {
            return vec![];
        }
        let recorded = self.recorded.get(pair).into_iter().flatten();
        let asked = self.scopes.of(pair).filter_map(|(_, rule)| self.read.get(&rule.full_name)).flatten();
        let names: BTreeSet<&Name> = recorded.chain(asked).copied().collect();
        names.into_iter().filter_map(|name| self.package.windows.get(name)).map(|window| &**window).collect()
    }
}

/// Which policies are for which calls.
struct Scopes<'p>(BTreeMap<&'p (Name, Name), Vec<&'p Policy>>);

impl<'p> Scopes<'p> {
    fn new(package: &'p Package) -> Self {
        let mut out: BTreeMap<&(Name, Name), Vec<&Policy>> = BTreeMap::new();
        for policy in &package.policies {
            for pair in &policy.scope {
                let known = out.entry(pair).or_default();
                // A scope may name a pair twice; its rules still count once.
                if known.last().is_none_or(|last| last.key != policy.key) {
                    known.push(policy);
                }
            }
        }
        Scopes(out)
    }

    /// The rules in whose scope a call is, each with its policy.
    fn of(&self, pair: &(Name, Name)) -> impl Iterator<Item = (&'p Policy, &'p Rule)> {
        let policies = self.0.get(pair).into_iter().flatten().copied();
        policies.flat_map(move |policy| {
            let covers = |rule: &&Rule| rule.scope.as_ref().is_none_or(|scope| scope.contains(pair));
            policy.rules.iter().filter(covers).map(move |rule| (policy, rule))
        })
    }
}

/// The windows that each rule reads, by the rule's full name: in its condition, its policy's guard, and in what it
/// obliges to.
#[must_use]
pub fn windows_read(package: &Package) -> BTreeMap<&Name, BTreeSet<&Name>> {
    let mut out = BTreeMap::new();
    for policy in &package.policies {
        for rule in &policy.rules {
            let (mut read, mut seen) = (BTreeSet::new(), BTreeSet::new());
            read.extend(rule.limit.iter().map(|(window, _)| window));
            let args = rule.obligations.iter().flat_map(|due| &due.args);
            let mut ahead: Vec<&Expr> = policy.guard.iter().chain([&rule.condition]).chain(args).collect();
            while let Some(e) = ahead.pop() {
                match &e.kind {
                    ExprKind::Reading { window, .. } => {
                        read.insert(window);
                    }
                    ExprKind::Call(name, _) if seen.insert(name) => {
                        ahead.extend(package.defines.get(name).map(|define| &define.body));
                    }
                    _ => {}
                }
                ahead.extend(e.parts());
            }
            out.insert(&rule.full_name, read);
        }
    }
    out
}
