//! What is known where conditions come out so.

use super::Reasoner;
use super::known::Known;
use super::order::opposite;
use super::value::{is_switch, type_key};
use crate::hir::{Expr, ExprKind, Syntax, Ty};
use crate::lint::domain::Domain;
use crate::lint::term::key;

impl Reasoner<'_> {
    /// What a path is under as well where it is under another one, or matches a glob.
    fn above(&self, e: &Expr) -> Vec<Expr> {
        let (path, mut base) = match &e.kind {
            ExprKind::Under(path, base) => match &base.kind {
                ExprKind::Text(base) => (path, &**base),
                _ => return vec![],
            },
            ExprKind::Glob(path, glob) => {
                // A glob is kept as the expression that it stands for: whole segments begin as a group.
                let source = glob.source.strip_prefix(r"\A").unwrap_or_default();
                let special = source.find(|c: char| !c.is_ascii_alphanumeric() && c != '/' && c != '_');
                let (written, rest) = source.split_at(special.unwrap_or(0));
                let whole = if rest.starts_with("(?:/") { Some(written.len()) } else { written.rfind('/') };
                (path, whole.and_then(|at| written.get(..at)).unwrap_or_default())
            }
            _ => return vec![],
        };
        let mut out = vec![];
        if *path.ty.base() != Ty::Syntax(Syntax::Path) {
            return out;
        }
        while base.starts_with('/') && base.len() > 1 && self.burn(1) {
            let text = Expr { kind: ExprKind::Text(base.into()), ty: path.ty.clone(), span: e.span };
            out.push(Expr { kind: ExprKind::Under(path.clone(), Box::new(text)), ty: Ty::Bool, span: e.span });
            base = base.rfind('/').and_then(|at| base.get(..at)).unwrap_or_default();
        }
        out
    }

    /// What is known where these conditions come out so.
    pub(in crate::lint) fn assuming<'e>(
        &self,
        conditions: impl Iterator<Item = (&'e Expr, bool)> + Clone,
        known: &Known,
    ) -> Known {
        let mut out = known.clone();
        // What a later one says may matter to an earlier one.
        for _ in 0..2 {
            for (x, value) in conditions.clone() {
                if out.dead {
                    return out;
                }
                self.assume(x, value, &mut out);
            }
        }
        out
    }

    /// Takes a condition to come out so.
    pub(in crate::lint) fn assume(&self, e: &Expr, value: bool, known: &mut Known) {
        if known.dead || !self.burn(1) {
            return;
        }
        match &e.kind {
            ExprKind::Bool(is) => known.dead |= *is != value,
            ExprKind::Not(x) => self.assume(x, !value, known),
            ExprKind::And(xs) | ExprKind::Or(xs) => {
                let all = matches!(e.kind, ExprKind::And(_)) == value;
                if all {
                    xs.iter().for_each(|x| self.assume(x, value, known));
                } else {
                    // One of them does, nobody says which.
                    let mut joined: Option<Known> = None;
                    for x in xs {
                        let mut one = known.clone();
                        self.assume(x, value, &mut one);
                        joined = Some(match joined {
                            None => one,
                            Some(others) => others.join(one),
                        });
                    }
                    if let Some(joined) = joined {
                        *known = joined;
                    }
                }
            }
            ExprKind::Compare(cmp, a, b) => {
                self.assume_compared(if value { *cmp } else { opposite(*cmp) }, a, b, known)
            }
            ExprKind::InList(x, all) => {
                let domain = self.value(x, known).domain;
                let parts = all.iter().map(|one| self.value(one, known).domain);
                let left = if value {
                    parts.map(|one| domain.meet(&one)).reduce(|a, b| a.join(&b)).unwrap_or(Domain::Any)
                } else {
                    parts.fold(domain, |left, one| left.without(&one))
                };
                known.set(&key(x), left);
                known.set(&key(e), Domain::truth(value));
            }
            ExprKind::Is(path, name) => {
                let types = self.types(path, known);
                let one = Domain::text(name.clone());
                let left = if value { types.meet(&one) } else { types.without(&one) };
                known.set(&type_key(path), left);
                known.set(&key(e), Domain::truth(value));
            }
            ExprKind::Call(..) => {
                known.set(&key(e), Domain::truth(value));
                if let Some(body) = self.written_out(e).filter(|_| !is_switch(e)) {
                    self.assume(&body, value, known);
                }
            }
            ExprKind::If(c, a, b) => {
                let condition = self.truth(c, known).constant();
                known.set(&key(e), Domain::truth(value));
                match condition {
                    Some(true) => self.assume(a, value, known),
                    Some(false) => self.assume(b, value, known),
                    None => {}
                }
            }
            _ => {
                known.set(&key(e), Domain::truth(value));
                if value {
                    self.above(e).iter().for_each(|e| known.set(&key(e), Domain::truth(true)));
                }
            }
        }
    }
}
