//! Types as written to types as meant.

use std::collections::BTreeMap;
use std::sync::Arc;

use zt_values::limits;

use super::{Cx, HirItem, check_item, literal};
use crate::db::{Namespace, find, names};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Bounds, Field, Ty, Type};
use crate::pattern::{self, PatternError};
use crate::span::Span;
use crate::syntax::ast::{self, RefinementKind};

/// The names of the built-in types.
pub const BUILTIN: &[&str] = &["Bool", "Int", "Decimal", "String", "Ident", "Set"];

/// The most bytes that `max` may allow a `String`.
const MAX_STRING: u32 = 1 << 20;
/// The most elements that `max` may allow a `Set`.
const MAX_SET: u32 = 1 << 16;

/// Nothing refused but what the type itself refuses.
#[must_use]
pub fn unbounded(ty: &Ty) -> Bounds {
    let length = match ty.base() {
        Ty::Ident => limits::IDENT_BYTES,
        Ty::Set(_) => limits::SET_ELEMENTS,
        _ => limits::STRING_BYTES,
    };
    Bounds { min: i64::MIN, max: i64::MAX, places: 4, length, patterns: vec![], element: None }
}

/// How a type is written.
#[must_use]
pub fn show(ty: &Ty) -> String {
    match ty {
        Ty::Bool => "Bool".into(),
        Ty::Int => "Int".into(),
        Ty::Decimal => "Decimal".into(),
        Ty::String => "String".into(),
        Ty::Ident => "Ident".into(),
        Ty::Enum(n) | Ty::Record(n) | Ty::Entity(n) | Ty::Named(n, _) => n.to_string(),
        Ty::Set(e) => format!("Set<{}>", show(e)),
        Ty::List(e) => format!("List<{}>", show(e)),
        Ty::Instant => "Instant".into(),
        Ty::Duration => "Duration".into(),
        Ty::Date => "Date".into(),
        Ty::Time => "Time".into(),
        Ty::Size => "Size".into(),
        Ty::Syntax(s) => s.as_str().into(),
    }
}

