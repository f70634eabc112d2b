//! Declarations: enums, types, records, entities, actions, tiers.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::graph::{Circle, circles};
use super::types::{BUILTIN, show, unbounded};
use super::{Cx, HirItem, check_item};
use crate::db::{Db, Item, Namespace, Package, find, index, local_names, names, split};
use crate::diagnostic::{Code, Diagnostic, article};
use crate::hir::{Action, Channel, Entity, Enum, Field, Member, Name, Record, Syntax, Tier, Ty, Type};
use crate::span::Span;
use crate::syntax::ast::{self, Ident};

pub(crate) fn enumeration(cx: &mut Cx<'_>, x: &ast::Enum) -> Enum {
    cx.not_builtin(&x.name);
    let mut members: Vec<Member> = vec![];
    let mut names: BTreeMap<Name, Span> = BTreeMap::new();
    let mut wires: BTreeMap<Name, Span> = BTreeMap::new();
    for m in &x.members {
        let wire = m.wire.as_ref().map_or_else(|| m.name.text.clone(), |w| w.value.clone());
        let at = m.wire.as_ref().map_or(m.name.span, |w| w.span);
        if let Some(first) = names.get(&m.name.text) {
            let d = Diagnostic::new(
                Code::DuplicateName,
                m.name.span,
                format!("member `{}` is declared twice", m.name.text),
            )
            .label("declared again")
            .related(None, *first, "first declared here")
            .help("remove one of them");
            cx.report(d);
        } else if let Some(first) = wires.get(&wire) {
            let d =
                Diagnostic::new(Code::DuplicateWireName, at, format!("two members are called `{wire}` in requests"))
                    .label("the second")
                    .related(None, *first, "the first")
                    .help("a request would not say which one it means; give one of them another name with `as`");
            cx.report(d);
        } else {
            members.push(Member { name: m.name.text.clone(), wire: wire.clone() });
        }
        names.entry(m.name.text.clone()).or_insert(m.name.span);
        wires.entry(wire).or_insert(at);
    }
    if x.members.is_empty() {
        let d = Diagnostic::new(Code::Empty, x.name.span, format!("enum `{}` has no members", x.name.text))
            .label("a request could never hold one")
            .help("list its members: `enum Plan { basic, premium }`");
        cx.report(d);
    }
    Enum { name: x.name.text.clone(), ordered: x.ordered, members }
}

pub(crate) fn named_type(cx: &mut Cx<'_>, x: &ast::TypeItem) -> Option<Type> {
    cx.not_builtin(&x.name);
    if let Some(at) = x.ty.absent() {
        let d = Diagnostic::new(Code::BadElement, at, "a type is not optional, an attribute is")
            .label("put the `?` where the type is used")
            .help("remove it here; write `name : Type?` for an attribute that may be absent")
            .fix("remove `?`", at, "");
        cx.report(d);
    }
    let on = &*x.ty.name.text;
    if !BUILTIN.contains(&on) && find(cx.db, cx.package, Namespace::Type, on).is_some() {
        let d = Diagnostic::new(Code::BadElement, x.ty.name.span, format!("`{}` cannot stand on `{on}`", x.name.text))
            .label("a named type stands on a built-in one")
            .help("write the built-in type and all its refinements");
        cx.report(d);
        return None;
    }
    let unnamed = match on {
        _ if !x.ty.or.is_empty() => Some("choice"),
        "List" => Some("list"),
        "Map" => Some("map"),
        _ => None,
    };
    if let Some(what) = unnamed {
        let d = Diagnostic::new(Code::BadElement, x.ty.span, format!("a {what} has no name of its own"))
            .label("only single values and sets have")
            .help("name the types in it, and write the whole where it is used");
        cx.report(d);
        return None;
    }
    let t = cx.resolve(&x.ty)?;
    Some(Type { ty: Ty::Named(x.name.text.clone(), Box::new(t.ty)), bounds: t.bounds })
}

pub(crate) fn record(cx: &mut Cx<'_>, x: &ast::Record) -> Record {
    cx.not_builtin(&x.name);
    let fields = cx.fields(&x.fields, "field");
    ends(cx, &x.name);
    Record { name: x.name.text.clone(), fields, open: x.open }
}

