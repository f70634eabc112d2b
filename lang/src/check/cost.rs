//! What a condition costs with its definitions written out: a bound on the work of a decision.
//!
//! The cost of a definition is a function of what its arguments cost, and so linear: each argument counts as
//! often as its parameter is used. Definitions are summed up once, however deep they build on each other.
//!
//! Two sums are kept: what is written out, which is what is compiled, and what is evaluated, where a quantifier counts
//! its condition once for each element that the collection may have.
//!
//! The unit is the step. Each operator, comparison, literal, read of a value and call of a definition is one; a call
//! counts what its definition says, and each argument once more than it is used. Looking through a collection is one for
//! every 16 elements that it may have, finding something in a set 4, a pattern of commands 1, a window 16, searching a text for patterns 64, all of the arguments 1,024, beside its key,
//! its `where` and its value. The field of a tag counts what the dearest action says of it.

use zt_values::limits;

use super::declare::find_action;
use super::define::{Standing, standing};
use super::tag::carried;
use super::{Cx, check_item};
use crate::db::{Db, Item, Namespace, Package, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Collect, Expr, ExprKind, Inspected, Path, Root, Ty};
use crate::span::Span;

/// The most steps that a condition may have. Each is evaluated at most once a decision, but for those in quantifiers.
const MAX_STEPS: u64 = 20_000;
/// The most steps that evaluating a condition may take, those in quantifiers once for each element.
const MAX_WORK: u64 = 200_000;
/// How many elements are looked through in the time of one step.
const ELEMENTS_PER_STEP: u64 = 16;
/// Steps of reading a window and of recording in it: both are searches.
const WINDOW: u64 = 16;
/// Steps of searching a text for patterns: some thousand bytes.
const SEARCH: u64 = 64;
/// Steps of searching all texts of the arguments.
const SEARCH_ALL: u64 = 1_024;
/// How deep a condition may be nested.
const MAX_NESTING: u64 = 400;
/// Levels that a call adds by itself: its arguments are evaluated whether the body reads them or not.
const CALL_NESTING: u64 = 3;

/// What an expression costs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cost {
    /// Steps as written, those of the parameters apart.
    pub steps: u64,
    /// Steps as evaluated, those of the parameters apart.
    pub work: u64,
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
    /// How often its argument is evaluated.
    rounds: u64,
    /// How many levels stand above it.
    depth: u64,
}

impl Cost {
    fn one() -> Cost {
        Cost { steps: 1, work: 1, nesting: 1, params: vec![] }
    }

    fn of_path(path: &Path) -> Cost {
        let mut cost = Cost::one();
        if let Root::Param(i) = path.root {
            cost.using(i as usize, Use { times: 1, rounds: 1, depth: 0 });
        }
        cost
    }

    fn using(&mut self, param: usize, more: Use) {
        if self.params.len() <= param {
            self.params.resize(param + 1, Use::default());
        }
        if let Some(u) = self.params.get_mut(param) {
            u.times = u.times.saturating_add(more.times);
            u.rounds = u.rounds.saturating_add(more.rounds);
            u.depth = u.depth.max(more.depth);
        }
    }

    /// Adds something that stands `levels` below it, written out `times` times.
    pub(crate) fn add(&mut self, below: &Cost, times: u64, levels: u64) {
        self.include(below, (times, times), levels);
    }

    /// The same, written out so many times and evaluated so many times.
    fn include(&mut self, below: &Cost, (times, rounds): (u64, u64), levels: u64) {
        self.steps = self.steps.saturating_add(below.steps.saturating_mul(times));
        self.work = self.work.saturating_add(below.work.saturating_mul(rounds));
        self.nesting = self.nesting.max(below.nesting.saturating_add(levels));
        for (i, u) in below.params.iter().enumerate().filter(|(_, u)| u.times > 0) {
            let more = Use {
                times: u.times.saturating_mul(times),
                rounds: u.rounds.saturating_mul(rounds),
                depth: u.depth.saturating_add(levels),
            };
            self.using(i, more);
        }
    }

    /// Adds the work of looking through so many elements.
    fn look(&mut self, elements: u64) {
        self.work = self.work.saturating_add(elements / ELEMENTS_PER_STEP);
    }
}

/// How many expressions there are in one.
fn nodes(e: &Expr) -> u64 {
    e.parts().into_iter().fold(1, |sum, part| sum.saturating_add(nodes(part)))
}

/// The cost of a definition; nothing if a mistake left it without a meaning.
#[salsa::tracked]
pub fn define_cost<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Cost {
    if standing(db, package, item) != Standing::Sound {
        return Cost::default();
    }
    check_item(db, package, item).cost.clone()
}

