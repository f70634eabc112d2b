//! Rows that sources are asked for before windows are read and before a call gave anything back: their keys cannot
//! follow from either.

use std::sync::Arc;

use super::{Cx, HirItem, check_item};
use crate::db::{Namespace, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Define, Expr, ExprKind, Name, Root};
use crate::span::Span;

/// Which parameters and variables follow from what is known late.
#[derive(Debug, Clone, Default)]
pub(crate) struct Late {
    params: Vec<bool>,
    vars: Vec<bool>,
}

impl Late {
    fn root(&self, root: Root) -> bool {
        let at = |all: &[bool], i: u32| usize::try_from(i).ok().and_then(|i| all.get(i).copied()).unwrap_or(false);
        match root {
            Root::Output => true,
            Root::Param(i) => at(&self.params, i),
            Root::Var(i) => at(&self.vars, i),
            _ => false,
        }
    }

    fn with_var(&self, var: u32, late: bool) -> Late {
        let mut inner = self.clone();
        inner.vars.resize(usize::try_from(var).unwrap_or(usize::MAX).min(1 << 10), false);
        inner.vars.push(late);
        inner
    }
}

impl Cx<'_> {
    /// Refuses a quantifier whose elements are known late, if sources are asked about them.
    pub(crate) fn asked_in_time(&mut self, over: &Expr, var: u32, body: &Expr) -> bool {
        let env = Late::default();
        let late = self.is_late(over, &env);
        let found = if late { self.late_key(body, &env.with_var(var, true)) } else { None };
        self.not_late(found)
    }

    /// The same of what is handed to a definition.
    pub(crate) fn handed_in_time(&mut self, define: &Define, args: &[Expr], span: Span) -> bool {
        let params: Vec<bool> = args.iter().map(|arg| self.is_late(arg, &Late::default())).collect();
        let late = params.contains(&true) && self.late_key(&define.body, &Late { params, vars: vec![] }).is_some();
        self.not_late(late.then_some(span))
    }

    /// The same of a key itself.
    pub(crate) fn keyed_in_time(&mut self, key: &Expr) -> bool {
        let late = self.is_late(key, &Late::default());
        self.not_late(late.then_some(key.span))
    }

    fn not_late(&mut self, found: Option<Span>) -> bool {
        let Some(span) = found else { return true };
        let d = Diagnostic::new(Code::BadLookup, span, "nobody can be asked for this row in time")
            .label("asks a source")
            .help("sources are asked before windows are read and before a call gives anything back: look up by what the request says");
        self.report(d);
        false
    }

    fn defined(&self, name: &Name) -> Option<Arc<Define>> {
        match &check_item(self.db, self.package, find(self.db, self.package, Namespace::Define, name)?).hir {
            Some(HirItem::Define(define)) => Some(define.clone()),
            _ => None,
        }
    }

    /// Whether a value follows from what windows say, or a call gave back.
    fn is_late(&self, e: &Expr, env: &Late) -> bool {
        match &e.kind {
            ExprKind::Reading { .. } => true,
            ExprKind::Path(path) | ExprKind::Has(path) => env.root(path.root),
            ExprKind::Else(path, other) => env.root(path.root) || self.is_late(other, env),
            ExprKind::Call(name, args) => {
                let params: Vec<bool> = args.iter().map(|arg| self.is_late(arg, env)).collect();
                self.defined(name).is_some_and(|d| self.is_late(&d.body, &Late { params, vars: vec![] }))
            }
            ExprKind::Quantifier { over, var, body, .. } => {
                let late = self.is_late(over, env);
                late || self.is_late(body, &env.with_var(*var, late))
            }
            _ => e.parts().into_iter().any(|part| self.is_late(part, env)),
        }
    }

    /// Where a source is asked for a row by a key that is known late.
    fn late_key(&self, e: &Expr, env: &Late) -> Option<Span> {
        match &e.kind {
            ExprKind::Lookup(table, key, _) | ExprKind::InTable(table, key)
                if self.is_asked_of_a_source(table) && key.iter().any(|part| self.is_late(part, env)) =>
            {
                Some(e.span)
            }
            ExprKind::Call(name, args) => args.iter().find_map(|arg| self.late_key(arg, env)).or_else(|| {
                let params: Vec<bool> = args.iter().map(|arg| self.is_late(arg, env)).collect();
                let define = self.defined(name).filter(|_| params.contains(&true))?;
                self.late_key(&define.body, &Late { params, vars: vec![] }).map(|_| e.span)
            }),
            ExprKind::Quantifier { over, var, body, .. } => self.late_key(over, env).or_else(|| {
                let late = self.is_late(over, env);
                self.late_key(body, &env.with_var(*var, late))
            }),
            _ => e.parts().into_iter().find_map(|part| self.late_key(part, env)),
        }
    }

    /// Whether a source is asked for a row, here or in a definition that is called.
    pub(crate) fn asks_for_a_row(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Lookup(table, ..) | ExprKind::InTable(table, _) => self.is_asked_of_a_source(table),
            ExprKind::Call(name, _) => self.defined(name).is_some_and(|d| self.asks_within(&d.body)),
            _ => false,
        }
    }

    fn asks_within(&self, e: &Expr) -> bool {
        self.asks_for_a_row(e) || e.parts().into_iter().any(|part| self.asks_within(part))
    }

    fn is_asked_of_a_source(&self, table: &Name) -> bool {
        let item = find(self.db, self.package, Namespace::Table, table);
        item.is_some_and(|item| {
            matches!(&check_item(self.db, self.package, item).hir, Some(HirItem::Table(table)) if table.source.is_some())
        })
    }
}
