//! What a condition costs with its definitions written out: a bound on the work of a decision.
//!
//! The cost of a definition is a function of what its arguments cost, and so linear: each argument counts as
//! often as its parameter is used. Definitions are summed up once, however deep they build on each other.

use super::define::{Standing, standing};
use super::{Cx, HirItem, check_item};
use crate::db::{Db, Item, Namespace, Package, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Expr, ExprKind, Path, Root};
use crate::span::Span;

/// The most steps that a condition may take. Each is evaluated at most once a decision.
const MAX_STEPS: u64 = 20_000;
/// How deep a condition may be nested.
const MAX_NESTING: u64 = 400;
/// Levels that a call adds by itself: its arguments are evaluated whether the body reads them or not.
const CALL_NESTING: u64 = 3;

/// What an expression costs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cost {
    /// Steps, those of the parameters apart.
    pub steps: u64,
    /// Levels, those of the parameters apart.
    pub nesting: u64,
    /// What each parameter adds.
    params: Vec<Use>,
}

/// How a parameter is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Use {
    /// How often its argument is written out.
    times: u64,
    /// How many levels stand above it.
    depth: u64,
}

impl Cost {
    fn one() -> Cost {
        Cost { steps: 1, nesting: 1, params: vec![] }
    }

    fn of_path(path: &Path) -> Cost {
        let mut cost = Cost::one();
        if let Root::Param(i) = path.root {
            cost.using(i as usize, Use { times: 1, depth: 0 });
        }
        cost
    }

    fn using(&mut self, param: usize, more: Use) {
        if self.params.len() <= param {
            self.params.resize(param + 1, Use::default());
        }
        if let Some(u) = self.params.get_mut(param) {
            u.times = u.times.saturating_add(more.times);
            u.depth = u.depth.max(more.depth);
        }
    }

    /// Adds something that stands `levels` below it, written out `times` times.
    pub(crate) fn add(&mut self, below: &Cost, times: u64, levels: u64) {
        self.steps = self.steps.saturating_add(below.steps.saturating_mul(times));
        self.nesting = self.nesting.max(below.nesting.saturating_add(levels));
        for (i, u) in below.params.iter().enumerate().filter(|(_, u)| u.times > 0) {
            let more = Use { times: u.times.saturating_mul(times), depth: u.depth.saturating_add(levels) };
            self.using(i, more);
        }
    }
}

/// The cost of a definition; nothing if a mistake left it without a meaning.
#[salsa::tracked]
pub fn define_cost<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Cost {
    if standing(db, package, item) != Standing::Sound {
        return Cost::default();
    }
    match &check_item(db, package, item).hir {
        Some(HirItem::Define(d)) => measure(db, package, &d.body),
        _ => Cost::default(),
    }
}

impl Cx<'_> {
    /// What an expression costs.
    pub(crate) fn measure(&self, e: &Expr) -> Cost {
        measure(self.db, self.package, e)
    }

    /// Refuses a condition that is too large with its definitions written out.
    pub(crate) fn affordable(&mut self, cost: &Cost, span: Span) -> bool {
        let Cost { steps, nesting, .. } = *cost;
        if steps <= MAX_STEPS && nesting <= MAX_NESTING {
            return true;
        }
        let d = Diagnostic::new(Code::TooCostly, span, "this costs too much to decide in microseconds")
            .label(if nesting > MAX_NESTING {
                format!("nested {nesting} deep, with its definitions written out")
            } else if steps > 1_000_000 {
                "more than a million steps, with its definitions written out".to_owned()
            } else {
                format!("{steps} steps, with its definitions written out")
            })
            .help(format!("at most {MAX_STEPS} steps and {MAX_NESTING} levels; a definition that uses another one, or its parameter, twice costs twice as much"));
        self.report(d);
        false
    }
}

fn measure(db: &dyn Db, package: Package, e: &Expr) -> Cost {
    let mut cost = Cost::one();
    let below = |x: &Expr| measure(db, package, x);
    match &e.kind {
        ExprKind::Path(path) | ExprKind::Has(path) => cost = Cost::of_path(path),
        ExprKind::Not(x)
        | ExprKind::Neg(x)
        | ExprKind::Matches(x, _)
        | ExprKind::Glob(x, _)
        | ExprKind::Runs(x, ..)
        | ExprKind::Count(x)
        | ExprKind::Hours(x, _)
        | ExprKind::Local(x, ..) => cost.add(&below(x), 1, 1),
        ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|x| cost.add(&below(x), 1, 1)),
        ExprKind::Else(path, x) => {
            cost.add(&Cost::of_path(path), 1, 1);
            cost.add(&below(x), 1, 1);
        }
        ExprKind::Compare(_, a, b)
        | ExprKind::Arith(_, a, b)
        | ExprKind::In(a, b)
        | ExprKind::Under(a, b)
        | ExprKind::Collect(_, a, b)
        | ExprKind::Quantifier { over: a, body: b, .. } => {
            cost.add(&below(a), 1, 1);
            cost.add(&below(b), 1, 1);
        }
        ExprKind::And(xs) | ExprKind::Or(xs) | ExprKind::List(xs) => xs.iter().for_each(|x| cost.add(&below(x), 1, 1)),
        // A list becomes comparisons, each with the value.
        ExprKind::InList(x, list) => cost.add(&below(x), (list.len() as u64).max(1), 2),
        ExprKind::Call(name, args) => {
            let Some(item) = find(db, package, Namespace::Define, name) else { return cost };
            let define = define_cost(db, package, item);
            let own = Cost { params: vec![], ..define.clone() };
            cost.add(&own, 1, 1);
            for (i, arg) in args.iter().enumerate() {
                let u = define.params.get(i).copied().unwrap_or_default();
                // Once more than it is used: its failure is the call's, used or not.
                cost.add(&below(arg), u.times.saturating_add(1), u.depth.saturating_add(CALL_NESTING));
            }
        }
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Text(_)
        | ExprKind::Entity(_)
        | ExprKind::Reading { .. }
        | ExprKind::Member(_) => {}
    }
    cost
}
