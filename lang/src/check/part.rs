//! Parts of actions: which calls each of them is, and that no call is two of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::declare::{find_action, part_of, parts_by_whole};
use super::path::Env;
use super::{Cx, HirItem, check_item};
use crate::db::{Db, Namespace, Package, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Action, Cmp, Enum, Expr, ExprKind, Field, Name, Part, Path, Root, Ty};
use crate::span::ItemKey;
use crate::syntax::ast::{self, Ident};

/// How many combinations of values are looked at to tell two parts apart.
const MAX_CASES: usize = 1 << 16;

/// What an argument can be, as far as parts can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Case {
    Absent,
    Bool(bool),
    Member(u32),
    Number(i64),
    Text(Name),
    /// None of those that are named.
    Other,
}

/// The arguments that are looked at, each with what it can be.
type Cases = Vec<(Name, Vec<Case>)>;

impl Cx<'_> {
    /// What an action is a part of, and which calls it is.
    pub(crate) fn part_of(&mut self, x: &ast::Action, whole: &Ident, when: &ast::Expr) -> Option<Arc<Part>> {
        if let Some(wire) = &x.wire {
            let d = Diagnostic::new(Code::BadPart, wire.span, "a part has no name of its own in requests")
                .label("a request names the whole")
                .help("remove it; decisions call the part by the name that it has here");
            self.report(d);
        }
        if self.find(Namespace::Action, &whole.text).is_none() {
            self.report_unknown_action(whole);
            return None;
        }
        if part_of(self.db, self.package, &whole.text).is_some() {
            let d = Diagnostic::new(Code::BadPart, whole.span, format!("`{}` is itself a part", whole.text))
                .label("a part has no parts")
                .help("name the action that both are parts of, and say all of the condition here");
            self.report(d);
            return None;
        }
        let declared = find_action(self.db, self.package, &whole.text)?;
        let env = Env {
            principals: declared.principals.clone().into(),
            own: Some(declared.input.clone().into()),
            timeless: true,
            ..Env::default()
        };
        let when = self.condition(&env, when).expr?;
        if let Err(e) = plain(&when) {
            let d = Diagnostic::new(Code::BadPart, e.span, "the parts of an action are told apart by its arguments")
                .label("not a comparison of an argument with constants")
                .help("write `input.method == \"…\"`, `!=`, `in […]` or `input has …`, with `and`, `or`, `not`");
            self.report(d);
            return None;
        }
        Some(Arc::new(Part { whole: declared.clone(), when }))
    }
}

/// Whether a condition says no more than what arguments are; otherwise what says more.
fn plain(e: &Expr) -> Result<(), &Expr> {
    let constant = |e: &Expr| {
        matches!(
            e.kind,
            ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Decimal(_) | ExprKind::Text(_) | ExprKind::Member(_)
        )
    };
    let argument = |e: &Expr| matches!(&e.kind, ExprKind::Path(path) if name(path).is_some());
    match &e.kind {
        ExprKind::Not(inner) => plain(inner),
        ExprKind::And(all) | ExprKind::Or(all) => all.iter().try_for_each(plain),
        ExprKind::Path(path) | ExprKind::Has(path) if name(path).is_some() => Ok(()),
        ExprKind::Compare(Cmp::Eq | Cmp::Ne, a, b) if argument(a) && constant(b) || constant(a) && argument(b) => {
            Ok(())
        }
        ExprKind::InList(x, all) if argument(x) && all.iter().all(constant) => Ok(()),
        _ => Err(e),
    }
}

/// The argument that a path is.
fn name(path: &Path) -> Option<&Name> {
    match (path.root, path.fields.as_slice()) {
        (Root::Input, [name]) => Some(name),
        _ => None,
    }
}

/// A constant as a case.
fn case(e: &Expr) -> Option<Case> {
    Some(match &e.kind {
        ExprKind::Bool(b) => Case::Bool(*b),
        ExprKind::Member(index) => Case::Member(*index),
        ExprKind::Int(n) | ExprKind::Decimal(n) => Case::Number(*n),
        ExprKind::Text(text) => Case::Text(text.clone()),
        _ => return None,
    })
}

