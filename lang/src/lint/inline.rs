//! Definitions written out where they are called.

use crate::hir::{Expr, ExprKind, Inspected, Path, Root};

/// The most parts of a definition that is written out.
const MOST: usize = 400;

/// The body of a definition with these arguments, and how many parts it has; `None` where that cannot be written out: an
/// attribute of what is no path, or variables that would be taken for others.
pub(super) fn inlined(body: &Expr, args: &[Expr], outside: bool) -> Option<(Expr, usize)> {
    let mut inline = Inline { args, parts: 0, quantifiers: outside };
    let out = inline.expr(body)?;
    Some((out, inline.parts))
}

struct Inline<'a> {
    args: &'a [Expr],
    parts: usize,
    /// Whether quantifiers may stand in the definition: around the call there is none.
    quantifiers: bool,
}

impl Inline<'_> {
    fn expr(&mut self, e: &Expr) -> Option<Expr> {
        self.parts = self.parts.saturating_add(1);
        if self.parts > MOST {
            return None;
        }
        if let ExprKind::Path(Path { root: Root::Param(at), fields }) = &e.kind
            && fields.is_empty()
        {
            let arg = self.args.get(usize::try_from(*at).ok()?)?;
            self.parts = self.parts.saturating_add(size(arg));
            return Some(arg.clone());
        }
        let kind = match &e.kind {
            ExprKind::Path(path) => ExprKind::Path(self.path(path)?),
            ExprKind::Has(path) => ExprKind::Has(self.path(path)?),
            ExprKind::Is(path, name) => ExprKind::Is(self.path(path)?, name.clone()),
            ExprKind::Else(path, other) => ExprKind::Else(self.path(path)?, self.boxed(other)?),
            ExprKind::Not(x) => ExprKind::Not(self.boxed(x)?),
            ExprKind::Neg(x) => ExprKind::Neg(self.boxed(x)?),
            ExprKind::Count(x) => ExprKind::Count(self.boxed(x)?),
            ExprKind::Matches(x, pattern) => ExprKind::Matches(self.boxed(x)?, pattern.clone()),
            ExprKind::Glob(x, pattern) => ExprKind::Glob(self.boxed(x)?, pattern.clone()),
            ExprKind::Runs(x, only, patterns) => ExprKind::Runs(self.boxed(x)?, *only, patterns.clone()),
            ExprKind::Hours(x, hours) => ExprKind::Hours(self.boxed(x)?, hours.clone()),
            ExprKind::Local(x, zone, part) => ExprKind::Local(self.boxed(x)?, zone.clone(), *part),
            ExprKind::And(xs) => ExprKind::And(self.all(xs)?),
            ExprKind::Or(xs) => ExprKind::Or(self.all(xs)?),
            ExprKind::List(xs) => ExprKind::List(self.all(xs)?),
            ExprKind::Call(name, xs) => ExprKind::Call(name.clone(), self.all(xs)?),
            ExprKind::InTable(name, xs) => ExprKind::InTable(name.clone(), self.all(xs)?),
            ExprKind::Detect(name, Inspected::Text(x)) => {
                ExprKind::Detect(name.clone(), Inspected::Text(self.boxed(x)?))
            }
            ExprKind::InList(x, xs) => ExprKind::InList(self.boxed(x)?, self.all(xs)?),
            ExprKind::Lookup(name, xs, other) => {
                let other = match other {
                    Some(other) => Some(self.boxed(other)?),
                    None => None,
                };
                ExprKind::Lookup(name.clone(), self.all(xs)?, other)
            }
            ExprKind::Compare(cmp, a, b) => ExprKind::Compare(*cmp, self.boxed(a)?, self.boxed(b)?),
            ExprKind::Arith(op, a, b) => ExprKind::Arith(*op, self.boxed(a)?, self.boxed(b)?),
            ExprKind::In(a, b) => ExprKind::In(self.boxed(a)?, self.boxed(b)?),
            ExprKind::Under(a, b) => ExprKind::Under(self.boxed(a)?, self.boxed(b)?),
            ExprKind::Collect(how, a, b) => ExprKind::Collect(*how, self.boxed(a)?, self.boxed(b)?),
            ExprKind::If(a, b, c) => ExprKind::If(self.boxed(a)?, self.boxed(b)?, self.boxed(c)?),
            ExprKind::Quantifier { kind, over, var, body } => {
                if !self.quantifiers || self.args.iter().any(reads_variable) {
                    return None;
                }
                ExprKind::Quantifier { kind: *kind, over: self.boxed(over)?, var: *var, body: self.boxed(body)? }
            }
            kind @ (ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Decimal(_)
            | ExprKind::Text(_)
            | ExprKind::Entity(_)
            | ExprKind::Member(_)
            | ExprKind::Detect(_, Inspected::Input)
            | ExprKind::Reading { .. }) => kind.clone(),
        };
        Some(Expr { kind, ty: e.ty.clone(), span: e.span })
    }

    fn boxed(&mut self, e: &Expr) -> Option<Box<Expr>> {
        self.expr(e).map(Box::new)
    }

    fn all(&mut self, xs: &[Expr]) -> Option<Vec<Expr>> {
        xs.iter().map(|x| self.expr(x)).collect()
    }

    /// A path from an argument that is one.
    fn path(&self, path: &Path) -> Option<Path> {
        let Root::Param(at) = path.root else { return Some(path.clone()) };
        match &self.args.get(usize::try_from(at).ok()?)?.kind {
            ExprKind::Path(arg) => {
                let fields = arg.fields.iter().chain(&path.fields).cloned().collect();
                Some(Path { root: arg.root, fields })
            }
            _ => None,
        }
    }
}

fn size(e: &Expr) -> usize {
    e.parts().into_iter().map(size).fold(1, usize::saturating_add)
}

fn reads_variable(e: &Expr) -> bool {
    let own = match &e.kind {
        ExprKind::Path(path) | ExprKind::Has(path) | ExprKind::Is(path, _) | ExprKind::Else(path, _) => {
            matches!(path.root, Root::Var(_))
        }
        ExprKind::Quantifier { .. } => true,
        _ => false,
    };
    own || e.parts().into_iter().any(reads_variable)
}
