//! What an expression may read: the paths of a scope, and what is known to be present.

use std::collections::{BTreeMap, BTreeSet};

use zt_lang::hir::Syntax;

use super::samples::{self, Part};
use super::world::{Bounds, Field, Tag, Ty, World, unbounded};

/// How many fields a path has at most.
const DEPTH: usize = 3;
/// How many paths of a scope are offered at most.
const PATHS: usize = 90;

/// A path and what stands there, in every action and for every principal of the scope.
#[derive(Debug, Clone)]
pub struct Path {
    /// As it is written.
    pub text: String,
    /// What stands there, if it is one thing.
    pub value: Option<(Ty, Bounds)>,
    /// Paths that must be known to be present before it is read, the outermost first.
    pub needs: Vec<String>,
    /// Whether it may itself be absent; then it is the last of its needs.
    pub optional: bool,
}

/// Where paths start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// A value.
    Value(Ty, Bounds),
    /// The arguments of an action.
    Input(usize),
    /// What an action gives back.
    Output(usize),
    /// What an event tells.
    Event(usize),
    /// Nothing there.
    Nothing,
}

/// What is known at some place.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Paths that are present.
    pub present: BTreeSet<String>,
    /// Names given to them.
    pub names: BTreeMap<String, String>,
}

impl Facts {
    /// What both know together.
    #[must_use]
    pub fn and(mut self, other: &Facts) -> Facts {
        self.present.extend(other.present.iter().cloned());
        self.names.extend(other.names.iter().map(|(k, v)| (k.clone(), v.clone())));
        self
    }

    /// What either knows.
    #[must_use]
    pub fn or(&self, other: &Facts) -> Facts {
        Facts { present: self.present.intersection(&other.present).cloned().collect(), names: BTreeMap::new() }
    }

    /// The same without names.
    #[must_use]
    pub fn unnamed(self) -> Facts {
        Facts { names: BTreeMap::new(), ..self }
    }
}

/// Everything that an expression can use.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Paths.
    pub paths: Vec<Path>,
    /// How many definitions may be used.
    pub defines: usize,
    /// The windows that may be read, by index, and whether they count this call.
    pub windows: Vec<(usize, bool)>,
    /// Whether the instant of the decision may be read.
    pub now: bool,
    /// How many quantifiers stand around.
    pub loops: usize,
    /// The entities that the principal can be here.
    pub principals: Vec<usize>,
    /// The event whose fields can be read here.
    pub event: Option<String>,
}

impl Scope {
    /// The scope of a policy or a window over these pairs of action and principal, all of which carry these
    /// tags.
    #[must_use]
    pub fn of_policy(world: &World, pairs: &[(usize, usize)], tags: &[usize]) -> Scope {
        let whole = |ty: Ty| Root::Value(ty.clone(), unbounded(&ty));
        let entity = |e: Option<usize>| e.map_or(Root::Nothing, |e| whole(Ty::Entity(e)));
        let action = |a: usize| &world.actions[a];
        let roots = [
            ("principal", unique(pairs.iter().map(|(_, p)| whole(Ty::Entity(*p))))),
            ("input", unique(pairs.iter().map(|(a, _)| Root::Input(*a)))),
            ("resource", unique(pairs.iter().map(|(a, _)| entity(action(*a).resource)))),
            (
                "context",
                unique(pairs.iter().map(|(a, _)| action(*a).context.map_or(Root::Nothing, |r| whole(Ty::Record(r))))),
            ),
        ];
        let mut paths = paths(world, roots);
        let bounds = unbounded(&Ty::Instant);
        paths.push(Path { text: "now".into(), value: Some((Ty::Instant, bounds)), needs: vec![], optional: false });
        let mut known: Vec<usize> =
            tags.iter().flat_map(|tag| [Some(*tag), world.tags[*tag].parent]).flatten().collect();
        known.sort_unstable();
        known.dedup();
        for tag in known {
            let Tag { name, fields, .. } = &world.tags[tag];
            for (field, used) in fields {
                let text = format!("{name}.{field}");
                let value = Root::Value(used.ty.clone(), used.bounds.clone());
                let mut own = self::paths(world, [(text.as_str(), vec![value])]);
                own.append(&mut paths);
                paths = own;
            }
        }
        let mut principals: Vec<usize> = pairs.iter().map(|(_, p)| *p).collect();
        principals.sort_unstable();
        principals.dedup();
        let (defines, event) = (world.defines.len(), None);
        let mut scope = Scope { paths, defines, windows: vec![], now: true, loops: 0, principals, event };
        for (index, window) in world.windows.iter().enumerate() {
            let readable = window.key.iter().all(|(text, ty)| match (text.as_str(), ty) {
                ("principal", _) => true,
                ("resource", _) => pairs.iter().all(|(a, _)| world.actions[*a].resource.is_some()),
                (text, Some(ty)) => scope.paths.iter().any(|path| {
                    path.text == *text && path.needs.is_empty() && path.value.as_ref().is_some_and(|(t, _)| t == ty)
                }),
                _ => false,
            });
            if readable {
                let counting = window.counting && pairs.iter().all(|(a, _)| window.actions.contains(a));
                scope.windows.push((index, counting));
            }
        }
        scope
    }

