//! Conditions in words.

use zt_lang::hir::{Arith, Collect, Expr, ExprKind, Inspected, LocalPart, Package, Path, Quantifier, Root};

use super::model::{Part, Phrase, Reading, Target};
use super::words::{clock, compared, days, literal};

/// Turns conditions and values of one item into words.
pub(crate) struct Reader<'a> {
    hir: &'a Package,
    /// What is written somewhere in the item.
    source: &'a dyn Fn(&Expr) -> String,
    /// What the parameters of the definition at hand are called.
    params: Vec<String>,
    /// What the variables of the quantifiers around are called.
    vars: Vec<String>,
}

fn words(text: impl Into<String>) -> Part {
    Part::Words(text.into())
}

fn code(text: impl Into<String>) -> Part {
    Part::Code(text.into())
}

impl<'a> Reader<'a> {
    pub(crate) fn new(hir: &'a Package, source: &'a dyn Fn(&Expr) -> String, params: Vec<String>) -> Self {
        Reader { hir, source, params, vars: vec![] }
    }

    /// When a condition is true.
    pub(crate) fn condition(&mut self, e: &Expr) -> Reading {
        self.read(e, false)
    }

    fn read(&mut self, e: &Expr, negated: bool) -> Reading {
        match &e.kind {
            ExprKind::Bool(value) => {
                if *value != negated {
                    Reading::Always
                } else {
                    Reading::Never
                }
            }
            ExprKind::Not(inner) => self.read(inner, !negated),
            ExprKind::And(parts) => self.several(parts, negated, !negated),
            ExprKind::Or(parts) => self.several(parts, negated, negated),
            ExprKind::Quantifier { kind, over, body, .. } if *kind != Quantifier::Count => {
                let name = self.variable(e);
                let intro = match (kind, negated) {
                    (Quantifier::Any, false) => "for at least one ",
                    (Quantifier::Any, true) => "for no ",
                    (_, false) => "for every ",
                    (_, true) => "not for every ",
                };
                let mut phrase = vec![words(intro), code(name.clone()), words(" in ")];
                phrase.extend(self.value(over));
                self.vars.push(name);
                let body = self.read(body, false);
                self.vars.pop();
                Reading::Each(phrase, Box::new(body))
            }
            _ => Reading::Line(self.leaf(e, negated)),
        }
    }

    fn several(&mut self, parts: &[Expr], negated: bool, all: bool) -> Reading {
        let mut out = vec![];
        for part in parts {
            match (self.read(part, negated), all) {
                (Reading::Always, true) | (Reading::Never, false) => {}
                (Reading::Always, false) => return Reading::Always,
                (Reading::Never, true) => return Reading::Never,
                (Reading::All(inner), true) | (Reading::Any(inner), false) => out.extend(inner),
                (other, _) => out.push(other),
            }
        }
        if out.len() == 1
            && let Some(only) = out.pop()
        {
            return only;
        }
        match (out.is_empty(), all) {
            (true, true) => Reading::Always,
            (true, false) => Reading::Never,
            (false, true) => Reading::All(out),
            (false, false) => Reading::Any(out),
        }
    }

    /// What a quantifier calls its variable.
    fn variable(&self, e: &Expr) -> String {
        let source = (self.source)(e);
        let within = source.split_once('(').map_or("", |(_, within)| within.trim_start());
        let name: String = within.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        if name.is_empty() { "it".to_owned() } else { name }
    }