impl Cx<'_> {
    /// Resolves a type; `None` if that was not possible, which has been reported where it stands.
    pub(crate) fn resolve(&mut self, t: &ast::TypeExpr) -> Option<Type> {
        let mut resolved = self.base(t)?;
        for refinement in &t.refinements {
            self.refine(&mut resolved, refinement);
        }
        Some(resolved)
    }

    fn base(&mut self, t: &ast::TypeExpr) -> Option<Type> {
        let plain = |ty: Ty| Type { bounds: unbounded(&ty), ty };
        let known =
            BUILTIN.contains(&&*t.name.text) || find(self.db, self.package, Namespace::Type, &t.name.text).is_some();
        if let Some(argument) = t.argument.as_ref().filter(|_| known && &*t.name.text != "Set") {
            self.report(
                Diagnostic::new(Code::BadElement, argument.span, format!("`{}` takes no type in `<…>`", t.name.text))
                    .label("only `Set` has an element type")
                    .help("remove it, or write `Set<…>`"),
            );
            return None;
        }
        Some(match &*t.name.text {
            "Bool" => plain(Ty::Bool),
            "Int" => plain(Ty::Int),
            "Decimal" => plain(Ty::Decimal),
            "String" => plain(Ty::String),
            "Ident" => plain(Ty::Ident),
            "Set" => {
                let Some(argument) = &t.argument else {
                    self.report(
                        Diagnostic::new(Code::BadElement, t.name.span, "`Set` needs the type of its elements")
                            .label("a set of what?")
                            .help("write it in angle brackets, as in `Set<Ident>`"),
                    );
                    return None;
                };
                if let Some(at) = argument.optional {
                    self.report(
                        Diagnostic::new(Code::BadElement, at, "an element of a set is never absent")
                            .label("a set without it simply lacks it")
                            .help("remove `?`")
                            .fix("remove `?`", at, ""),
                    );
                }
                // A named set is refused by its spelling: asking for its meaning could go round in circles.
                let nested = find(self.db, self.package, Namespace::Type, &argument.name.text).is_some_and(
                    |i| matches!(&i.ast(self.db).kind, Some(ast::ItemKind::Type(x)) if &*x.ty.name.text == "Set"),
                );
                let element = if nested { None } else { Some(self.resolve(argument)?) };
                let Some(element) =
                    element.filter(|e| !matches!(e.ty.base(), Ty::Set(_) | Ty::Record(_) | Ty::Entity(_)))
                else {
                    self.report(
                        Diagnostic::new(
                            Code::BadElement,
                            argument.span,
                            format!("`{}` cannot be an element of a set", argument.name.text),
                        )
                        .label("sets hold numbers, texts, enum members and `Bool`")
                        .help("for an entity, keep its id: `Set<Ident>`"),
                    );
                    return None;
                };
                let ty = Ty::Set(Box::new(element.ty));
                let mut bounds = unbounded(&ty);
                bounds.element = Some(Box::new(element.bounds));
                Type { ty, bounds }
            }
            name => return self.named(name, t.name.span),
        })
    }

    fn named(&mut self, name: &str, span: Span) -> Option<Type> {
        let Some(item) = find(self.db, self.package, Namespace::Type, name) else {
            if self.excused(Namespace::Type) {
                return None;
            }
            let known = names(self.db, self.package, Namespace::Type);
            let all = known.iter().map(|n| &**n).chain(BUILTIN.iter().copied());
            let usual = match name {
                "Integer" | "Number" | "i64" | "Long" | "int" => Some("Int"),
                "Str" | "Text" | "string" => Some("String"),
                "Boolean" | "bool" => Some("Bool"),
                "Float" | "Double" | "Money" => Some("Decimal"),
                "List" | "Array" | "Vec" | "Sequence" => Some("Set"),
                _ => None,
            };
            let mut d = Diagnostic::new(Code::UnknownType, span, format!("no type is called `{name}`"))
                .label("not declared in this package")
                .help("declare it with `enum`, `type`, `record` or `entity`")
                .did_you_mean(span, name, all);
            if let Some(usual) = usual {
                d = d.help(format!("zt calls this `{usual}`")).fix(format!("write `{usual}`"), span, usual);
            }
            self.report(d);
            return None;
        };
        let name: Arc<str> = Arc::from(name);
        let ty = match &item.ast(self.db).kind {
            Some(ast::ItemKind::Enum(_)) => Ty::Enum(name),
            Some(ast::ItemKind::Record(_)) => Ty::Record(name),
            Some(ast::ItemKind::Entity(_)) => Ty::Entity(name),
            Some(ast::ItemKind::Type(_)) => {
                return match &check_item(self.db, self.package, item).hir {
                    Some(HirItem::Type(t)) => Some((**t).clone()),
                    _ => None,
                };
            }
            _ => return None,
        };
        Some(Type { bounds: unbounded(&ty), ty })
    }

    fn refine(&mut self, t: &mut Type, refinement: &ast::Refinement) {
        let base = t.ty.base().clone();
        let misfit = |what: &str, fits: &str| {
            Diagnostic::new(Code::BadRefinement, refinement.span, format!("`{}` has no {what}", show(&t.ty)))
                .label(format!("only for {fits}"))
                .help(format!("remove it; {fits} can be refined like this"))
        };
        match &refinement.kind {
            RefinementKind::Range(low, high) => {
                if !matches!(base, Ty::Int | Ty::Decimal) {
                    let d = misfit("range", "`Int` and `Decimal`");
                    return self.report(d);
                }
                let (mut min, mut max) = (t.bounds.min, t.bounds.max);
                for (end, bound) in [(low, &mut min), (high, &mut max)] {
                    if let Some(end) = end {
                        match literal::number(end, &base) {
                            Ok(value) => *bound = value,
                            Err(d) => return self.report(*d),
                        }
                    }
                }
                // A stricter type may stand on a wider one, never the other way round.
                let (low, high) = (min.max(t.bounds.min), max.min(t.bounds.max));
                if low > high {
                    return self.report(
                        Diagnostic::new(Code::EmptyRange, refinement.span, "no value lies in this range")
                            .label("the lower end is above the upper end")
                            .help("put the smaller number first"),
                    );
                }
                (t.bounds.min, t.bounds.max) = (low, high);
            }
            RefinementKind::Max(n) => {
                let (what, most) = match base {
                    Ty::String => ("bytes", MAX_STRING),
                    Ty::Ident => ("bytes", limits::IDENT_BYTES),
                    Ty::Set(_) => ("elements", MAX_SET),
                    _ => {
                        let d = misfit("`max`", "`String`, `Ident` and `Set`").help("a range is written `in 0 .. 10`");
                        return self.report(d);
                    }
                };
                let named = matches!(t.ty, Ty::Named(..));
                let unasked = if named { u32::MAX } else { unbounded(&t.ty).length };
                match n.text.parse::<u32>() {
                    // What a built-in type allows unasked may be raised; what somebody declared may only be lowered.
                    Ok(max) if max > 0 && max <= most && (max <= t.bounds.length || t.bounds.length == unasked) => {
                        t.bounds.length = max;
                    }
                    Ok(max) if max > 0 && max <= most => self.report(
                        Diagnostic::new(
                            Code::BadRefinement,
                            n.span,
                            format!("`max {max}` is looser than the type, which has `max {}`", t.bounds.length),
                        )
                        .label("a refinement makes a type stricter, never looser")
                        .help("lower the bound, or declare another type"),
                    ),
                    _ => self.report(
                        Diagnostic::new(Code::BadRefinement, n.span, format!("`max` is out of bounds: {}", n.text))
                            .label(format!("from 1 to {most} {what}"))
                            .help("choose a bound within these"),
                    ),
                }
            }
            RefinementKind::Places(n) => {
                if base != Ty::Decimal {
                    let d = misfit("places", "`Decimal`");
                    return self.report(d);
                }
                match n.text.parse::<u8>() {
                    Ok(places) if places <= 4 => t.bounds.places = places.min(t.bounds.places),
                    _ => self.report(
                        Diagnostic::new(Code::BadRefinement, n.span, format!("a `Decimal` has no {} places", n.text))
                            .label("from 0 to 4")
                            .help("`Decimal` is exact to four places after the point"),
                    ),
                }
            }
            // It says nothing of the values.
            RefinementKind::Free => {}
            RefinementKind::Accepts(_) | RefinementKind::Refuses(_) => {
                self.not_yet(refinement.span, "this");
            }
            RefinementKind::Matching(p) => {
                if !matches!(base, Ty::String | Ty::Ident) {
                    let d = misfit("pattern", "`String` and `Ident`");
                    return self.report(d);
                }
                if let Some(p) = self.pattern(p) {
                    t.bounds.patterns.push(p);
                }
            }
        }
    }

    /// Compiles a pattern.
    pub(crate) fn pattern(&mut self, p: &ast::Text) -> Option<crate::hir::Pattern> {
        match pattern::compile(&p.value) {
            Ok(pattern) => Some(pattern),
            Err(PatternError::Syntax(at, why)) => {
                // `re"` is three bytes; an escaped quote inside shifts the place, so the whole is marked then.
                let exact = p.value.len() + 4 == (p.span.end - p.span.start) as usize;
                let place = |offset: usize| p.span.start + 3 + u32::try_from(offset).unwrap_or(0);
                let span = if exact {
                    Span::new(place(at.start), place(at.end.max(at.start + 1)).min(p.span.end))
                } else {
                    p.span
                };
                self.report(
                    Diagnostic::new(Code::BadPattern, span, format!("the pattern is not understood: {why}"))
                        .label("here")
                        .help("patterns are regular expressions; `\\` before a sign takes it as it is, as in `\\.`"),
                );
                None
            }
            Err(PatternError::TooLarge) => {
                self.report(
                    Diagnostic::new(
                        Code::PatternTooLarge,
                        p.span,
                        "the pattern is too large to be matched in linear time",
                    )
                    .label("its automaton would not fit")
                    .help("lower the counts in `{…}`, or put a `max` on the type instead"),
                );
                None
            }
        }
    }

    /// Resolves the fields of a record, an entity or an input; those that fail are left out.
    pub(crate) fn fields(&mut self, fields: &[ast::Field], what: &str) -> Vec<Field> {
        let mut out: Vec<Field> = vec![];
        let mut names: BTreeMap<&str, Span> = BTreeMap::new();
        let mut wires: BTreeMap<Arc<str>, Span> = BTreeMap::new();
        for f in fields {
            let wire = f.wire.as_ref().map_or_else(|| f.name.text.clone(), |w| w.value.clone());
            let at = f.wire.as_ref().map_or(f.name.span, |w| w.span);
            if let Some(first) = names.get(&*f.name.text) {
                let d = Diagnostic::new(
                    Code::DuplicateName,
                    f.name.span,
                    format!("{what} `{}` is declared twice", f.name.text),
                )
                .label("declared again")
                .related(None, *first, "first declared here")
                .help("remove one of them");
                self.report(d);
                continue;
            }
            names.insert(&f.name.text, f.name.span);
            if let Some(first) = wires.get(&wire) {
                let d = Diagnostic::new(
                    Code::DuplicateWireName,
                    at,
                    format!("two {what}s are called `{wire}` in requests"),
                )
                .label("the second")
                .related(None, *first, "the first")
                .help("a request would not say which one it means; give one of them another name with `as`");
                self.report(d);
                continue;
            }
            wires.insert(wire.clone(), at);
            let free = f.ty.refinements.iter().any(|r| matches!(r.kind, RefinementKind::Free));
            if let Some(ty) = self.resolve(&f.ty) {
                out.push(Field { name: f.name.text.clone(), wire, ty, optional: f.ty.optional.is_some(), free });
            }
        }
        out
    }
}
