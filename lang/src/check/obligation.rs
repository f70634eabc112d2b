//! Obligations: what each kind may say, and what is said where one is due.

use std::collections::BTreeMap;

use super::Cx;
use super::HirItem;
use super::check_item;
use super::declare::kind_of;
use super::expr::Want;
use super::note::Meaning;
use super::path::Env;
use super::types::show;
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Bounds, Due, Expr, ExprKind, Merge, Name, Obligation, ObligationParam, Ty};
use crate::span::Span;
use crate::syntax::ast;

/// The most parameters that an obligation may have.
const MAX_PARAMS: usize = 32;

pub(crate) fn obligation(cx: &mut Cx<'_>, x: &ast::Obligation) -> Option<Obligation> {
    let fields = cx.fields(&x.fields, "parameter");
    let mut lost = fields.len() != x.fields.len();
    if fields.len() > MAX_PARAMS {
        let d =
            Diagnostic::new(Code::TooCostly, x.name.span, format!("an obligation has at most {MAX_PARAMS} parameters"))
                .label(format!("it has {}", fields.len()))
                .help("split it in two");
        cx.report(d);
    }
    let mut params: Vec<ObligationParam> = vec![];
    for field in fields {
        let Some(written) = x.fields.iter().find(|f| f.name.text == field.name) else { continue };
        if field.optional {
            let d =
                Diagnostic::new(Code::BadObligation, written.ty.span, "a parameter of an obligation is always given")
                    .label("never absent")
                    .help("remove `?`; declare two obligations where there are two things to say");
            cx.report(d);
            lost = true;
        }
        let element = match field.ty.ty.base() {
            Ty::Set(element) => element.base().clone(),
            other => other.clone(),
        };
        if element.is_composite() || matches!(element, Ty::Entity(_) | Ty::List(_) | Ty::Set(_)) {
            let d = Diagnostic::new(
                Code::BadObligation,
                written.ty.span,
                format!("`{}` cannot be a parameter of an obligation", show(&field.ty.ty)),
            )
            .label("numbers, texts, enums, `Bool`, and sets of these")
            .help("for an entity, hand over its id");
            cx.report(d);
            lost = true;
        }
        let merge = written.merge.and_then(|(merge, span)| cx.merge(merge, span, &field.ty.ty));
        lost |= merge.is_none() && written.merge.is_some();
        params.push(ObligationParam { name: field.name, ty: field.ty, merge });
    }
    (!lost).then(|| Obligation { name: x.name.text.clone(), params })
}