    /// A condition that has no conditions in it, or none that need lines of their own.
    fn leaf(&mut self, e: &Expr, negated: bool) -> Phrase {
        let not = |yes: &'static str, no: &'static str| words(if negated { no } else { yes });
        let mut out = vec![];
        match &e.kind {
            ExprKind::Compare(cmp, a, b) => {
                out.extend(self.value(a));
                out.push(words(compared(*cmp, a.ty.base(), negated)));
                out.extend(self.value(b));
            }
            ExprKind::In(x, xs) => {
                out.extend(self.value(x));
                out.push(not(" is among ", " is not among "));
                out.extend(self.value(xs));
            }
            ExprKind::InList(x, xs) => {
                out.extend(self.value(x));
                out.push(not(" is one of ", " is none of "));
                out.extend(self.listed(xs));
            }
            ExprKind::Has(path) => {
                out.push(code(self.path(path)));
                out.push(not(" is given", " is not given"));
            }
            ExprKind::Is(path, ty) => {
                out.push(code(self.path(path)));
                out.push(not(" is of type ", " is not of type "));
                out.push(Part::Link(ty.to_string(), Target::Type(ty.clone())));
            }
            ExprKind::Matches(x, pattern) => {
                out.extend(self.value(x));
                out.push(not(" matches ", " does not match "));
                out.push(code(format!("re\"{}\"", pattern.source)));
            }
            ExprKind::Glob(x, _) => {
                out.extend(self.value(x));
                out.push(not(" matches ", " does not match "));
                let source = (self.source)(e);
                let glob = source.find("glob\"").and_then(|at| source.get(at..));
                out.push(code(glob.unwrap_or("its pattern")));
            }
            ExprKind::Under(a, b) => {
                out.extend(self.value(a));
                out.push(not(" is at or below ", " is not at or below "));
                out.extend(self.value(b));
            }
            ExprKind::Runs(x, only, commands) => {
                out.extend(self.value(x));
                out.push(match (only, negated) {
                    (true, false) => words(" runs nothing but "),
                    (true, true) => words(" runs anything but "),
                    (false, false) => words(" runs at least one of "),
                    (false, true) => words(" runs none of "),
                });
                for (i, command) in commands.iter().enumerate() {
                    out.extend((i > 0).then(|| words(", ")));
                    out.push(code(command.to_string()));
                }
            }
            ExprKind::InTable(table, key) => {
                out.extend(self.listed(key));
                out.push(not(" stands in ", " does not stand in "));
                out.push(Part::Link(table.to_string(), Target::Table(table.clone())));
            }
            ExprKind::Hours(t, hours) => {
                out.extend(self.value(t));
                out.push(not(" is within ", " is outside of "));
                out.push(words(format!("{}, {} to {} in ", days(hours.days), clock(hours.start), clock(hours.end))));
                out.push(code(hours.zone.name.to_string()));
            }
            ExprKind::Call(..) => {
                out.extend(self.value(e));
                out.push(not(" holds", " does not hold"));
            }
            ExprKind::Detect(..) => {
                out.extend(self.value(e));
                out.push(not(" finds something", " finds nothing"));
            }
            _ => {
                out.extend(self.value(e));
                out.push(not(" is true", " is not true"));
            }
        }
        out
    }

    /// Values divided by commas, in brackets if there are several.
    fn listed(&mut self, all: &[Expr]) -> Phrase {
        let mut out = vec![];
        for (i, x) in all.iter().enumerate() {
            out.extend((i > 0).then(|| words(", ")));
            out.extend(self.value(x));
        }
        if all.len() > 1 {
            out.insert(0, words("("));
            out.push(words(")"));
        }
        out
    }

