//! What decisions cost: a table, and JSON.

use serde_json::{Value, json};
use zt_lang::check::budget::{EntryCost, What};
use zt_lang::check::package::decision_costs;

use crate::load::Loaded;
use crate::output::Style;

/// How many parts of a cost are shown to people.
const SHOWN: usize = 3;

/// The costs of a package that has no mistakes, or only that they are too high.
pub(crate) struct Costs<'a> {
    package: &'a Loaded,
    budget: Option<u64>,
    entries: Vec<EntryCost>,
}

impl<'a> Costs<'a> {
    pub(crate) fn of(package: &'a Loaded) -> Option<Self> {
        let entries = decision_costs(&package.db, package.package)?;
        Some(Costs { package, budget: package.package.settings(&package.db).budget, entries })
    }

    /// A line for each action and type of principal: how many steps, and what takes most of them.
    pub(crate) fn human(&self, style: Style) -> String {
        let of = self.budget.map_or_else(String::new, |budget| format!(" (budget {budget})"));
        let mut out = format!("{}: the most steps of a decision{of}\n", style.bold(&self.package.name));
        let names: Vec<String> = self.entries.iter().map(|e| format!("{} by {}", e.action, e.principal)).collect();
        let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        for (name, entry) in names.iter().zip(&self.entries) {
            let mut parts: Vec<String> = entry
                .parts
                .iter()
                .take(SHOWN)
                .map(|part| match &part.what {
                    What::Rule(name) => format!("{} {}", self.own(name), part.steps),
                    What::Window(name) => format!("window {} {}", self.own(name), part.steps),
                })
                .collect();
            if let Some(more) = entry.parts.len().checked_sub(SHOWN).filter(|more| *more > 0) {
                parts.push(format!("{more} more"));
            }
            let parts = style.dim(&parts.join(", "));
            out.push_str(format!("  {name:widest$}  {:>7}  {parts}", entry.steps).trim_end());
            out.push('\n');
        }
        out
    }

    /// A rule's name without that of the package.
    fn own<'n>(&self, name: &'n str) -> &'n str {
        name.strip_prefix(&*self.package.name).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name)
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> impl Iterator<Item = Value> {
        self.entries.iter().map(|entry| {
            let part = |part: &zt_lang::check::budget::Part| match &part.what {
                What::Rule(name) => json!({"rule": &**name, "steps": part.steps}),
                What::Window(name) => json!({"window": &**name, "steps": part.steps}),
            };
            json!({
                "package": &*self.package.name,
                "action": &*entry.action,
                "principal": &*entry.principal,
                "steps": entry.steps,
                "budget": self.budget,
                "parts": entry.parts.iter().map(part).collect::<Vec<_>>(),
            })
        })
    }
}