impl Cx<'_> {
    /// Refuses a condition that is too large with its definitions written out.
    pub(crate) fn affordable(&mut self, cost: &Cost, span: Span) -> bool {
        let Cost { steps, work, nesting, .. } = *cost;
        if steps <= MAX_STEPS && nesting <= MAX_NESTING && work <= MAX_WORK {
            return true;
        }
        if steps <= MAX_STEPS && nesting <= MAX_NESTING {
            let d = Diagnostic::new(Code::TooCostly, span, "this costs too much to decide in microseconds")
                .label(if work > 1_000_000_000 {
                    "up to more than a billion steps, each element of a collection taken in turn".to_owned()
                } else {
                    format!("up to {work} steps, each element of a collection taken in turn")
                })
                .help(format!("at most {MAX_WORK} steps; give the collections a smaller `max` where they are declared, or ask `in` instead of an `any` within another"));
            self.report(d);
            return false;
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

    /// What a window costs a call that has to do with it.
    pub(crate) fn window_cost<'e>(&self, of: impl Iterator<Item = &'e Expr>) -> u64 {
        of.fold(WINDOW, |sum, e| sum.saturating_add(self.measure(e).work))
    }

    /// What is evaluated where the field of a tag is read.
    fn tag_cost(&self, path: &Path) -> u64 {
        let [tag, field, ..] = path.fields.as_slice() else { return 0 };
        let carried = carried(self.db, self.package);
        let actions = carried.iter().filter(|(_, tags)| tags.contains(tag));
        let says = actions.filter_map(|(action, _)| {
            let action = find_action(self.db, self.package, action)?;
            let fields = action.tags.iter().flat_map(|used| &used.fields).filter(|(name, _)| name == field);
            fields.map(|(_, says)| nodes(says)).max()
        });
        let elements = self.sizes.get(path).map_or(0, |n| u64::from(*n));
        says.max().unwrap_or(0).saturating_add(elements / ELEMENTS_PER_STEP)
    }

    /// The most elements that a collection may have.
    pub(crate) fn most(&self, e: &Expr) -> u64 {
        let default = u64::from(limits::SET_ELEMENTS);
        match &e.kind {
            ExprKind::Path(path) => self.sizes.get(path).map_or(default, |n| u64::from(*n)),
            ExprKind::List(xs) => xs.len() as u64,
            ExprKind::Else(path, other) => {
                self.sizes.get(path).map_or(default, |n| u64::from(*n)).max(self.most(other))
            }
            ExprKind::Collect(Collect::Join, a, b) => self.most(a).saturating_add(self.most(b)),
            ExprKind::Collect(Collect::Without, a, _) => self.most(a),
            ExprKind::Collect(Collect::Common, a, b) => self.most(a).min(self.most(b)),
            // As many as a window holds unless it says otherwise.
            ExprKind::Reading { .. } => 10_000,
            _ => default,
        }
    }

    /// What an expression costs.
    pub(crate) fn measure(&self, e: &Expr) -> Cost {
        let mut cost = Cost::one();
        let below = |x: &Expr| self.measure(x);
        match &e.kind {
            ExprKind::Path(path) if path.root == Root::Tag => {
                cost.work = cost.work.saturating_add(self.tag_cost(path));
            }
            ExprKind::Path(path) | ExprKind::Has(path) | ExprKind::Is(path, _) => cost = Cost::of_path(path),
            ExprKind::Not(x)
            | ExprKind::Neg(x)
            | ExprKind::Matches(x, _)
            | ExprKind::Glob(x, _)
            | ExprKind::Hours(x, _)
            | ExprKind::Local(x, ..) => cost.add(&below(x), 1, 1),
            ExprKind::Runs(x, _, patterns) => {
                cost.add(&below(x), 1, 1);
                cost.work = cost.work.saturating_add(patterns.len() as u64);
            }
            ExprKind::Detect(_, Inspected::Input) => cost.work = cost.work.saturating_add(SEARCH_ALL),
            ExprKind::Detect(_, Inspected::Text(x)) => {
                cost.add(&below(x), 1, 1);
                cost.work = cost.work.saturating_add(SEARCH);
            }
            ExprKind::Count(x) => {
                cost.add(&below(x), 1, 1);
                cost.look(self.most(x));
            }
            ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|x| cost.add(&below(x), 1, 1)),
            ExprKind::Else(path, x) => {
                cost.add(&Cost::of_path(path), 1, 1);
                cost.add(&below(x), 1, 1);
            }
            ExprKind::Compare(_, a, b) | ExprKind::Arith(_, a, b) | ExprKind::Under(a, b) => {
                cost.add(&below(a), 1, 1);
                cost.add(&below(b), 1, 1);
            }
            ExprKind::In(x, xs) => {
                cost.add(&below(x), 1, 1);
                cost.add(&below(xs), 1, 1);
                // What is in a set is found in it; a list is looked through.
                if matches!(xs.ty.base(), Ty::List(_)) {
                    cost.look(self.most(xs));
                } else {
                    cost.work = cost.work.saturating_add(4);
                }
            }
            ExprKind::Collect(_, a, b) => {
                cost.add(&below(a), 1, 1);
                cost.add(&below(b), 1, 1);
                cost.look(self.most(a).saturating_add(self.most(b)));
            }
            ExprKind::Quantifier { over, body, .. } => {
                cost.add(&below(over), 1, 1);
                cost.include(&below(body), (1, self.most(over)), 1);
            }
            ExprKind::And(xs) | ExprKind::Or(xs) | ExprKind::List(xs) => {
                xs.iter().for_each(|x| cost.add(&below(x), 1, 1));
            }
            // Rows are found column by column, by halving.
            ExprKind::Lookup(_, key, _) | ExprKind::InTable(_, key) => {
                e.parts().into_iter().for_each(|x| cost.add(&below(x), 1, 1));
                cost.work = cost.work.saturating_add(4 * key.len() as u64);
            }
            // A list becomes comparisons, each with the value.
            ExprKind::InList(x, list) => cost.add(&below(x), (list.len() as u64).max(1), 2),
            ExprKind::Call(name, args) => {
                let Some(item) = find(self.db, self.package, Namespace::Define, name) else { return cost };
                let define = define_cost(self.db, self.package, item);
                let own = Cost { params: vec![], ..define.clone() };
                cost.add(&own, 1, 1);
                for (i, arg) in args.iter().enumerate() {
                    let u = define.params.get(i).copied().unwrap_or_default();
                    // Once more than it is used: its failure is the call's, used or not.
                    let often = (u.times.saturating_add(1), u.rounds.saturating_add(1));
                    cost.include(&below(arg), often, u.depth.saturating_add(CALL_NESTING));
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
}
