//! Definitions: pure functions of their parameters, which build on each other and never in a circle.

use std::collections::{BTreeSet, HashMap};

use super::Cx;
use super::expr::Want;
use super::graph::{Circle, circles};
use super::literal::{impossible, impossible_counted, impossible_text, show_counted};
use super::path::{Env, ROOTS};
use super::types::{show, unbounded};
use crate::db::{Db, Item, Namespace, Package, find, names};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Bounds, Define, Expr, ExprKind, Name, Ty, Type};
use crate::syntax::ast::{self, PolicyClauseKind, RuleClauseKind};

/// How many definitions may build on each other.
const MAX_LEVELS: usize = 64;

pub(crate) fn define(cx: &mut Cx<'_>, x: &ast::Define) -> Option<Define> {
    match standing(cx.db, cx.package, cx.item) {
        Standing::Sound => {}
        Standing::Circular => {
            let d = Diagnostic::new(Code::RecursiveDefine, x.name.span, format!("`{}` needs itself", x.name.text))
                .label("directly, or through other definitions")
                .help("a decision always ends: definitions build on each other, never in a circle");
            cx.report(d);
            return None;
        }
        Standing::TooHigh => {
            let d = Diagnostic::new(
                Code::TooCostly,
                x.name.span,
                format!("`{}` builds on more than {MAX_LEVELS} levels of definitions", x.name.text),
            )
            .label("too high")
            .help("write some of them out where they are used");
            cx.report(d);
            return None;
        }
        // What it builds on has the mistake, and says so.
        Standing::Lost => return None,
    }
    if ROOTS.contains(&&*x.name.text) {
        let d =
            Diagnostic::new(Code::ReservedName, x.name.span, format!("`{}` is a name of the language", x.name.text))
                .label("taken")
                .help("choose another name");
        cx.report(d);
    }
    let before = cx.diagnostics.len();
    let mut params = vec![];
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    for p in &x.params {
        if !seen.insert(&p.name.text) {
            let d = Diagnostic::new(
                Code::DuplicateName,
                p.name.span,
                format!("parameter `{}` is declared twice", p.name.text),
            )
            .label("declared again")
            .help("choose another name");
            cx.report(d);
        } else if ROOTS.contains(&&*p.name.text) {
            let d = Diagnostic::new(Code::Shadowing, p.name.span, format!("`{}` means something already", p.name.text))
                .label("nothing shadows in zt")
                .help("choose another name");
            cx.report(d);
        } else if find(cx.db, cx.package, Namespace::Define, &cx.at_home(&p.name.text)).is_some() {
            let d = Diagnostic::new(Code::Shadowing, p.name.span, format!("`{}` is a definition", p.name.text))
                .label("nothing shadows in zt")
                .help("choose another name");
            cx.report(d);
        }
        if let Some(at) = p.ty.absent() {
            let d = Diagnostic::new(Code::BadElement, at, "a parameter is never absent")
                .label("says that it may be")
                .help("remove `?`; test the attribute where the definition is used")
                .fix("remove `?`", at, "");
            cx.report(d);
        }
        // How many elements there may be decides what asking all of them costs, so that may be said.
        let sized = ["Set", "List", "Map"].contains(&&*p.ty.name.text);
        let sizes = |r: &&ast::Refinement| !(sized && matches!(r.kind, ast::RefinementKind::Max(_)));
        if let Some(r) = p.ty.refinements.iter().find(sizes) {
            let d = Diagnostic::new(Code::BadRefinement, r.span, "a parameter takes any value of its type")
                .label("refuses some")
                .help("remove it");
            cx.report(d);
        }
        let ty = cx.resolve(&p.ty)?;
        if *ty.ty.base() == Ty::Json {
            let d = Diagnostic::new(Code::BadElement, p.ty.span, "a `Json` is never read, so no definition takes it")
                .label("passed on as it is")
                .help("declare a `record` for what is judged");
            cx.report(d);
            return None;
        }
        let collection = matches!(ty.ty.base(), Ty::Set(_) | Ty::List(_) | Ty::Map(_));
        let length = ty.bounds.length;
        let bounds = if collection { Bounds { length, ..unbounded(&ty.ty) } } else { unbounded(&ty.ty) };
        params.push((p.name.text.clone(), ty.ty, bounds));
    }
    if cx.diagnostics.len() != before {
        return None;
    }
    let declared = match &x.ty {
        Some(t) => Some((cx.resolve(t)?, t.span)),
        None => None,
    };
    let env = Env { params: Some(params.clone().into()), ..Env::default() };
    let want = declared.as_ref().map(|(of, _)| Want { ty: of.ty.clone(), bounds: None, exact: false });
    let body = cx.expr(&env, &x.body, want.as_ref()).expr;
    let body = body?;
    if let Some((of, _)) = declared.as_ref().filter(|(of, _)| of.ty == body.ty) {
        possible(cx, &body, &of.ty, &of.bounds);
    }
    if let Some((Type { ty, .. }, at)) = declared.filter(|(of, _)| of.ty != body.ty) {
        let d = Diagnostic::new(
            Code::TypeMismatch,
            body.span,
            format!("`{}` should be `{}`, this is `{}`", x.name.text, show(&ty), show(&body.ty)),
        )
        .label(format!("`{}`", show(&body.ty)))
        .related(None, at, format!("`{}`", show(&ty)))
        .help("declare the type that it has, or leave it out");
        cx.report(d);
    }
    if body.ty.is_composite() || matches!(body.ty.base(), Ty::Entity(_) | Ty::Set(_) | Ty::List(_)) {
        let d =
            Diagnostic::new(Code::NotAValue, body.span, "a definition gives a condition, a number, a text or a member")
                .label(format!("`{}`", show(&body.ty)))
                .help("read the attribute where it is used");
        cx.report(d);
    }
    if cx.diagnostics.len() != before {
        return None;
    }
    let cost = cx.measure(&body);
    if !cx.affordable(&cost, x.name.span) {
        return None;
    }
    cx.cost = cost;
    Some(Define { name: x.name.text.clone(), params: params.into_iter().map(|(n, t, _)| (n, t)).collect(), body })
}