pub(crate) fn entity(cx: &mut Cx<'_>, x: &ast::Entity) -> Entity {
    cx.not_builtin(&x.name);
    for f in x.fields.iter().filter(|f| &*f.name.text == "id") {
        let d = Diagnostic::new(Code::ReservedName, f.name.span, "every entity has an `id` already")
            .label("declared by zt itself")
            .help("remove this attribute; `principal.id` and `resource.id` are texts that come with every request");
        cx.report(d);
    }
    let (mut channel, mut id) = (Channel::Pep, None);
    match &x.from {
        Some(from) => {
            channel = cx.channel(from, true).unwrap_or(Channel::Pep);
            id = cx.id_type(from);
        }
        None if !x.fields.is_empty() => {
            let d = Diagnostic::new(
                Code::UnknownChannel,
                x.name.span,
                format!("nothing vouches for the attributes of `{}`", x.name.text),
            )
            .label("say where they come from")
            .help("`from pep` means that the enforcement point sends them with the request")
            .fix("add `from pep`", Span::new(x.name.span.end, x.name.span.end), " from pep");
            cx.report(d);
        }
        None => {}
    }
    let fields = cx.fields(&x.fields, "attribute");
    if let Some(wire) = x.fields.iter().filter_map(|f| f.wire.as_ref()).find(|w| &*w.value == "id")
        && let Channel::File(_) = channel
    {
        let d = Diagnostic::new(Code::DuplicateWireName, wire.span, "the column `id` holds the entity's own id")
            .label("an attribute has the same name there")
            .help("give the attribute another name with `as`");
        cx.report(d);
    }
    ends(cx, &x.name);
    let parents = cx.parents(x);
    Entity {
        name: x.name.text.clone(),
        parents,
        channel,
        id,
        fields: fields.into_iter().filter(|f| &*f.name != "id").collect(),
    }
}

impl Cx<'_> {
    /// The entities that can be above one.
    fn parents(&mut self, x: &ast::Entity) -> Vec<Name> {
        let mut out: Vec<Name> = vec![];
        for parent in &x.parents {
            let Some(name) = self.entity(parent) else { continue };
            if out.contains(&name) {
                let d = Diagnostic::new(Code::DuplicateName, parent.span, format!("`{name}` stands twice"))
                    .label("the second")
                    .help("remove it");
                self.report(d);
            } else {
                out.push(name);
            }
        }
        out
    }
}

/// The most values that are required within one of a type. A request holds a few thousand.
const MAX_VALUES: u64 = 4_096;

/// A record or entity that requires another of its kind inside could never end, and one that requires ever more inside
/// fits no request.
fn ends(cx: &mut Cx<'_>, name: &Ident) {
    if endless(cx.db, cx.package, cx.item) {
        let d = Diagnostic::new(
            Code::EndlessType,
            name.span,
            format!("{} `{}` would never end", article(&name.text), name.text),
        )
        .label("each one requires another inside")
        .help("make one attribute on the way optional with `?`");
        cx.report(d);
        return;
    }
    let least = least_values(cx.db, cx.package);
    let of = |item: &Item<'_>| least.get(item).copied().unwrap_or(1);
    let (values, within) = (of(&cx.item), requires(cx.db, cx.package, cx.item));
    // What holds one that is too large is so by itself.
    if values > MAX_VALUES && within.iter().all(|inner| of(inner) <= MAX_VALUES) {
        let d = Diagnostic::new(
            Code::EndlessType,
            name.span,
            format!("{} `{}` requires {values} values", article(&name.text), name.text),
        )
        .label("no request is that long")
        .help(format!("at most {MAX_VALUES} may be required within one; make some optional with `?`"));
        cx.report(d);
    }
}

/// Whether an item requires, through required fields, a value of itself; of several in a circle, the first.
#[salsa::tracked(returns(copy))]
pub fn endless<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> bool {
    endless_types(db, package).contains(&item)
}