    /// The scope of a window over an event.
    #[must_use]
    pub fn of_event(world: &World, event: usize) -> Scope {
        let told = &world.events[event];
        let context = told.context.map_or(Root::Nothing, |of| Root::Value(Ty::Record(of), unbounded(&Ty::Record(of))));
        let paths = paths(world, [(told.name.as_str(), vec![Root::Event(event)]), ("context", vec![context])]);
        Scope { paths, event: Some(told.name.clone()), ..Scope::of_define(world, &[]) }
    }

    /// The same with what these actions give back.
    #[must_use]
    pub fn with_output(mut self, world: &World, actions: &[usize]) -> Scope {
        let mut own = paths(world, [("output", unique(actions.iter().map(|a| Root::Output(*a))))]);
        own.append(&mut self.paths);
        Scope { paths: own, ..self }
    }

    /// The same where the principal is known to be of one type.
    #[must_use]
    pub fn narrowed(&self, world: &World, entity: usize) -> Scope {
        let root = vec![Root::Value(Ty::Entity(entity), unbounded(&Ty::Entity(entity)))];
        let mut own = paths(world, [("principal", root)]);
        let mut scope = self.clone();
        scope.paths.retain(|path| path.text != "principal" && !path.text.starts_with("principal."));
        own.append(&mut scope.paths);
        scope.paths = own;
        scope.principals = vec![entity];
        scope
    }

    /// The same with something else by this name.
    #[must_use]
    pub fn with_name(&self, world: &World, name: &str, ty: &Ty, bounds: Bounds) -> Scope {
        Scope { loops: self.loops, ..self.with_element(world, name, ty, bounds) }
    }

    /// The same with an element of a collection, by this name.
    #[must_use]
    pub fn with_element(&self, world: &World, name: &str, ty: &Ty, bounds: Bounds) -> Scope {
        let mut scope = self.clone();
        let mut own = paths(world, [(name, vec![Root::Value(ty.clone(), bounds)])]);
        own.extend(std::mem::take(&mut scope.paths));
        scope.paths = own;
        scope.loops += 1;
        scope
    }

    /// The scope of a definition with these parameters, which are called `p0`, `p1`, ….
    #[must_use]
    pub fn of_define(world: &World, params: &[Ty]) -> Scope {
        let root = |ty: &Ty| vec![Root::Value(ty.clone(), unbounded(world.base(ty)))];
        let names: Vec<String> = (0..params.len()).map(|i| format!("p{i}")).collect();
        let roots = names.iter().zip(params).map(|(name, ty)| (name.as_str(), root(ty)));
        Scope {
            paths: paths(world, roots),
            defines: world.defines.len(),
            windows: vec![],
            now: false,
            loops: 0,
            principals: vec![],
            event: None,
        }
    }

    /// The paths that may be read here.
    pub fn readable<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = &'a Path> {
        self.paths.iter().filter(|path| path.needs.iter().all(|need| facts.present.contains(need)))
    }

    /// The paths whose own presence is all that is left to ask.
    pub fn askable<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = &'a Path> {
        let known = |path: &&Path| match path.needs.split_last() {
            Some((_, before)) => path.optional && before.iter().all(|need| facts.present.contains(need)),
            None => false,
        };
        self.paths.iter().filter(known)
    }
}

fn unique(all: impl Iterator<Item = Root>) -> Vec<Root> {
    let mut out: Vec<Root> = vec![];
    for one in all {
        if !out.contains(&one) {
            out.push(one);
        }
    }
    out
}

/// A path on the way.
struct Step {
    path: Path,
    alternatives: Vec<Root>,
}

