//! Tables of patterns: what is sought in texts, what finding it says, and the automaton that finds all of it at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::declare::kind_of;
use super::expr::{Typed, Want, is_text, strip, taken};
use super::path::{Env, Seen};
use super::types::{PATTERN, show};
use super::{Cx, HirItem, check_item};
use crate::db::{Db, Item, Namespace, Package, find};
use crate::diagnostic::{Code, Diagnostic, article};
use crate::hir::{self, Detector, Expr, ExprKind, Inspected, Root, Search, Sought, Ty};
use crate::pattern::{self, PatternError};
use crate::span::{ItemKey, Span};
use crate::syntax::ast::{self, CellKind, Ident, TableShape};

/// The most patterns of one table.
const MAX_ROWS: usize = 1_024;

/// Whether a table is one of patterns.
pub(crate) fn is_detector(x: &ast::Table) -> bool {
    matches!(&x.shape, TableShape::Function(keys, _) if keys.iter().any(|key| &*key.name.text == PATTERN))
}

pub(crate) fn detector(cx: &mut Cx<'_>, x: &ast::Table) -> Option<Detector> {
    cx.name_of_table(&x.name);
    let TableShape::Function(keys, value) = &x.shape else { return None };
    if let [_, second, ..] = keys.as_slice() {
        let d = Diagnostic::new(Code::BadTableItem, second.span, "patterns are sought in one text")
            .label("another column")
            .help("make a table of patterns for each, and ask the one that the call needs");
        cx.report(d);
        return None;
    }
    let key = keys.first()?;
    if key.optional.is_some() || key.argument.is_some() || !key.refinements.is_empty() || !key.or.is_empty() {
        let d = Diagnostic::new(Code::BadTableItem, key.span, "patterns have no refinements")
            .label("says more than `Pattern`")
            .help("write `Pattern` alone");
        cx.report(d);
        return None;
    }
    let told = cx.diagnostics.len();
    let ty = cx.says(value)?;
    if let Some(from) = &x.from {
        let d = Diagnostic::new(Code::BadTableItem, from.span, "patterns are part of the policy")
            .label("kept elsewhere")
            .help("write them out: `= { re\"…\" => … }`");
        cx.report(d);
        return None;
    }
    let Some(rows) = &x.rows else {
        let d = Diagnostic::new(Code::BadTableItem, x.name.span, "the table has no rows")
            .label("where are they?")
            .help("write them out: `= { re\"…\" => … }`");
        cx.report(d);
        return None;
    };
    if rows.rows.is_empty() || rows.rows.len() > MAX_ROWS {
        let d = Diagnostic::new(Code::BadTableItem, rows.span, format!("the table has {} patterns", rows.rows.len()))
            .label(format!("from 1 to {MAX_ROWS}"))
            .help("of more, make several tables, and ask them with `or`");
        cx.report(d);
        return None;
    }
    let mut out = vec![];
    let mut places: BTreeMap<hir::Name, Span> = BTreeMap::new();
    for (left, right) in &rows.rows {
        let at = left.iter().chain(right).map(|c| c.span).reduce(|a, b| a.to(b)).unwrap_or(rows.span);
        let ([left], [right]) = (left.as_slice(), right.as_slice()) else {
            let d = Diagnostic::new(Code::BadTableItem, at, "a row is a pattern and what finding it says")
                .label("another number of cells")
                .help("write `re\"…\" => …`");
            cx.report(d);
            continue;
        };
        let sought = cx.sought(left);
        let says = cx.said(right, &ty);
        let (Some((source, pattern)), Some(says)) = (sought, says) else { continue };
        if let Some(first) = places.insert(pattern.clone(), at) {
            let d = Diagnostic::new(Code::DuplicateRow, at, "two rows seek the same pattern")
                .label("the second")
                .related(None, first, "the first")
                .help("keep one of them: what is found says the highest of its rows");
            cx.report(d);
            continue;
        }
        out.push(Sought { source, pattern, says });
    }
    (cx.diagnostics.len() == told).then(|| Detector {
        name: x.name.text.clone(),
        ty,
        rows: Arc::new(out),
        automata: None,
    })
}