/// The records and entities that require a value of themselves; of several in a circle, the first.
#[salsa::tracked]
pub fn endless_types<'db>(db: &'db dyn Db, package: Package) -> HashSet<Item<'db>> {
    let mut nodes: Vec<Item<'db>> = vec![];
    let mut numbers: HashMap<Item<'db>, usize> = HashMap::new();
    for name in names(db, package, Namespace::Type) {
        if let Some(item) = find(db, package, Namespace::Type, name) {
            numbers.insert(item, nodes.len());
            nodes.push(item);
        }
    }
    let edges: Vec<Vec<usize>> = nodes
        .iter()
        .map(|item| requires(db, package, *item).iter().filter_map(|i| numbers.get(i).copied()).collect())
        .collect();
    let (on_circle, _) = circles(&edges);
    nodes.into_iter().zip(on_circle).filter(|(_, on)| *on == Circle::First).map(|(item, _)| item).collect()
}

/// How many values a value of a type requires, those within it included. What may be absent, stands in a list or is of
/// one of several types is not counted, and neither is what has no end.
#[salsa::tracked]
pub fn least_values<'db>(db: &'db dyn Db, package: Package) -> HashMap<Item<'db>, u64> {
    let all = names(db, package, Namespace::Type).iter();
    let nodes: Vec<Item<'db>> = all.filter_map(|name| find(db, package, Namespace::Type, name)).collect();
    let numbers: HashMap<Item<'db>, usize> = nodes.iter().enumerate().map(|(at, item)| (*item, at)).collect();
    let edges: Vec<Vec<usize>> = nodes
        .iter()
        .map(|item| requires(db, package, *item).iter().filter_map(|i| numbers.get(i).copied()).collect())
        .collect();
    let (_, longest) = circles(&edges);
    // From what requires nothing to what requires that.
    let mut order: Vec<(usize, usize)> =
        longest.iter().enumerate().filter_map(|(at, way)| Some(((*way)?, at))).collect();
    order.sort_unstable();
    let mut least: HashMap<Item<'db>, u64> = HashMap::new();
    for (_, at) in order {
        let Some(item) = nodes.get(at) else { continue };
        let inside = requires(db, package, *item);
        let own = required(db, *item).count().saturating_sub(inside.len()) as u64;
        let sum = inside.iter().fold(own, |sum, inner| sum.saturating_add(least.get(inner).copied().unwrap_or(1)));
        least.insert(*item, sum.max(1));
    }
    least
}

/// The types of the fields that a value of an item always has.
fn required<'db>(db: &'db dyn Db, item: Item<'db>) -> impl Iterator<Item = &'db ast::TypeExpr> {
    let fields = match &item.ast(db).kind {
        Some(ast::ItemKind::Record(r)) => &r.fields[..],
        Some(ast::ItemKind::Entity(e)) => &e.fields[..],
        _ => &[],
    };
    fields.iter().map(|f| &f.ty).filter(|ty| ty.absent().is_none() && ty.or.is_empty())
}

/// The records and entities of which a value must hold a value, each as often as it must.
#[salsa::tracked]
pub fn requires<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Vec<Item<'db>> {
    required(db, item).filter_map(|ty| find(db, package, Namespace::Type, &ty.name.text)).collect()
}

/// The ladders of tiers of the bundle: those that the root package declares or uses, in order.
#[salsa::tracked]
pub fn ladders<'db>(db: &'db dyn Db, package: Package) -> Vec<Item<'db>> {
    let own = index(db, package).all.iter().filter(|i| split(i.key(db)).0 == "tiers");
    let mut out: Vec<Item<'db>> = own.filter(|i| *i.home(db) == *package.name(db)).copied().collect();
    let used = local_names(db, package, None).used.values();
    out.extend(used.filter_map(|name| find(db, package, Namespace::Tiers, name)));
    out
}

/// The package's tiers, lowest first, if it declares any; none of them if they were not understood.
#[salsa::tracked]
pub fn ladder(db: &dyn Db, package: Package) -> Option<Vec<Name>> {
    let all = &index(db, package).all;
    let Some(item) = ladders(db, package).first() else {
        // Text that lost the word in front of it may be a ladder.
        return all.iter().any(|i| split(i.key(db)).0 == "?").then(Vec::new);
    };
    match &check_item(db, package, *item).hir {
        Some(HirItem::Tiers(tiers)) => Some(tiers.iter().map(|t| t.name.clone()).collect()),
        _ => Some(vec![]),
    }
}

