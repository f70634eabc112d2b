//! Types as written to types as meant.

use std::collections::BTreeMap;
use std::sync::Arc;

use zt_values::{limits, time};

use super::{Cx, HirItem, check_item, literal};
use crate::db::Namespace;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Bounds, Field, Syntax, Ty, Type};
use crate::pattern::{self, PatternError};
use crate::span::Span;
use crate::syntax::ast::{self, RefinementKind};

/// The names of the built-in types.
pub const BUILTIN: &[&str] = &[
    "Bool", "Int", "Decimal", "String", "Ident", "Instant", "Duration", "Date", "Time", "Size", "Path", "Url", "Host",
    "Email", "IpAddr", "IpNet", "Command", "Json", "Set", "List", "Map", PATTERN,
];

/// The name that stands for a pattern where a table says what it is looked up by. It is no type of values.
pub(crate) const PATTERN: &str = "Pattern";

/// The most bytes that `max` may allow a `String`, or a text of a syntax.
const MAX_STRING: u32 = limits::MAX_TEXT;
/// The most elements that `max` may allow a `Set` or a `List`.
pub(crate) const MAX_ELEMENTS: u32 = limits::MAX_ITEMS;

/// Names of other languages, and what zt calls it.
const USUAL: &[(&str, &[&str])] = &[
    ("Int", &["Integer", "Number", "i64", "Long", "int"]),
    ("String", &["Str", "Text", "string"]),
    ("Bool", &["Boolean", "bool"]),
    ("Decimal", &["Float", "Double", "Money"]),
    ("List", &["Array", "Vec", "Sequence"]),
    ("Map", &["Dict", "Object", "HashMap", "Dictionary"]),
    ("Instant", &["Timestamp", "DateTime", "Datetime"]),
    ("Duration", &["Interval", "Period", "TimeSpan"]),
    ("Time", &["TimeOfDay", "LocalTime"]),
    ("Size", &["Bytes", "ByteSize", "FileSize"]),
    ("Url", &["URL", "Uri", "URI"]),
    ("Host", &["Hostname", "HostName", "Domain"]),
    ("Email", &["EmailAddress", "Mail"]),
    ("IpAddr", &["Ip", "IP", "IpAddress", "IPAddress"]),
    ("IpNet", &["Cidr", "CIDR", "Network", "Subnet"]),
    ("Json", &["JSON", "Any", "Dynamic"]),
    ("Path", &["FilePath", "Filename", "File"]),
    ("Command", &["Shell", "CommandLine"]),
];

/// Nothing refused but what the type itself refuses.
#[must_use]
pub fn unbounded(ty: &Ty) -> Bounds {
    let (length, element) = match ty.base() {
        Ty::Ident => (limits::IDENT_BYTES, None),
        Ty::Set(e) | Ty::List(e) | Ty::Map(e) => (limits::SET_ELEMENTS, Some(Box::new(unbounded(e)))),
        _ => (limits::STRING_BYTES, None),
    };
    let (min, max) = match ty.base() {
        Ty::Instant => (*time::INSTANTS.start(), *time::INSTANTS.end()),
        Ty::Date => (*time::DATES.start(), *time::DATES.end()),
        Ty::Time => (0, time::DAY - 1),
        Ty::Size => (0, i64::MAX),
        _ => (i64::MIN, i64::MAX),
    };
    Bounds { min, max, places: 4, length, patterns: vec![], element }
}

/// The built-in type of this name that takes no other in `<…>`.
fn scalar(name: &str) -> Option<Ty> {
    Some(match name {
        "Bool" => Ty::Bool,
        "Int" => Ty::Int,
        "Decimal" => Ty::Decimal,
        "String" => Ty::String,
        "Ident" => Ty::Ident,
        "Instant" => Ty::Instant,
        "Duration" => Ty::Duration,
        "Date" => Ty::Date,
        "Time" => Ty::Time,
        "Size" => Ty::Size,
        "Json" => Ty::Json,
        _ => Ty::Syntax(Syntax::ALL.iter().find(|(n, _)| *n == name)?.1),
    })
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
        Ty::Map(e) => match &**e {
            Ty::Entry(fields) => {
                format!("Map<{}>", fields.iter().map(|f| show(&f.ty.ty)).collect::<Vec<_>>().join(", "))
            }
            other => format!("Map<{}>", show(other)),
        },
        Ty::Entry(_) => "entry of a map".into(),
        Ty::Choice(variants) => variants.iter().map(|v| show(&v.ty.ty)).collect::<Vec<_>>().join(" or "),
        Ty::Null => "null".into(),
        Ty::Instant => "Instant".into(),
        Ty::Duration => "Duration".into(),
        Ty::Date => "Date".into(),
        Ty::Time => "Time".into(),
        Ty::Size => "Size".into(),
        Ty::Json => "Json".into(),
        Ty::Syntax(s) => s.as_str().into(),
    }
}