impl Cx<'_> {
    /// What a table of patterns says: how sure it is, or just whether.
    fn says(&mut self, t: &ast::TypeExpr) -> Option<Ty> {
        if let Some(at) = t.absent() {
            let d = Diagnostic::new(Code::BadElement, at, "a table of patterns always says something")
                .label("says that it may not")
                .help("remove `?`; nothing found is `false`, or the lowest member")
                .fix("remove `?`", at, "");
            self.report(d);
        }
        let ty = self.resolve(t)?.ty;
        let ordered = match &ty {
            Ty::Bool => true,
            Ty::Enum(name) => self.enumeration(name)?.ordered,
            _ => false,
        };
        if !ordered || !t.refinements.is_empty() {
            let d = Diagnostic::new(
                Code::BadElement,
                t.span,
                format!("a table of patterns does not say {} `{}`", article(&show(&ty)), show(&ty)),
            )
            .label("neither `Bool` nor an ordered enum")
            .help("of several patterns that are found, the highest counts; nothing found is `false`, or the lowest member");
            self.report(d);
            return None;
        }
        Some(ty)
    }

    /// The pattern in a cell.
    fn sought(&mut self, cell: &ast::Cell) -> Option<(hir::Name, hir::Name)> {
        let CellKind::Value(ast::Expr { kind: ast::ExprKind::Regex(source), .. }) = &cell.kind else {
            let d = Diagnostic::new(Code::NotAPattern, cell.span, "this is no pattern")
                .label("not a pattern")
                .help("write it as `re\"…\"`; one without a capital letter finds any case, and a blank finds any number of them");
            self.report(d);
            return None;
        };
        match pattern::sought(&source.value) {
            Ok(pattern) => Some((source.value.clone(), pattern)),
            Err(PatternError::Syntax(at, why)) => {
                self.report_pattern(source, at, &why);
                None
            }
            Err(PatternError::Everywhere) => {
                let d = Diagnostic::new(Code::BadPattern, source.span, "this is found in every text")
                    .label("also finds nothing at all")
                    .help("let it ask for at least one character");
                self.report(d);
                None
            }
            // How large all of them are together is asked where a rule asks for them.
            Err(PatternError::TooLarge) => {
                self.report(
                    Diagnostic::new(
                        Code::PatternTooLarge,
                        source.span,
                        "the pattern is too large to be found in linear time",
                    )
                    .label("its automaton would not fit")
                    .help("lower the counts in `{…}`, or write fewer `.*`"),
                );
                None
            }
        }
    }

    /// What a row says, as an index.
    fn said(&mut self, cell: &ast::Cell, ty: &Ty) -> Option<u32> {
        let CellKind::Value(e) = &cell.kind else {
            let d = Diagnostic::new(Code::BadTableItem, cell.span, "this is no value")
                .label("a word of the language")
                .help("write a member of the enum, or `true`");
            self.report(d);
            return None;
        };
        let want = Want { ty: ty.clone(), bounds: None, exact: true };
        let x = self.expr(&Env { params: Some(Arc::default()), ..Env::default() }, e, Some(&want)).expr?;
        let says = match x.kind {
            ExprKind::Bool(says) => u32::from(says),
            ExprKind::Member(says) => says,
            _ => 0,
        };
        if x.ty == *ty && says > 0 {
            return Some(says);
        }
        let d = if x.ty == *ty {
            Diagnostic::new(Code::BadTableItem, e.span, "this is what is said where nothing is found")
                .label("so the pattern changes nothing")
                .help("let finding it say more, or remove the row")
        } else {
            Diagnostic::new(Code::TypeMismatch, e.span, format!("the table says `{}`", show(ty)))
                .label(format!("`{}`", show(&x.ty)))
                .help("write a value of the type that the table says")
        };
        self.report(d);
        None
    }

    /// The table of patterns that a call asks, if it is one.
    pub(crate) fn called_detector<'e>(&self, env: &Env, e: &'e ast::Expr) -> Option<(&'e Ident, &'e [ast::Expr])> {
        let ast::ExprKind::Call(name, args) = &strip(e).kind else { return None };
        if taken(env, &name.text) || find(self.db, self.package, Namespace::Define, &name.text).is_some() {
            return None;
        }
        let item = find(self.db, self.package, Namespace::Table, &name.text)?;
        matches!(&item.ast(self.db).kind, Some(ast::ItemKind::Table(x)) if is_detector(x)).then_some((name, args))
    }

    /// `t(text)`, `t(input)`
    pub(crate) fn detect(&mut self, env: &Env, name: &Ident, args: &[ast::Expr], span: Span) -> Typed {
        let item = find(self.db, self.package, Namespace::Table, &name.text);
        let detector = match item.and_then(|item| check_item(self.db, self.package, item).hir.clone()) {
            Some(HirItem::Detector(detector)) => detector,
            _ => return Typed::default(),
        };
        let [arg] = args else {
            return self.fail(
                Diagnostic::new(
                    Code::WrongArguments,
                    span,
                    format!("`{}` is sought in one text, not {}", self.called(&name.text), args.len()),
                )
                .label("the wrong number")
                .help(format!("write `{}(input)`, or give it a text", self.called(&name.text))),
            );
        };
        let inspected = match self.view(env, strip(arg)) {
            Seen::Poison => return Typed::default(),
            Seen::Path(view) if view.path.root == Root::Input && view.path.fields.is_empty() => {
                if env.own.is_some() {
                    let d = Diagnostic::new(
                        Code::NotInScope,
                        view.span,
                        "all arguments are searched where calls are judged",
                    )
                    .label("in a declaration")
                    .help("ask it in a rule or in the `where` of a window, or give it one text");
                    return self.fail(d);
                }
                Inspected::Input
            }
            _ => {
                let Some(text) = self.expr(env, arg, None).expr else { return Typed::default() };
                if !is_text(&text.ty) && !matches!(text.ty.base(), Ty::Syntax(_)) {
                    let d = Diagnostic::new(
                        Code::NotAPattern,
                        text.span,
                        format!("nothing is sought in {}", kind_of(&text.ty)),
                    )
                    .label(kind_of(&text.ty));
                    let name = self.called(&name.text);
                    return self.fail(match text.ty.base() {
                        Ty::List(_) | Ty::Set(_) => d.help(format!(
                            "ask of each: `any(x in …: {name}(x))`, or of all arguments: `{name}(input)`"
                        )),
                        _ => d.help(format!("give it a text, or all that the arguments hold: `{name}(input)`")),
                    });
                }
                Inspected::Text(Box::new(text))
            }
        };
        Typed::of(ExprKind::Detect(detector.name.clone(), inspected), detector.ty.clone(), span)
    }
}