impl Cx<'_> {
    /// Whether values of a type can be merged so.
    fn merge(&mut self, merge: Merge, span: Span, ty: &Ty) -> Option<Merge> {
        let set = matches!(ty.base(), Ty::Set(_));
        let ordered = match ty.base() {
            Ty::Enum(name) => self.enumeration(name).is_none_or(|e| e.ordered),
            Ty::Bool | Ty::Int | Ty::Decimal | Ty::Instant | Ty::Duration | Ty::Date | Ty::Time | Ty::Size => true,
            _ => false,
        };
        let fits = match merge {
            Merge::Min | Merge::Max => ordered,
            Merge::Union | Merge::Intersect => set,
        };
        if fits {
            return Some(merge);
        }
        let d = Diagnostic::new(Code::BadObligation, span, format!("values of `{}` do not merge like this", show(ty)))
            .label("does not fit the type")
            .help("`min` and `max` merge numbers, times, `Bool` and ordered enums; `union` and `intersect` merge sets");
        self.report(d);
        None
    }

    /// An obligation by name.
    pub(crate) fn find_obligation(&self, name: &str) -> Option<std::sync::Arc<Obligation>> {
        match &check_item(self.db, self.package, find(self.db, self.package, Namespace::Obligation, name)?).hir {
            Some(HirItem::Obligation(o)) => Some(o.clone()),
            _ => None,
        }
    }

    /// What stands after `with`; `None` after a mistake.
    pub(crate) fn dues(&mut self, env: &Env, list: &[ast::Apply]) -> Option<Vec<Due>> {
        // Each is checked, whatever the others are.
        let all: Vec<Option<Due>> = list.iter().map(|apply| self.due(env, apply)).collect();
        all.into_iter().collect()
    }

    fn due(&mut self, env: &Env, apply: &ast::Apply) -> Option<Due> {
        if self.find(Namespace::Obligation, &apply.name.text).is_none() {
            if !self.excused(Namespace::Obligation) {
                let d = Diagnostic::new(
                    Code::UnknownObligation,
                    apply.name.span,
                    format!("no obligation is called `{}`", apply.name.text),
                )
                .label("not declared in this package")
                .help(format!("declare it: `obligation {} {{ … }}`", apply.name.text));
                let d = self.suggest(d, &apply.name, &[Namespace::Obligation], &[]);
                self.report(d);
            }
            return None;
        }
        let obligation = self.find_obligation(&apply.name.text)?;
        let args = self.arguments(env, &obligation, apply)?;
        let missing: Vec<&ObligationParam> = obligation.params.iter().filter(|p| !args.contains_key(&p.name)).collect();
        if let [first, rest @ ..] = missing.as_slice() {
            let all: Vec<String> = std::iter::once(first).chain(rest).map(|p| format!("{}: …", p.name)).collect();
            let d = Diagnostic::new(Code::BadObligation, apply.span, format!("`{}` is not given", first.name))
                .label("a parameter is missing")
                .help(format!("add {}", all.join(", ")));
            self.report(d);
            return None;
        }
        let mut args = args;
        let args = obligation.params.iter().filter_map(|p| args.remove(&p.name)).collect();
        Some(Due { obligation: apply.name.text.clone(), args, span: apply.span })
    }

    /// The arguments that are given, by parameter; `None` after a mistake.
    pub(crate) fn arguments(
        &mut self,
        env: &Env,
        obligation: &Obligation,
        apply: &ast::Apply,
    ) -> Option<BTreeMap<Name, Expr>> {
        let before = self.diagnostics.len();
        let mut out: BTreeMap<Name, Expr> = BTreeMap::new();
        for arg in &apply.args {
            let Some(param) = obligation.params.iter().find(|p| p.name == arg.name.text) else {
                let known: Vec<&str> = obligation.params.iter().map(|p| &*p.name).collect();
                let d = Diagnostic::new(
                    Code::BadObligation,
                    arg.name.span,
                    format!("`{}` has no parameter `{}`", obligation.name, arg.name.text),
                )
                .label("nothing of this name")
                .help(if known.is_empty() {
                    format!("write `{}()`", obligation.name)
                } else {
                    format!("its parameters are {}", known.join(", "))
                })
                .did_you_mean(arg.name.span, &arg.name.text, known);
                self.report(d);
                continue;
            };
            self.note(arg.name.span, || Meaning::Value(param.ty.ty.clone()));
            if out.contains_key(&arg.name.text) {
                let d =
                    Diagnostic::new(Code::DuplicateName, arg.name.span, format!("`{}` is given twice", arg.name.text))
                        .label("the second")
                        .help("keep one of them");
                self.report(d);
                continue;
            }
            if let Some(value) = self.wanted(env, &arg.value, &param.ty.ty, &param.ty.bounds) {
                out.insert(param.name.clone(), value);
            }
        }
        (self.diagnostics.len() == before).then_some(out)
    }

    /// An expression of a given type, or a mistake.
    pub(crate) fn wanted(&mut self, env: &Env, e: &ast::Expr, ty: &Ty, bounds: &Bounds) -> Option<Expr> {
        if let (ast::ExprKind::List(elements), Ty::Set(element)) = (&e.kind, ty.base()) {
            let inner = bounds.element.as_deref().unwrap_or(bounds);
            let all: Vec<Option<Expr>> = elements.iter().map(|x| self.wanted(env, x, element, inner)).collect();
            let all: Option<Vec<Expr>> = all.into_iter().collect();
            return Some(Expr { kind: ExprKind::List(all?), ty: ty.clone(), span: e.span });
        }
        let want = Want { ty: ty.clone(), bounds: Some(bounds.clone()), exact: true };
        let x = self.expr(env, e, Some(&want)).expr?;
        if x.ty.alike(ty) {
            return Some(x);
        }
        let d = Diagnostic::new(
            Code::TypeMismatch,
            e.span,
            format!("{} should stand here, this is {}", kind_of(ty), kind_of(&x.ty)),
        )
        .label(kind_of(&x.ty))
        .help("zt never converts one type to another");
        self.report(d);
        None
    }
}