fn paths<'a>(world: &World, roots: impl IntoIterator<Item = (&'a str, Vec<Root>)>) -> Vec<Path> {
    let mut level: Vec<Step> = roots
        .into_iter()
        .map(|(name, alternatives)| Step {
            path: Path { text: name.to_owned(), value: single(&alternatives), needs: vec![], optional: false },
            alternatives,
        })
        .collect();
    let mut out = vec![];
    for _ in 0..=DEPTH {
        let next: Vec<Step> = level.iter().flat_map(|step| below(world, step)).collect();
        out.extend(level.into_iter().map(|step| step.path));
        level = next;
    }
    out.truncate(PATHS);
    out
}

fn single(alternatives: &[Root]) -> Option<(Ty, Bounds)> {
    match alternatives {
        [Root::Value(ty, bounds)] => Some((ty.clone(), bounds.clone())),
        _ => None,
    }
}

fn fields<'a>(world: &'a World, root: &Root) -> &'a [Field] {
    match root {
        Root::Input(action) => &world.actions[*action].input,
        Root::Output(action) => world.actions[*action].output.as_deref().unwrap_or_default(),
        Root::Event(event) => &world.events[*event].fields,
        Root::Value(Ty::Record(record), _) => &world.records[*record],
        Root::Value(Ty::Entry(map), _) => &world.maps[*map],
        Root::Value(Ty::Entity(entity), _) => &world.entities[*entity],
        _ => &[],
    }
}

/// The paths with one more field.
fn below(world: &World, step: &Step) -> Vec<Step> {
    let nothing = step.alternatives.contains(&Root::Nothing);
    let is_entity = |root: &Root| matches!(root, Root::Value(Ty::Entity(_), _));
    let entities = step.alternatives.iter().all(|a| is_entity(a) || *a == Root::Nothing);
    if let [Root::Value(ty, _)] = step.alternatives.as_slice()
        && let Ty::Syntax(syntax) = world.base(ty)
    {
        return of_text(step, *syntax);
    }
    let mut names: Vec<&str> = vec![];
    if entities && step.alternatives.iter().any(is_entity) {
        names.push("id");
    }
    for alternative in &step.alternatives {
        for field in fields(world, alternative) {
            if !names.contains(&field.name.as_str()) {
                names.push(&field.name);
            }
        }
    }
    names
        .into_iter()
        .filter_map(|name| {
            let text = format!("{}.{name}", step.path.text);
            let mut optional = nothing;
            let mut alternatives: Vec<Root> = vec![];
            if name == "id" && entities {
                alternatives.push(Root::Value(Ty::String, Bounds { length: 256, ..unbounded(&Ty::String) }));
            } else {
                for alternative in &step.alternatives {
                    match fields(world, alternative).iter().find(|field| field.name == name) {
                        None => optional = true,
                        Some(field) => {
                            optional |= field.optional;
                            let value = Root::Value(field.used.ty.clone(), field.used.bounds.clone());
                            if !alternatives.contains(&value) {
                                alternatives.push(value);
                            }
                        }
                    }
                }
            }
            let ty = |root: &Root| match root {
                Root::Value(ty, _) => Some(ty.clone()),
                _ => None,
            };
            let first = alternatives.first().and_then(ty)?;
            // Two types at one place are a mistake.
            if alternatives.iter().any(|other| ty(other).as_ref() != Some(&first)) {
                return None;
            }
            if alternatives.len() > 1 {
                alternatives = vec![Root::Value(first.clone(), unbounded(world.base(&first)))];
            }
            let mut needs = step.path.needs.clone();
            if optional {
                needs.push(text.clone());
            }
            Some(Step { path: Path { value: single(&alternatives), text, needs, optional }, alternatives })
        })
        .collect()
}

/// The parts of a text of a syntax.
fn of_text(step: &Step, syntax: Syntax) -> Vec<Step> {
    let part = |(name, part): &(&str, Part)| {
        let ty = match part {
            Part::String => Ty::String,
            Part::Int => Ty::Int,
            Part::Host => Ty::Syntax(Syntax::Host),
            Part::Path => Ty::Syntax(Syntax::Path),
        };
        let alternatives = vec![Root::Value(ty.clone(), unbounded(&ty))];
        let path = Path {
            text: format!("{}.{name}", step.path.text),
            value: single(&alternatives),
            needs: step.path.needs.clone(),
            optional: false,
        };
        Step { path, alternatives }
    };
    samples::parts(syntax).iter().map(part).collect()
}