/// The package's tiers with all that they say, lowest first.
pub(crate) fn tiers_declared(db: &dyn Db, package: Package) -> &[Tier] {
    match ladders(db, package).first().map(|item| &check_item(db, package, *item).hir) {
        Some(Some(HirItem::Tiers(tiers))) => tiers,
        _ => &[],
    }
}

/// The parts of each action that has some, in alphabetical order.
#[salsa::tracked]
pub fn parts_by_whole(db: &dyn Db, package: Package) -> BTreeMap<Name, Vec<Name>> {
    let mut out: BTreeMap<Name, Vec<Name>> = BTreeMap::new();
    for name in names(db, package, Namespace::Action) {
        if let Some((whole, _)) = part_of(db, package, name) {
            out.entry(whole).or_default().push(name.clone());
        }
    }
    out
}

/// The actions that are judged: all but those that have parts.
#[salsa::tracked]
pub fn judged_actions(db: &dyn Db, package: Package) -> Vec<Name> {
    let wholes = parts_by_whole(db, package);
    names(db, package, Namespace::Action).iter().filter(|name| !wholes.contains_key(*name)).cloned().collect()
}

/// The action that one says it is a part of, and where it says so.
pub(crate) fn part_of(db: &dyn Db, package: Package, name: &str) -> Option<(Name, Span)> {
    match &find(db, package, Namespace::Action, name)?.ast(db).kind {
        Some(ast::ItemKind::Action(action)) => {
            action.part_of.as_ref().map(|(whole, _)| (whole.text.clone(), whole.span))
        }
        _ => None,
    }
}

impl Cx<'_> {
    fn not_builtin(&mut self, name: &Ident) {
        if BUILTIN.contains(&&*name.text) {
            let d = Diagnostic::new(Code::ReservedName, name.span, format!("`{}` is a built-in type", name.text))
                .label("taken")
                .help("choose another name");
            self.report(d);
        }
    }

    /// The name of an entity type, or nothing if it is none, reported.
    pub(crate) fn entity(&mut self, name: &Ident) -> Option<Name> {
        let item = self.find(Namespace::Type, &name.text);
        match item.map(|i| &i.ast(self.db).kind) {
            Some(Some(ast::ItemKind::Entity(_)) | None) => Some(name.text.clone()),
            Some(Some(_)) => {
                let d = Diagnostic::new(Code::BadElement, name.span, format!("`{}` is not an entity", name.text))
                    .label("principals and resources are entities")
                    .help(format!("declare it with `entity {}`", name.text));
                self.report(d);
                None
            }
            None if self.excused(Namespace::Type) => None,
            None => {
                let d = Diagnostic::new(Code::UnknownType, name.span, format!("no entity is called `{}`", name.text))
                    .label("not declared in this package")
                    .help(format!("declare it: `entity {}`", name.text));
                let d = self.suggest(d, name, &[Namespace::Type], &[]);
                self.report(d);
                None
            }
        }
    }

    pub(crate) fn context_record(&mut self, name: &Ident) -> Option<Name> {
        match self.find(Namespace::Type, &name.text).map(|i| &i.ast(self.db).kind) {
            Some(Some(ast::ItemKind::Record(_)) | None) => Some(name.text.clone()),
            Some(Some(_)) => {
                let d = Diagnostic::new(Code::BadElement, name.span, format!("`{}` is not a record", name.text))
                    .label("a context is a record")
                    .help(format!("declare it with `record {} {{ … }}`", name.text));
                self.report(d);
                None
            }
            None if self.excused(Namespace::Type) => None,
            None => {
                let d = Diagnostic::new(Code::UnknownType, name.span, format!("no record is called `{}`", name.text))
                    .label("not declared in this package")
                    .help(format!("declare it: `record {} {{ … }}`", name.text));
                let d = self.suggest(d, name, &[Namespace::Type], &[]);
                self.report(d);
                None
            }
        }
    }

    /// The index of a tier; the highest where none is named.
    pub(crate) fn tier(&mut self, name: Option<&Ident>) -> Option<u32> {
        let ladder = ladder(self.db, self.package);
        let Some(name) = name else {
            return ladder.as_ref().and_then(|l| u32::try_from(l.len()).ok()?.checked_sub(1));
        };
        let known = ladder.clone().unwrap_or_default();
        let found = known.iter().position(|t| *t == name.text).and_then(|i| u32::try_from(i).ok());
        // A ladder that is there but was not understood has been reported already.
        if found.is_none() && ladder.as_ref().is_none_or(|l| !l.is_empty()) {
            let d = Diagnostic::new(Code::UnknownTier, name.span, format!("no tier is called `{}`", name.text))
                .label(if known.is_empty() {
                    "this package declares no tiers".to_owned()
                } else {
                    format!("the tiers are {}", known.join(", "))
                })
                .help("declare the tiers lowest first: `tiers risk { T0 {} T1 {} }`");
            // Of `T9` beside `T0` to `T3` nobody knows which is meant.
            let numbered = |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit()).len() < name.len();
            let d = match known.last() {
                Some(last) if numbered(&name.text) && known.iter().all(|n| numbered(n)) => {
                    d.help(format!("the highest is `{last}`; a higher one stands after it in the `tiers`"))
                }
                _ => d.did_you_mean(name.span, &name.text, known.iter().map(|n| &**n)),
            };
            self.report(d);
        }
        found
    }
}

