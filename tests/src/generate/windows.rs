//! Windows of a random world.

use super::expr::{Aim, Maker};
use super::scope::{Facts, Path, Scope};
use super::source::Source;
use super::world::{Ty, Window, World};

/// Whether sets take the parts of texts.
const PARTS: bool = true;

/// Over which time.
pub const OVER: &[&str] = &[
    "1h",
    "5min",
    "1s",
    "8h",
    "1d",
    "day at \"Europe/Paris\"",
    "week at \"America/New_York\"",
    "month at \"Pacific/Apia\"",
    "day at \"UTC\"",
];

impl World {
    /// The parts of a key for calls of these actions.
    pub fn key(&self, source: &mut Source, scope: &Scope, actions: &[usize]) -> Vec<(String, Option<Ty>)> {
        let mut parts = vec![];
        for _ in 0..source.weighted(&[20, 60, 20]) {
            let resource = actions.iter().all(|a| self.actions[*a].resource.is_some());
            let own = match source.below(10) {
                0..6 => Some(("principal".to_owned(), None)),
                6 if resource => Some(("resource".to_owned(), None)),
                _ => {
                    let fits = |path: &&Path| {
                        let scalar = |(ty, _): &(Ty, _)| self.is_scalar(ty);
                        path.needs.is_empty()
                            && path.value.as_ref().is_some_and(scalar)
                            && !path.text.starts_with("now")
                    };
                    let all: Vec<&Path> = scope.paths.iter().filter(fits).collect();
                    let picked = (!all.is_empty()).then(|| *source.pick(&all));
                    picked.map(|path| (path.text.clone(), path.value.as_ref().map(|(ty, _)| ty.clone())))
                }
            };
            parts.extend(own.filter(|part| !parts.contains(part)));
        }
        parts
    }

    /// Actions by their names, or by what those begin with.
    pub fn selected(&self, source: &mut Source, actions: &[usize]) -> String {
        let mut names: Vec<String> = vec![];
        let mut left = actions.to_vec();
        for (number, whole) in self.wholes.iter().enumerate() {
            let of = |action: &usize| self.actions[*action].part_of.as_ref().is_some_and(|(of, _)| *of == number);
            let parts: Vec<usize> = (0..self.actions.len()).filter(of).collect();
            // All parts are named by the whole.
            if parts.iter().all(|part| left.contains(part)) && source.chance(60) {
                left.retain(|action| !parts.contains(action));
                names.push(whole.name.clone());
            }
        }
        let mut one = |action: &usize| {
            let name = &self.actions[*action].name;
            let prefix = name.rsplit_once(['.', '_']).map(|(before, _)| &name[..=before.len()]);
            let all = self.actions.iter().chain(&self.wholes);
            let alone = |prefix: &&str| all.clone().filter(|a| a.name.starts_with(prefix)).count() == 1;
            match prefix.filter(alone) {
                Some(prefix) if source.chance(20) => format!("{prefix}*"),
                _ => name.clone(),
            }
        };
        names.extend(left.iter().map(&mut one));
        names.join(", ")
    }

    /// Adds what approvers are shown.
    pub fn add_notices(&mut self, source: &mut Source) {
        for action in 0..self.actions.len() {
            let scope = Scope::of_policy(self, &self.pairs(&[action]), &[]);
            let shown = |path: &&Path| {
                path.value.as_ref().is_some_and(|(ty, _)| self.is_scalar(ty) || matches!(ty, Ty::Entity(_)))
            };
            let mut all: Vec<String> = scope.paths.iter().filter(shown).map(|path| path.text.clone()).collect();
            let windows = scope.windows.iter().map(|(index, _)| &self.windows[*index]);
            all.extend(windows.filter(|window| self.is_scalar(&window.ty)).map(|window| window.name.clone()));
            let ask = self.notice(source, &all);
            self.actions[action].ask = ask;
        }
    }

    /// Adds windows over the actions.
    pub fn add_windows(&mut self, source: &mut Source) {
        if !source.chance(60) {
            return;
        }
        for index in 0..source.between(1, 3) {
            if let Some(window) = self.window(source, index) {
                self.windows.push(window);
            }
        }
    }

    fn window(&self, source: &mut Source, index: usize) -> Option<Window> {
        if !self.events.is_empty() && source.chance(45) {
            return self.event_window(source, index);
        }
        let mut actions: Vec<usize> = (0..self.actions.len()).collect();
        let tag = (!self.tags.is_empty() && source.chance(20)).then(|| source.below(self.tags.len()));
        let selector = match tag {
            Some(tag) => {
                actions = self.tagged(tag);
                format!("#{}", self.tags[tag].name)
            }
            None if source.chance(40) => "any".to_owned(),
            None => {
                source.shuffle(&mut actions);
                actions.truncate(source.between(1, actions.len()));
                self.selected(source, &actions)
            }
        };
        if actions.is_empty() {
            return None;
        }
        let outcome = *source.pick(&["", "", "", "attempted ", "denied ", "failed ", "succeeded ", "admitted "]);
        let mut scope = Scope::of_policy(self, &self.pairs(&actions), tag.as_slice());
        // No window is asked about another one.
        scope.windows.clear();
        // A key is that of the call that asks, too: nothing came back from that.
        let key = self.key(source, &scope, &actions);
        if outcome == "succeeded " && actions.iter().all(|a| self.actions[*a].output.is_some()) {
            scope = scope.with_output(self, &actions);
        }
        let facts = Facts::default();
        let mut condition = None;
        if source.chance(30) {
            let mut maker = Maker::new(source, self, &scope);
            maker.fuel = 8;
            let aim = if maker.source.chance(70) { Aim::True } else { Aim::Any };
            let made = maker.condition(&facts, 1, aim);
            condition = Some(made.text().to_owned());
        }
        let what = self.remembered(source, &scope);
        let counting = !["denied ", "failed ", "succeeded "].contains(&outcome);
        let subject = format!(" of {outcome}{selector}");
        Some(Window { actions, counting, ..self.written(source, index, what, &subject, key, condition) })
    }

