//! What a condition may come out as.

use super::Reasoner;
use super::known::Known;
use super::order::{opposite, signs_of};
use super::value::{Value, is_switch};
use crate::hir::{Expr, ExprKind, Quantifier, Ty};
use crate::lint::domain::{Domain, Truth};
use crate::lint::term::key;

impl Reasoner<'_> {
    /// What a condition may come out as.
    pub(in crate::lint) fn truth(&self, e: &Expr, known: &Known) -> Truth {
        if !self.burn(1) {
            return Truth::ANY;
        }
        match &e.kind {
            ExprKind::Bool(true) => Truth::TRUE,
            ExprKind::Bool(false) => Truth::FALSE,
            ExprKind::Not(x) => self.truth(x, known).negated(),
            ExprKind::And(xs) => self.all(xs, known, true),
            ExprKind::Or(xs) => self.all(xs, known, false).negated(),
            ExprKind::If(c, a, b) => {
                let condition = self.truth(c, known);
                let mut out = Truth { yes: false, no: false, fails: condition.fails };
                for (value, branch) in [(true, a), (false, b)] {
                    if condition.may_be(value) {
                        let mut inside = known.clone();
                        self.assume(c, value, &mut inside);
                        if !inside.dead {
                            out = out.or_else(self.truth(branch, &inside));
                        }
                    }
                }
                out
            }
            ExprKind::Compare(cmp, a, b) => {
                let signs = self.signs(a, b, known);
                let (x, y) = (self.value(a, known), self.value(b, known));
                let wanted = signs_of(*cmp);
                let other = signs_of(opposite(*cmp));
                Truth {
                    yes: !signs.meet(&wanted).is_empty(),
                    no: !signs.meet(&other).is_empty(),
                    fails: x.fails || y.fails,
                }
            }
            ExprKind::InList(x, all) => {
                let value = self.value(x, known);
                let parts: Vec<Value> = all.iter().map(|one| self.value(one, known)).collect();
                let yes = parts.iter().any(|one| !value.domain.meet(&one.domain).is_empty());
                let left = parts.iter().fold(value.domain.clone(), |left, one| left.without(&one.domain));
                let fails = value.fails || parts.iter().any(|one| one.fails);
                self.atom(e, known, Truth { yes, no: !left.is_empty(), fails })
            }
            ExprKind::Has(path) => {
                let mut above = path.clone();
                above.fields.pop();
                let seen = self.ground.read(path, &self.vars.borrow());
                let fails = seen.fails || self.ground.read(&above, &self.vars.borrow()).fails;
                self.atom(e, known, Truth { fails, ..Truth::TOTAL })
            }
            ExprKind::Is(path, name) => {
                let types = self.types(path, known);
                let one = Domain::text(name.clone());
                let fails = self.ground.read(path, &self.vars.borrow()).fails;
                let yes = !types.meet(&one).is_empty();
                self.atom(e, known, Truth { yes, no: !types.without(&one).is_empty(), fails })
            }
            ExprKind::Quantifier { kind: kind @ (Quantifier::Any | Quantifier::All), over, body, .. } => {
                let all = *kind == Quantifier::All;
                let (least, most) = self.size(over, known);
                let fails = self.value(over, known).fails;
                let body = self.of_element(over, body, known);
                // What is asked of each element, or of none.
                let (mut yes, mut no) = (body.yes, body.no);
                if least == 0 {
                    yes |= all;
                    no |= !all;
                }
                if most == 0 {
                    (yes, no) = (all, !all);
                }
                self.atom(e, known, Truth { yes, no, fails: fails || body.fails && most > 0 })
            }
            ExprKind::Call(_, args) => {
                let fails = args.iter().any(|arg| self.value(arg, known).fails);
                let body = self.written_out(e).map_or(Truth::ANY, |body| self.truth(&body, known));
                // A definition that asks nothing is a switch, and whoever reads it means it.
                let body = if is_switch(e) { Truth { fails: body.fails, ..Truth::TOTAL } } else { body };
                self.atom(e, known, Truth { fails: fails || body.fails, ..body })
            }
            ExprKind::In(a, b) => {
                let fails = self.value(a, known).fails || self.value(b, known).fails;
                let (_, most) = self.size(b, known);
                self.atom(e, known, Truth { yes: most > 0, no: true, fails })
            }
            ExprKind::Matches(x, _) | ExprKind::Glob(x, _) | ExprKind::Runs(x, ..) => {
                let fails = self.value(x, known).fails;
                self.atom(e, known, Truth { fails, ..Truth::TOTAL })
            }
            ExprKind::Under(a, b) => {
                let entities = matches!(a.ty.base(), Ty::Entity(_)) || matches!(b.ty.base(), Ty::Entity(_));
                let fails = entities || self.value(a, known).fails || self.value(b, known).fails;
                self.atom(e, known, Truth { fails, ..Truth::TOTAL })
            }
            // A clock has no answer for some years, a source may have none.
            ExprKind::Hours(..) | ExprKind::InTable(..) => self.atom(e, known, Truth::ANY),
            _ => {
                let value = self.value(e, known);
                Truth { yes: value.domain.may_be(1), no: value.domain.may_be(0), fails: value.fails }
            }
        }
    }

    /// What `and` of some conditions may come out as; with `want` false, `and` of their opposites.
    pub(super) fn all(&self, xs: &[Expr], known: &Known, want: bool) -> Truth {
        let of = |x: &Expr, known: &Known| {
            let truth = self.truth(x, known);
            if want { truth } else { truth.negated() }
        };
        let each: Vec<Truth> = xs.iter().map(|x| of(x, known)).collect();
        if each.contains(&Truth::FALSE) {
            return Truth::FALSE;
        }
        let fails = each.iter().any(|t| t.fails);
        let no = each.iter().any(|t| t.no);
        let mut yes = each.iter().all(|t| t.yes);
        if yes && no {
            let together = self.assuming(xs.iter().map(|x| (x, want)), known);
            yes = !together.dead && xs.iter().all(|x| of(x, &together).yes);
        }
        Truth { yes, no, fails }
    }

    /// A condition as a term: what is known of it, or what it may be by itself.
    pub(super) fn atom(&self, e: &Expr, known: &Known, by_itself: Truth) -> Truth {
        match known.get(|| key(e)) {
            Some(domain) => {
                Truth { yes: by_itself.yes && domain.may_be(1), no: by_itself.no && domain.may_be(0), fails: false }
            }
            None => by_itself,
        }
    }
}