/// The field with this name.
pub(crate) fn field<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.iter().find(|f| &*f.name == name)
}

/// What can be read from a value: the fields of a record or an entity, the parts of a text.
pub(crate) fn members<'a>(db: &'a dyn Db, package: Package, ty: &'a Ty) -> Option<Cow<'a, [Field]>> {
    let name = match ty.base() {
        Ty::Record(name) | Ty::Entity(name) => name,
        Ty::Syntax(syntax) => return Some(Cow::Owned(parts(*syntax))),
        Ty::Choice(fields) | Ty::Entry(fields) => return Some(Cow::Borrowed(fields)),
        _ => return None,
    };
    let item = find(db, package, Namespace::Type, name)?;
    match &check_item(db, package, item).hir {
        Some(HirItem::Record(r)) => Some(Cow::Borrowed(&r.fields)),
        Some(HirItem::Entity(e)) => Some(Cow::Borrowed(&e.fields)),
        _ => None,
    }
}

/// The parts of texts that have some.
fn parts(syntax: Syntax) -> Vec<Field> {
    let part = |name: &str, ty: Ty| Field {
        name: name.into(),
        wire: name.into(),
        ty: Type { bounds: unbounded(&ty), ty },
        optional: false,
        free: false,
        default: None,
    };
    match syntax {
        Syntax::Email => vec![part("local", Ty::String), part("domain", Ty::Syntax(Syntax::Host))],
        Syntax::Url => vec![
            part("scheme", Ty::String),
            part("host", Ty::Syntax(Syntax::Host)),
            part("port", Ty::Int),
            part("path", Ty::Syntax(Syntax::Path)),
        ],
        Syntax::Path | Syntax::Host | Syntax::IpAddr | Syntax::IpNet | Syntax::Command => vec![],
    }
}

/// An entity type by name.
pub(crate) fn find_entity<'db>(db: &'db dyn Db, package: Package, name: &str) -> Option<&'db Arc<Entity>> {
    match &check_item(db, package, find(db, package, Namespace::Type, name)?).hir {
        Some(HirItem::Entity(e)) => Some(e),
        _ => None,
    }
}

/// An action by name.
pub(crate) fn find_action<'db>(db: &'db dyn Db, package: Package, name: &str) -> Option<&'db Arc<Action>> {
    match &check_item(db, package, find(db, package, Namespace::Action, name)?).hir {
        Some(HirItem::Action(a)) => Some(a),
        _ => None,
    }
}

/// What a thing is called in messages.
pub(crate) fn kind_of(ty: &Ty) -> String {
    match ty {
        Ty::Record(n) => format!("record `{n}`"),
        Ty::Entity(n) => format!("entity `{n}`"),
        Ty::Entry(_) => "an entry of a map".to_owned(),
        other => format!("`{}`", show(other)),
    }
}