    /// What a value is.
    pub(crate) fn value(&mut self, e: &Expr) -> Phrase {
        match &e.kind {
            ExprKind::Path(path) => vec![code(self.path(path))],
            ExprKind::Else(path, other) => {
                let mut out = vec![code(self.path(path)), words(" (where it is absent ")];
                out.extend(self.value(other));
                out.push(words(")"));
                out
            }
            ExprKind::Reading { window, counting } => {
                let link = Part::Link(window.to_string(), Target::Window(window.clone()));
                if *counting { vec![link, words(" (this call counted)")] } else { vec![link] }
            }
            ExprKind::Call(name, args) => {
                let mut out = vec![Part::Link(name.to_string(), Target::Function(name.clone()))];
                if !args.is_empty() {
                    let several = args.len() > 1;
                    out.extend((!several).then(|| words("(")));
                    out.extend(self.listed(args));
                    out.extend((!several).then(|| words(")")));
                } else if let Some(value) = self.hir.defines.get(name).and_then(|d| literal(self.hir, &d.body)) {
                    out.extend([words(" ("), code(value), words(")")]);
                }
                out
            }
            ExprKind::Lookup(table, key, other) => {
                let mut out = vec![Part::Link(table.to_string(), Target::Table(table.clone())), words(" of ")];
                out.extend(self.listed(key));
                if let Some(other) = other {
                    out.push(words(" (without a row "));
                    out.extend(self.value(other));
                    out.push(words(")"));
                }
                out
            }
            ExprKind::Detect(table, what) => {
                let mut out = vec![words("what "), Part::Link(table.to_string(), Target::Table(table.clone()))];
                out.push(words(" seeks in "));
                match what {
                    Inspected::Text(text) => out.extend(self.value(text)),
                    Inspected::Input => out.push(words("all texts of the arguments")),
                }
                out
            }
            ExprKind::Count(xs) => {
                let mut out = vec![words("the number of ")];
                out.extend(self.value(xs));
                out
            }
            ExprKind::Local(t, zone, part) => {
                let part = match part {
                    LocalPart::Date => "the date of ",
                    LocalPart::Time => "the time of day of ",
                    LocalPart::Weekday => "the weekday (1 is Monday) of ",
                };
                let mut out = vec![words(part)];
                out.extend(self.value(t));
                out.extend([words(" in "), code(zone.name.to_string())]);
                out
            }
            ExprKind::Arith(op, a, b) => {
                let op = match op {
                    Arith::Add => " + ",
                    Arith::Sub => " - ",
                    Arith::Mul => " * ",
                };
                self.computed(a, op, b)
            }
            ExprKind::Collect(op, a, b) => {
                let op = match op {
                    Collect::Join => " together with ",
                    Collect::Without => " without ",
                    Collect::Common => " as far as also in ",
                };
                self.computed(a, op, b)
            }
            ExprKind::Neg(x) => std::iter::once(words("-")).chain(self.operand(x)).collect(),
            ExprKind::If(condition, yes, no) => {
                let condition = self.condition(condition);
                let mut out = vec![words("(if ")];
                out.extend(inline(&condition));
                out.push(words(" then "));
                out.extend(self.value(yes));
                out.push(words(" else "));
                out.extend(self.value(no));
                out.push(words(")"));
                out
            }
            ExprKind::Quantifier { over, body, .. } => {
                let name = self.variable(e);
                let mut out = vec![words("the number of "), code(name.clone()), words(" in ")];
                out.extend(self.value(over));
                out.push(words(" of which "));
                self.vars.push(name);
                let body = self.read(body, false);
                self.vars.pop();
                out.extend(inline(&body));
                out
            }
            ExprKind::List(all) if literal(self.hir, e).is_none() => {
                let mut out = vec![words("[")];
                for (i, x) in all.iter().enumerate() {
                    out.extend((i > 0).then(|| words(", ")));
                    out.extend(self.value(x));
                }
                out.push(words("]"));
                out
            }
            _ => match literal(self.hir, e) {
                Some(literal) => vec![code(literal)],
                // What is left is a condition that stands where a value does.
                None => inline(&self.condition(e)),
            },
        }
    }

    fn computed(&mut self, a: &Expr, op: &'static str, b: &Expr) -> Phrase {
        let mut out = self.operand(a);
        out.push(words(op));
        out.extend(self.operand(b));
        out
    }

    /// A value within another, in brackets if it is computed itself.
    fn operand(&mut self, e: &Expr) -> Phrase {
        let value = self.value(e);
        if !matches!(e.kind, ExprKind::Arith(..) | ExprKind::Collect(..)) {
            return value;
        }
        std::iter::once(words("(")).chain(value).chain([words(")")]).collect()
    }

    /// A path as it is written.
    pub(crate) fn path(&self, path: &Path) -> String {
        let named = |names: &[String], i: u32| names.get(i as usize).cloned().unwrap_or_else(|| "it".to_owned());
        let root = match path.root {
            // The tag by the last part of its name, as files call it.
            Root::Tag => {
                let whole = path.written("");
                let tag = path.fields.first().map_or("", |tag| &**tag);
                let rest = whole.strip_prefix(tag).unwrap_or(&whole);
                return format!("{}{rest}", tag.rsplit('.').next().unwrap_or_default());
            }
            Root::Param(i) => named(&self.params, i),
            Root::Var(i) => named(&self.vars, i),
            root => root.word().unwrap_or_default().to_owned(),
        };
        path.written(&root)
    }
}

/// A condition on one line.
pub(crate) fn inline(reading: &Reading) -> Phrase {
    let joined = |all: &[Reading], word: &str| {
        let mut out = vec![words("(")];
        for (i, one) in all.iter().enumerate() {
            out.extend((i > 0).then(|| words(word)));
            out.extend(inline(one));
        }
        out.push(words(")"));
        out
    };
    match reading {
        Reading::Always => vec![words("always")],
        Reading::Never => vec![words("never")],
        Reading::Line(phrase) => phrase.clone(),
        Reading::All(all) => joined(all, " and "),
        Reading::Any(all) => joined(all, " or "),
        Reading::Each(intro, body) => {
            let mut out = intro.clone();
            out.push(words(": "));
            out.extend(inline(body));
            out
        }
    }
}