/// The constants that arguments are compared with.
fn constants(e: &Expr, out: &mut BTreeMap<Name, Vec<Case>>) {
    let mut add = |path: &Path, of: &[&Expr]| {
        let Some(name) = name(path) else { return };
        let known = out.entry(name.clone()).or_default();
        for case in of.iter().filter_map(|e| case(e)) {
            if !known.contains(&case) {
                known.push(case);
            }
        }
    };
    match &e.kind {
        ExprKind::Path(path) | ExprKind::Has(path) => add(path, &[]),
        ExprKind::Compare(_, a, b) => match (&a.kind, &b.kind) {
            (ExprKind::Path(path), _) => add(path, &[b]),
            (_, ExprKind::Path(path)) => add(path, &[a]),
            _ => {}
        },
        ExprKind::InList(x, all) => {
            if let ExprKind::Path(path) = &x.kind {
                add(path, &all.iter().collect::<Vec<_>>());
            }
        }
        _ => e.parts().into_iter().for_each(|part| constants(part, out)),
    }
}

/// Whether a condition is true of these arguments.
fn holds(e: &Expr, given: &BTreeMap<&Name, &Case>) -> bool {
    let value = |e: &Expr| match &e.kind {
        ExprKind::Path(path) => name(path).and_then(|name| given.get(name)).map(|case| (*case).clone()),
        _ => case(e),
    };
    match &e.kind {
        ExprKind::Not(inner) => !holds(inner, given),
        ExprKind::And(all) => all.iter().all(|e| holds(e, given)),
        ExprKind::Or(all) => all.iter().any(|e| holds(e, given)),
        ExprKind::Has(path) => name(path).and_then(|name| given.get(name)).is_some_and(|case| **case != Case::Absent),
        ExprKind::Compare(cmp, a, b) => (value(a) == value(b)) == (*cmp == Cmp::Eq),
        ExprKind::InList(x, all) => all.iter().any(|e| value(e) == value(x)),
        ExprKind::Path(_) => value(e) == Some(Case::Bool(true)),
        _ => false,
    }
}

/// The arguments that some conditions read, with everything that they can be.
fn cases(cx: &Cx<'_>, whole: &Action, conditions: &[&Expr]) -> Cases {
    let mut named = BTreeMap::new();
    conditions.iter().for_each(|e| constants(e, &mut named));
    let all = |name: &Name, mut known: Vec<Case>| {
        let field: Option<&Field> = whole.input.iter().find(|f| f.name == *name);
        let Some(field) = field else { return known };
        match field.ty.ty.base() {
            Ty::Bool => known = vec![Case::Bool(false), Case::Bool(true)],
            Ty::Enum(of) => {
                let count = cx.enumeration(of).map_or(0, |e| e.members.len());
                known = (0..u32::try_from(count).unwrap_or(0)).map(Case::Member).collect();
            }
            Ty::Int | Ty::Decimal | Ty::Instant | Ty::Duration | Ty::Date | Ty::Time | Ty::Size => {
                let bounds = &field.ty.bounds;
                let count = u128::try_from(i128::from(bounds.max) - i128::from(bounds.min) + 1).unwrap_or(0);
                let within =
                    known.iter().filter(|c| matches!(c, Case::Number(n) if (bounds.min..=bounds.max).contains(n)));
                if u128::try_from(within.count()).is_ok_and(|named| named < count) {
                    known.push(Case::Other);
                }
            }
            _ => known.push(Case::Other),
        }
        if field.optional {
            known.push(Case::Absent);
        }
        known
    };
    named.into_iter().map(|(name, known)| (name.clone(), all(&name, known))).collect()
}