impl Cx<'_> {
    /// Resolves a type; `None` if that was not possible, which has been reported where it stands.
    pub(crate) fn resolve(&mut self, t: &ast::TypeExpr) -> Option<Type> {
        if !t.or.is_empty() {
            return self.choice_type(t);
        }
        let mut resolved = self.base(t)?;
        for refinement in &t.refinements {
            self.refine(&mut resolved, refinement);
        }
        // Examples are of the type as a whole, wherever they stand in it.
        for refinement in &t.refinements {
            match &refinement.kind {
                RefinementKind::Accepts(all) => self.examples(&resolved, refinement.span, all, true),
                RefinementKind::Refuses(all) => self.examples(&resolved, refinement.span, all, false),
                _ => {}
            }
        }
        Some(resolved)
    }

    fn base(&mut self, t: &ast::TypeExpr) -> Option<Type> {
        let name = &*t.name.text;
        match name {
            "Set" | "List" => return self.collection_type(t),
            "Map" => return self.map_type(t),
            _ => {}
        }
        let known = BUILTIN.contains(&name) || self.find(Namespace::Type, name).is_some();
        if let Some(argument) = t.argument.as_ref().filter(|_| known) {
            self.report(
                Diagnostic::new(Code::BadElement, argument.span, format!("`{name}` takes no type in `<…>`"))
                    .label("only `Set`, `List` and `Map` are of other types")
                    .help("remove it, or write `Set<…>`, `List<…>` or `Map<…, …>`"),
            );
            return None;
        }
        if name == PATTERN {
            self.report(
                Diagnostic::new(Code::BadElement, t.name.span, "a `Pattern` is part of a policy, never of a request")
                    .label("no type of values")
                    .help("it stands only where a table of patterns is declared: `table phrases (Pattern) -> Bool = { … }`"),
            );
            return None;
        }
        match scalar(name) {
            Some(ty) => Some(Type { bounds: self.unrefined(&ty), ty }),
            None => self.named(name, t.name.span),
        }
    }

    /// `Set<T>` or `List<T>`.
    fn collection_type(&mut self, t: &ast::TypeExpr) -> Option<Type> {
        let name = &*t.name.text;
        let set = name == "Set";
        let Some(argument) = &t.argument else {
            self.report(
                Diagnostic::new(Code::BadElement, t.name.span, format!("`{name}` needs the type of its elements"))
                    .label(if set { "a set of what?" } else { "a list of what?" })
                    .help(format!("write it in angle brackets, as in `{name}<Ident>`")),
            );
            return None;
        };
        if let Some(second) = &t.second {
            self.report(
                Diagnostic::new(Code::BadElement, second.span, format!("`{name}` takes one type in `<…>`"))
                    .label("the second")
                    .help("remove it; several values together are a `record`"),
            );
            return None;
        }
        if let Some(at) = argument.optional {
            let kind = if set { "set" } else { "list" };
            self.report(
                Diagnostic::new(Code::BadElement, at, format!("an element of a {kind} is never absent"))
                    .label(format!("a {kind} without it simply lacks it"))
                    .help("remove `?`")
                    .fix("remove `?`", at, ""),
            );
        }
        // A named collection is refused by its spelling: asking for its meaning could go round in circles.
        let element = if self.names_collection(argument) { None } else { Some(self.resolve(argument)?) };
        let fits = |e: &Type| match e.ty.base() {
            Ty::Set(_) | Ty::List(_) | Ty::Map(_) | Ty::Null => false,
            Ty::Record(_) | Ty::Entity(_) | Ty::Json | Ty::Choice(_) => !set,
            _ => true,
        };
        let Some(element) = element.filter(fits) else {
            let what = &argument.name.text;
            let d = if set {
                Diagnostic::new(Code::BadElement, argument.span, format!("`{what}` cannot be an element of a set"))
                    .label("sets hold numbers, times, texts, enum members and `Bool`")
                    .help("for an entity, keep its id, a `String` or what its `by` says; a `List` may hold records and entities")
            } else {
                Diagnostic::new(Code::BadElement, argument.span, format!("`{what}` cannot be an element of a list"))
                    .label("collections do not hold collections")
                    .help("put it into a `record`, and list those")
            };
            self.report(d);
            return None;
        };
        let ty = if set { Ty::Set(Box::new(element.ty)) } else { Ty::List(Box::new(element.ty)) };
        let mut bounds = self.unrefined(&ty);
        bounds.element = Some(Box::new(element.bounds));
        Some(Type { ty, bounds })
    }

    /// Whether a type is written by the name of a collection, or of a choice of one. To ask for its meaning could go round
    /// in circles.
    pub(crate) fn names_collection(&self, t: &ast::TypeExpr) -> bool {
        const COLLECTIONS: [&str; 3] = ["Set", "List", "Map"];
        let item = self.find(Namespace::Type, &t.name.text);
        item.is_some_and(|item| match &item.ast(self.db).kind {
            Some(ast::ItemKind::Type(x)) => COLLECTIONS.contains(&&*x.ty.name.text) && x.ty.or.is_empty(),
            _ => false,
        })
    }

    fn named(&mut self, name: &str, span: Span) -> Option<Type> {
        let Some(item) = self.find(Namespace::Type, name) else {
            if self.excused(Namespace::Type) {
                return None;
            }
            let usual = USUAL.iter().find(|(_, theirs)| theirs.contains(&name)).map(|(ours, _)| *ours);
            let mut d = Diagnostic::new(Code::UnknownType, span, format!("no type is called `{name}`"))
                .label("not declared in this package")
                .help("declare it with `enum`, `type`, `record` or `entity`");
            d = self.suggest(d, &ast::Ident { text: name.into(), span }, &[Namespace::Type], BUILTIN);
            if let Some(usual) = usual {
                d = d.help(format!("zt calls this `{usual}`")).fix(format!("write `{usual}`"), span, usual);
            }
            if crate::syntax::message::OPTIONAL.contains(&name) {
                d = d.help("where a value may be absent, a `?` follows its type, as in `note : String?`");
                d.fix = None;
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

    /// What a built-in type refuses where nothing more is said, in the package at hand.
    pub(crate) fn unrefined(&self, ty: &Ty) -> Bounds {
        let limits = self.settings().limits;
        let mut bounds = unbounded(ty);
        match ty.base() {
            Ty::String | Ty::Syntax(_) => bounds.length = limits.text,
            Ty::Set(_) | Ty::List(_) | Ty::Map(_) => bounds.length = limits.items,
            _ => {}
        }
        bounds
    }

    pub(crate) fn refine(&mut self, t: &mut Type, refinement: &ast::Refinement) {
        let base = t.ty.base().clone();
        let misfit = |what: &str, fits: &str| {
            Diagnostic::new(Code::BadRefinement, refinement.span, format!("`{}` has no {what}", show(&t.ty)))
                .label(format!("only for {fits}"))
                .help(format!("remove it; {fits} can be refined like this"))
        };
        match &refinement.kind {
            RefinementKind::Range(low, high) => {
                if !literal::is_counted(&base) {
                    let d = misfit("range", "numbers, times, durations and sizes");
                    return self.report(d);
                }
                let (mut min, mut max) = (t.bounds.min, t.bounds.max);
                for (end, bound) in [(low, &mut min), (high, &mut max)] {
                    if let Some(end) = end {
                        match literal::counted(end, &base) {
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
                            .help("put the smaller end first"),
                    );
                }
                (t.bounds.min, t.bounds.max) = (low, high);
            }
            RefinementKind::Max(n) => {
                let (what, most) = match base {
                    Ty::String | Ty::Syntax(_) => ("bytes", MAX_STRING),
                    Ty::Ident => ("bytes", limits::IDENT_BYTES),
                    Ty::Set(_) | Ty::List(_) | Ty::Map(_) => ("elements", MAX_ELEMENTS),
                    _ => {
                        let d = misfit("`max`", "texts, sets, lists and maps").help("a range is written `in 0 .. 10`");
                        return self.report(d);
                    }
                };
                let named = matches!(t.ty, Ty::Named(..));
                let unasked = if named { u32::MAX } else { self.unrefined(&t.ty).length };
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
            // Looked at when the rest is known.
            RefinementKind::Accepts(_) | RefinementKind::Refuses(_) => {}
            RefinementKind::Matching(p) => {
                if base == Ty::Syntax(Syntax::Command) {
                    let d =
                        misfit("pattern", "other texts").help("say what it may run: `input.command runs only [\"…\"]`");
                    return self.report(d);
                }
                if !matches!(base, Ty::String | Ty::Ident | Ty::Syntax(_)) {
                    let d = misfit("pattern", "texts");
                    return self.report(d);
                }
                if let Some(p) = self.pattern(p) {
                    t.bounds.patterns.push(p);
                }
            }
        }
    }

    /// Checks that the examples of a type behave as it says.
    fn examples(&mut self, t: &Type, at: Span, all: &[ast::Expr], accepted: bool) {
        if all.is_empty() {
            let d = Diagnostic::new(Code::Empty, at, "there are no examples between the brackets")
                .label("shows nothing")
                .help("write some, or leave it out");
            self.report(d);
        }
        for e in all {
            let refused = match self.example(e, t) {
                Ok(refused) => refused,
                Err(d) => {
                    self.report(*d);
                    continue;
                }
            };
            let d = match (accepted, refused) {
                (true, Some(why)) => {
                    Diagnostic::new(Code::Example, e.span, "this should be accepted, and is refused").label(why)
                }
                (false, None) => Diagnostic::new(Code::Example, e.span, "this should be refused, and is accepted")
                    .label("a value of the type"),
                _ => continue,
            };
            self.report(d.help("mend the type, or the example"));
        }
    }

    /// Why a type refuses a literal, if it does.
    fn example(&self, e: &ast::Expr, t: &Type) -> Result<Option<String>, Box<Diagnostic>> {
        let base = t.ty.base();
        Ok(match (&e.kind, base) {
            (ast::ExprKind::Text(text), Ty::String | Ty::Ident | Ty::Syntax(_)) => {
                literal::impossible_text(&text.value, &t.ty, &t.bounds)
            }
            _ if literal::is_counted(base) => match literal::counted(e, base) {
                Ok(value) => literal::impossible_counted(value, &t.bounds, base),
                // What no value can be is refused, as it should be.
                Err(d) if d.code == Code::BadNumber => Some(d.message),
                Err(d) => return Err(d),
            },
            (_, Ty::String | Ty::Ident | Ty::Syntax(_)) => return Err(Box::new(literal::wrong_kind(e, base))),
            _ => {
                return Err(Box::new(
                    Diagnostic::new(Code::BadRefinement, e.span, format!("`{}` has no examples", show(&t.ty)))
                        .label("only for texts, numbers and times")
                        .help("remove it"),
                ));
            }
        })
    }

    /// Says why a pattern is refused, and where in it.
    pub(crate) fn report_pattern(&mut self, p: &ast::Text, at: std::ops::Range<usize>, why: &str) {
        // `re"` is three bytes; an escaped quote inside shifts the place, so the whole is marked then.
        let exact = p.value.len() + 4 == (p.span.end - p.span.start) as usize;
        let place = |offset: usize| p.span.start + 3 + u32::try_from(offset).unwrap_or(0);
        let span =
            if exact { Span::new(place(at.start), place(at.end.max(at.start + 1)).min(p.span.end)) } else { p.span };
        self.report(
            Diagnostic::new(Code::BadPattern, span, format!("the pattern is not understood: {why}"))
                .label("here")
                .help("patterns are regular expressions; `\\` before a sign takes it as it is, as in `\\.`"),
        );
    }

    /// Compiles a pattern.
    pub(crate) fn pattern(&mut self, p: &ast::Text) -> Option<crate::hir::Pattern> {
        match pattern::compile(&p.value) {
            Ok(pattern) => Some(pattern),
            Err(PatternError::Syntax(at, why)) => {
                self.report_pattern(p, at, &why);
                None
            }
            Err(PatternError::TooLarge | PatternError::Everywhere) => {
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
            let free = f.ty.is_free();
            if let Some((_, span)) = f.merge
                && what != "parameter"
            {
                let d = Diagnostic::new(Code::Clauses, span, "only parameters of obligations are merged")
                    .label("not here")
                    .help("remove it");
                self.report(d);
            }
            if let Some(ty) = self.resolve(&f.ty) {
                let default = f.default.as_ref().and_then(|value| self.default(f, value, &ty));
                // Where there is a default nothing is absent, even if that was a mistake.
                let optional = f.ty.absent().is_some() && f.default.is_none();
                out.push(Field { name: f.name.text.clone(), wire, ty, optional, free, default });
            }
        }
        out
    }
}
