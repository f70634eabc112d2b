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
                let names: Vec<&str> = actions.iter().map(|a| self.actions[*a].name.as_str()).collect();
                names.join(", ")
            }
        };
        if actions.is_empty() {
            return None;
        }
        let outcome = *source.pick(&["", "", "", "attempted ", "denied ", "failed ", "succeeded ", "admitted "]);
        let mut scope = Scope::of_policy(self, &self.pairs(&actions), tag);
        // No window is asked about another one.
        scope.windows.clear();
        let facts = Facts::default();
        let mut condition = None;
        if source.chance(30) {
            let mut maker = Maker::new(source, self, &scope);
            maker.fuel = 8;
            let aim = if maker.source.chance(70) { Aim::True } else { Aim::Any };
            let made = maker.condition(&facts, 1, aim);
            condition = Some(made.text().to_owned());
        }
        let key = self.key(source, &scope, &actions);
        let (what, ty) = self.remembered(source, &scope)?;
        let over = *source.pick(OVER);
        let mut text = format!("window w{index} = {what} of {outcome}{selector}");
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
        let counting = !["denied ", "failed ", "succeeded "].contains(&outcome);
        Some(Window { name: format!("w{index}"), text, actions, counting, key, ty })
    }

    /// What is made of the calls, and what a reading of it is.
    fn remembered(&self, source: &mut Source, scope: &Scope) -> Option<(String, Ty)> {
        let readable: Vec<&Path> =
            scope.paths.iter().filter(|p| p.needs.is_empty() && p.value.is_some() && p.text != "now").collect();
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
                    return Some((format!("sum {}", path.text), ty.clone()));
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
                        return Some((format!("distinct {}", path.text), Ty::Int));
                    }
                    let held = element(ty);
                    let parsed = [Ty::Ident, Ty::Syntax(zt_lang::hir::Syntax::Email), held.clone()];
                    let held = if held == Ty::String && PARTS { source.pick(&parsed).clone() } else { held };
                    return Some((format!("set of {} in {}", self.show(&held), path.text), Ty::Set(Box::new(held))));
                }
            }
        }
        Some(("count".to_owned(), Ty::Int))
    }
}