    /// A window over an event.
    fn event_window(&self, source: &mut Source, index: usize) -> Option<Window> {
        let event = source.below(self.events.len());
        let scope = Scope::of_event(self, event);
        let mut condition = None;
        if source.chance(30) {
            let mut maker = Maker::new(source, self, &scope);
            maker.fuel = 8;
            let aim = if maker.source.chance(70) { Aim::True } else { Aim::Any };
            condition = Some(maker.condition(&Facts::default(), 1, aim).text().to_owned());
        }
        // Whoever asks has a context, and no event.
        let mut asking = scope.clone();
        asking.paths.retain(|path| path.text.starts_with("context."));
        let fits =
            |path: &&Path| path.needs.is_empty() && path.value.as_ref().is_some_and(|(ty, _)| self.is_scalar(ty));
        let all: Vec<&Path> = asking.paths.iter().filter(fits).collect();
        let mut key: Vec<(String, Option<Ty>)> = vec![];
        for _ in 0..source.weighted(&[30, 55, 15]) {
            if !all.is_empty() {
                let path = source.pick(&all);
                let part = (path.text.clone(), path.value.as_ref().map(|(ty, _)| ty.clone()));
                key.extend(Some(part).filter(|part| !key.contains(part)));
            }
        }
        let what = self.remembered(source, &scope);
        let name = &self.events[event].name;
        // What stands there says which event it is, or it is said.
        let says = what.0.contains(&format!(" {name}."));
        // Only of a set it may be left out.
        let left_out = says && what.0.starts_with("set ") && source.chance(70);
        let subject = if left_out { String::new() } else { format!(" of {name}") };
        Some(self.written(source, index, what, &subject, key, condition))
    }

    /// A window as it is written.
    fn written(
        &self,
        source: &mut Source,
        index: usize,
        (what, ty): (String, Ty),
        subject: &str,
        key: Vec<(String, Option<Ty>)>,
        condition: Option<String>,
    ) -> Window {
        let over = *source.pick(OVER);
        let mut text = format!("window w{index} = {what}{subject}");
        match key.as_slice() {
            [] => {}
            [(one, _)] => text.push_str(&format!(" by {one}")),
            several => {
                let parts: Vec<&str> = several.iter().map(|(part, _)| part.as_str()).collect();
                text.push_str(&format!(" by ({})", parts.join(", ")));
            }
        }
        text.push_str(&format!(" over {over}"));
        if let Some(condition) = condition {
            text.push_str(&format!(" where {condition}"));
        }
        if source.chance(25) {
            text.push_str(&format!(" max {}", source.between(1, 5)));
        }
        Window { name: format!("w{index}"), text, actions: vec![], counting: false, key, ty }
    }

    /// What is made of the calls, and what a reading of it is.
    fn remembered(&self, source: &mut Source, scope: &Scope) -> (String, Ty) {
        let mut readable: Vec<&Path> =
            scope.paths.iter().filter(|p| p.needs.is_empty() && p.value.is_some() && p.text != "now").collect();
        // What is told, or given back, stands nowhere else.
        let rare = |path: &&&Path| {
            !path.text.starts_with("context")
                && !path.text.starts_with("principal")
                && !path.text.starts_with("input")
                && !path.text.starts_with("resource")
        };
        let told: Vec<&Path> = readable.iter().filter(rare).copied().collect();
        if !told.is_empty() && source.chance(70) {
            readable = told;
        }
        let element = |ty: &Ty| self.element(ty).cloned().unwrap_or_else(|| ty.clone());
        let simple = |ty: &Ty| self.is_scalar(ty) || matches!(ty, Ty::Entity(_));
        for _ in 0..4 {
            match source.below(8) {
                0..3 => break,
                3 | 4 => {
                    let fits = |path: &&&Path| {
                        path.value.as_ref().is_some_and(|(ty, bounds)| self.is_counted(ty) && bounds.min >= 0)
                    };
                    let all: Vec<&&Path> = readable.iter().filter(fits).collect();
                    if all.is_empty() {
                        continue;
                    }
                    let path = source.pick(&all);
                    let Some((ty, _)) = &path.value else { continue };
                    return (format!("sum {}", path.text), ty.clone());
                }
                way => {
                    let fits = |path: &&&Path| path.value.as_ref().is_some_and(|(ty, _)| simple(&element(ty)));
                    let all: Vec<&&Path> = readable.iter().filter(fits).collect();
                    if all.is_empty() {
                        continue;
                    }
                    let path = source.pick(&all);
                    let Some((ty, _)) = &path.value else { continue };
                    if way < 6 {
                        return (format!("distinct {}", path.text), Ty::Int);
                    }
                    let held = element(ty);
                    let parsed = [Ty::Ident, Ty::Syntax(zt_lang::hir::Syntax::Email), held.clone()];
                    let held = if held == Ty::String && PARTS { source.pick(&parsed).clone() } else { held };
                    return (format!("set of {} in {}", self.show(&held), path.text), Ty::Set(Box::new(held)));
                }
            }
        }
        ("count".to_owned(), Ty::Int)
    }
}