/// The automata of a table of patterns; none if they would be too large.
#[salsa::tracked]
pub fn automata<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Option<Arc<Vec<Search>>> {
    let Some(HirItem::Detector(detector)) = &check_item(db, package, item).hir else { return None };
    pattern::search(&detector.rows).map(Arc::new)
}

/// Builds what is asked, and leaves out the rest.
pub(crate) fn build(db: &dyn Db, package: Package, hir: &mut hir::Package) {
    let asked = asked(hir);
    hir.detectors.retain(|name, _| asked.contains(name));
    for (name, detector) in &mut hir.detectors {
        let item = find(db, package, Namespace::Table, name);
        Arc::make_mut(detector).automata = item.and_then(|item| automata(db, package, item).clone());
    }
}

/// The tables of patterns that are asked but do not fit.
pub(crate) fn too_large(db: &dyn Db, package: Package, hir: &hir::Package) -> Vec<(ItemKey, Diagnostic)> {
    let lost = hir.detectors.values().filter(|detector| detector.automata.is_none());
    lost.filter_map(|detector| {
        let item = find(db, package, Namespace::Table, &detector.name)?;
        let name = item.ast(db).kind.as_ref()?.name().span;
        let d = Diagnostic::new(
            Code::PatternTooLarge,
            name,
            "the patterns are too large together to be found in linear time",
        )
        .label("their automaton would not fit")
        .help("lower the counts in `{…}`, write fewer `.*`, or divide the table into several");
        Some((item.key(db).clone(), d))
    })
    .collect()
}

/// The tables of patterns that anything asks that is decided, recorded or tested.
fn asked(hir: &hir::Package) -> BTreeSet<hir::Name> {
    let mut ahead: Vec<&Expr> = vec![];
    for policy in &hir.policies {
        ahead.extend(&policy.guard);
        for rule in &policy.rules {
            ahead.push(&rule.condition);
            ahead.extend(rule.obligations.iter().flat_map(|due| &due.args));
        }
    }
    for window in hir.windows.values() {
        ahead.extend(window.value.iter().chain(&window.condition).chain(&window.key));
    }
    for action in hir.actions.values() {
        ahead.extend(&action.resource_id);
        ahead.extend(action.part_of.iter().map(|part| &part.when));
        ahead.extend(action.tags.iter().flat_map(|tag| tag.fields.iter().map(|(_, says)| says)));
    }
    ahead.extend(hir.suites.iter().flat_map(|suite| &suite.laws).filter_map(|law| law.condition.as_ref()));
    let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
    while let Some(e) = ahead.pop() {
        match &e.kind {
            ExprKind::Detect(name, _) => drop(found.insert(name.clone())),
            ExprKind::Call(name, _) if seen.insert(name) => {
                ahead.extend(hir.defines.get(name).map(|define| &define.body));
            }
            _ => {}
        }
        ahead.extend(e.parts());
    }
    found
}