/// Whether what is written out as the value of a definition can be one of the type that it declares. What is computed may be
/// anything.
fn possible(cx: &mut Cx<'_>, body: &Expr, ty: &Ty, bounds: &Bounds) {
    let (shown, why) = match &body.kind {
        ExprKind::If(_, yes, no) => return [yes, no].into_iter().for_each(|value| possible(cx, value, ty, bounds)),
        ExprKind::Int(n) | ExprKind::Decimal(n) => {
            (format!("`{}`", show_counted(*n, ty.base(), bounds.places)), impossible_counted(*n, bounds, ty.base()))
        }
        ExprKind::Text(text) => (format!("`\"{}\"`", text.escape_debug()), impossible_text(text, ty, bounds)),
        _ => return,
    };
    if let Some(why) = why {
        cx.report(impossible(body.span, &shown, ty, why).help("write a value that the type has, or widen the type"));
    }
}

/// The definitions that an item's text uses.
#[salsa::tracked]
pub fn uses<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Vec<Item<'db>> {
    fn collect(e: &ast::Expr, out: &mut BTreeSet<Name>) {
        if let ast::ExprKind::Name(n) | ast::ExprKind::Call(n, _) = &e.kind {
            out.insert(n.text.clone());
        }
        e.parts().into_iter().for_each(|part| collect(part, out));
    }
    let mut found = BTreeSet::new();
    match &item.ast(db).kind {
        Some(ast::ItemKind::Define(d)) => collect(&d.body, &mut found),
        Some(ast::ItemKind::Policy(p)) => {
            for c in &p.clauses {
                if let PolicyClauseKind::When(e) | PolicyClauseKind::Unless(e) = &c.kind {
                    collect(e, &mut found);
                }
            }
            for c in p.rules.iter().flat_map(|r| &r.clauses) {
                if let RuleClauseKind::When(e) | RuleClauseKind::Unless(e) = &c.kind {
                    collect(e, &mut found);
                }
            }
        }
        _ => {}
    }
    found.into_iter().filter_map(|n| find(db, package, Namespace::Define, &n)).collect()
}

/// Whether a definition has a meaning that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, salsa::SalsaValue)]
pub enum Standing {
    /// It builds on a bounded number of others.
    Sound,
    /// It needs itself, and is the first of its circle.
    Circular,
    /// It is the first of a tower that builds on too many levels of others.
    TooHigh,
    /// It builds on one that is circular or too high, or is in a circle with it.
    Lost,
}

/// How a definition stands.
#[salsa::tracked(returns(copy))]
pub fn standing<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Standing {
    standings(db, package).get(&item).copied().unwrap_or(Standing::Sound)
}

/// How the definitions stand that do not stand well.
#[salsa::tracked]
pub fn standings<'db>(db: &'db dyn Db, package: Package) -> HashMap<Item<'db>, Standing> {
    let mut nodes: Vec<Item<'db>> = vec![];
    let mut numbers: HashMap<Item<'db>, usize> = HashMap::new();
    for name in names(db, package, Namespace::Define) {
        if let Some(item) = find(db, package, Namespace::Define, name) {
            numbers.insert(item, nodes.len());
            nodes.push(item);
        }
    }
    let edges: Vec<Vec<usize>> = nodes
        .iter()
        .map(|item| uses(db, package, *item).iter().filter_map(|i| numbers.get(i).copied()).collect())
        .collect();
    let (circular, levels) = circles(&edges);
    nodes
        .into_iter()
        .zip(circular.into_iter().zip(levels))
        .filter_map(|(item, (circular, level))| {
            let standing = match (circular, level) {
                (Circle::First, _) => Standing::Circular,
                (Circle::Off, Some(level)) if level < MAX_LEVELS => return None,
                (Circle::Off, Some(MAX_LEVELS)) => Standing::TooHigh,
                _ => Standing::Lost,
            };
            Some((item, standing))
        })
        .collect()
}