/// The first combination of arguments of which all conditions are true; `Err` if there are too many to look at.
fn common<'c>(cases: &'c Cases, conditions: &[&Expr]) -> Result<Option<BTreeMap<&'c Name, &'c Case>>, ()> {
    let count = cases.iter().try_fold(1_usize, |count, (_, all)| count.checked_mul(all.len()));
    let count = count.filter(|count| *count <= MAX_CASES).ok_or(())?;
    Ok((0..count).find_map(|mut at| {
        let mut given = BTreeMap::new();
        for (name, all) in cases {
            given.insert(name, all.get(at % all.len())?);
            at /= all.len();
        }
        conditions.iter().all(|e| holds(e, &given)).then_some(given)
    }))
}

/// A combination of arguments for people.
fn shown(cx: &Cx<'_>, whole: &Action, given: &BTreeMap<&Name, &Case>) -> String {
    let one = |(name, case): (&&Name, &&Case)| {
        let ty = whole.input.iter().find(|f| f.name == **name).map(|f| f.ty.ty.base());
        let value = match (case, ty) {
            (Case::Absent, _) => return format!("without `{name}`"),
            (Case::Other, _) => return format!("with any other `{name}`"),
            (Case::Member(index), Some(Ty::Enum(of))) => {
                let of: Option<Arc<Enum>> = cx.enumeration(of);
                let index = usize::try_from(*index).unwrap_or(usize::MAX);
                of.and_then(|e| e.members.get(index).map(|m| m.name.to_string())).unwrap_or_default()
            }
            (Case::Bool(b), _) => b.to_string(),
            (Case::Number(n), Some(ty)) => super::literal::show_counted(*n, ty, 0),
            (Case::Text(text), _) => format!("\"{}\"", text.escape_debug()),
            _ => return format!("with some `{name}`"),
        };
        format!("whose `{name}` is `{value}`")
    };
    given.iter().map(one).collect::<Vec<_>>().join(" and ")
}

/// Parts that take the same call, and parts that take none, by item.
#[salsa::tracked]
pub fn overlaps(db: &dyn Db, package: Package) -> Vec<(ItemKey, Diagnostic)> {
    let mut out = vec![];
    for parts in parts_by_whole(db, package).values() {
        let mut before: Vec<(ItemKey, Arc<Action>)> = vec![];
        for name in parts {
            let Some(item) = find(db, package, Namespace::Action, name) else { continue };
            let Some(HirItem::Action(action)) = &check_item(db, package, item).hir else { continue };
            let (Some(part), Some((_, span))) = (&action.part_of, part_of(db, package, name)) else { continue };
            let cx = Cx::new(db, package, item);
            let mut report = |d: Diagnostic| out.push((item.key(db).clone(), d));
            let too_many = || {
                Diagnostic::new(Code::BadPart, span, format!("`{name}` compares too many arguments"))
                    .label("nobody can tell it from the other parts")
                    .help("tell parts apart by one or two arguments")
            };
            let alone = [&part.when];
            match common(&cases(&cx, &part.whole, &alone), &alone) {
                Err(()) => report(too_many()),
                Ok(None) => report(
                    Diagnostic::new(Code::BadPart, part.when.span, format!("no call is `{name}`"))
                        .label("never true")
                        .help("say which of the calls it is"),
                ),
                Ok(Some(_)) => {}
            }
            for (key, other) in &before {
                let Some(theirs) = &other.part_of else { continue };
                let both = [&theirs.when, &part.when];
                let cases = cases(&cx, &part.whole, &both);
                match common(&cases, &both) {
                    Err(()) => report(too_many()),
                    Ok(Some(given)) => report(
                        Diagnostic::new(
                            Code::BadPart,
                            part.when.span,
                            format!("a call {} is `{}` and `{name}`", shown(&cx, &part.whole, &given), other.name),
                        )
                        .label("this holds")
                        .related(Some(key.clone()), theirs.when.span, "and this")
                        .help("a call is judged as one part; say more in one of the conditions"),
                    ),
                    Ok(None) => {}
                }
            }
            before.push((item.key(db).clone(), action.clone()));
        }
    }
    out
}
