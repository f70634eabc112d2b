//! What an entry reads of a request, and the slots of its frame.
//!
//! A slot is given out when a rule first asks for it; what no rule reads has none. The same goes for the words of
//! a list's rows.

use std::collections::BTreeMap;

use zt_lang::hir::Root;
use zt_runtime::ir::{Expr, Lookup, TableId, VarId, Within};
use zt_runtime::schema::{Part, Reads, Rows, Slot, TypeId};

use super::place::{Base, Place, Step};

/// A frame while it grows.
#[derive(Debug, Default)]
pub(super) struct Frame {
    slots: u32,
    /// The arguments as they were sent.
    sent: Option<Slot>,
    roots: BTreeMap<Root, Node>,
    /// Of which list a row is.
    lists: BTreeMap<VarId, (Base, Vec<Step>)>,
}

/// What is read at one place, and below it by field.
#[derive(Debug, Default)]
struct Node {
    present: Option<Slot>,
    value: Option<Slot>,
    parts: BTreeMap<Part, Slot>,
    ancestors: Option<Slot>,
    fields: BTreeMap<Step, Node>,
    rows: Option<Box<RowNode>>,
    /// Of an entity that is looked up: its type, and where it is said why that failed.
    asked: Option<(TypeId, Slot)>,
}

/// What is read of a list's elements.
#[derive(Debug, Default)]
struct RowNode {
    width: u32,
    element: Node,
}

/// A finished frame.
pub(super) struct Layout {
    pub(super) slots: u32,
    pub(super) lookups: Vec<Lookup>,
    pub(super) tables: Vec<TableId>,
    pub(super) principal: Reads,
    pub(super) resource: Reads,
    pub(super) input: Reads,
    pub(super) context: Reads,
    pub(super) event: Reads,
    pub(super) output: Reads,
    pub(super) now: Option<Slot>,
    pub(super) sent: Option<Slot>,
}

impl Frame {
    /// The slot of the value at a place, or the word in its row.
    pub(super) fn value(&mut self, place: &Place<'_>) -> Slot {
        let (next, node) = self.node(place, place.steps.len());
        match place.part {
            None => take(next, &mut node.value),
            Some(part) => {
                let mut known = node.parts.get(&part).copied();
                let slot = take(next, &mut known);
                node.parts.insert(part, slot);
                slot
            }
        }
    }

    /// The slot, or word, that tells whether the value at a place is there; none if it always is.
    pub(super) fn present(&mut self, place: &Place<'_>) -> Option<Slot> {
        let (next, node) = self.node(place, place.optional?);
        Some(take(next, &mut node.present))
    }

    /// The slot, or word, of what is above an entity.
    pub(super) fn ancestors(&mut self, place: &Place<'_>) -> Slot {
        let (next, node) = self.node(place, place.steps.len());
        take(next, &mut node.ancestors)
    }

    /// The slot, or word, that says why what is looked up on the way to a place is not known; none if nothing is. Those
    /// types are of the entities on the way.
    pub(super) fn failed(&mut self, place: &Place<'_>, types: &[TypeId]) -> Option<Slot> {
        let mut last = None;
        for (asked, ty) in place.asked.iter().zip(types) {
            if let Some(optional) = asked.optional {
                let (next, node) = self.node(place, optional);
                take(next, &mut node.present);
            }
            let (next, node) = self.node(place, asked.steps);
            take(next, &mut node.value);
            let mut failed = node.asked.map(|(_, failed)| failed);
            let slot = take(next, &mut failed);
            node.asked = Some((*ty, slot));
            last = Some(slot);
        }
        last
    }

    /// Gives a name to the rows of a list.
    pub(super) fn name(&mut self, row: VarId, list: &Place<'_>) {
        self.lists.insert(row, (list.base, list.steps.clone()));
    }

    /// The slot of the arguments as they were sent.
    pub(super) fn sent(&mut self) -> Slot {
        take(&mut self.slots, &mut self.sent)
    }

    /// A slot that nothing else has.
    pub(super) fn fresh(&mut self) -> Slot {
        self.slots += 1;
        Slot(self.slots - 1)
    }

    pub(super) fn finish(mut self) -> Layout {
        let mut lookups = Vec::new();
        let mut reads = |root| self.roots.remove(&root).unwrap_or_default().finish(&Around::default(), &mut lookups);
        Layout {
            principal: reads(Root::Principal),
            resource: reads(Root::Resource),
            input: reads(Root::Input),
            context: reads(Root::Context),
            event: reads(Root::Event),
            output: reads(Root::Output),
            now: reads(Root::Now).value,
            sent: self.sent,
            slots: self.slots,
            lookups,
            tables: vec![],
        }
    }

    /// What is read so many steps on the way to a place, and the number of the next slot or word there.
    fn node(&mut self, place: &Place<'_>, depth: usize) -> (&mut u32, &mut Node) {
        // From the place to the request: the steps within each row around.
        let mut ways = vec![&place.steps[..depth]];
        let mut base = place.base;
        let root = loop {
            match base {
                Base::Root(root) => break root,
                Base::Row(row) => {
                    let (outer, steps) = &self.lists[&row];
                    ways.push(steps);
                    base = *outer;
                }
            }
        };
        let (mut next, mut node) = (&mut self.slots, self.roots.entry(root).or_default());
        while let Some(steps) = ways.pop() {
            node = steps.iter().fold(node, |node, step| node.fields.entry(step.clone()).or_default());
            if !ways.is_empty() {
                let rows = &mut **node.rows.get_or_insert_default();
                (next, node) = (&mut rows.width, &mut rows.element);
            }
        }
        (next, node)
    }
}

/// What is read of a slot, or of a word of a row.
pub(super) fn load(base: Base, slot: Slot) -> Expr {
    match base {
        Base::Root(_) => Expr::Load(slot),
        Base::Row(row) => Expr::Row { row, word: slot.0 },
    }
}

/// The slot that is known, or the next one.
fn take(next: &mut u32, known: &mut Option<Slot>) -> Slot {
    *known.get_or_insert_with(|| {
        *next += 1;
        Slot(*next - 1)
    })
}

/// What is around a place: the rows in which it is, the last optional field, and the entity that is looked up.
#[derive(Default)]
struct Around {
    within: Vec<Within>,
    present: Option<Slot>,
    outer: Option<Slot>,
}

impl Node {
    /// What the decoder stores; what is looked up is added to the lookups, an entity before those within it.
    fn finish(self, around: &Around, lookups: &mut Vec<Lookup>) -> Reads {
        let within = around.within.clone();
        let mut inside = Around { within, present: self.present.or(around.present), outer: around.outer };
        let lookup = self.asked.map(|(ty, failed)| Lookup {
            ty,
            within: inside.within.clone(),
            id: self.value.expect("what is looked up has its id in the frame"),
            present: inside.present,
            outer: inside.outer.replace(failed),
            reads: Reads::default(),
            failed,
        });
        let place = lookups.len();
        lookups.extend(lookup);
        let (mut fields, mut members) = (vec![], vec![]);
        for (step, node) in self.fields {
            let reads = node.finish(&inside, lookups);
            match step {
                Step::Field(index) => fields.push((index, reads)),
                Step::Member(name) => members.push((name.to_string(), reads)),
            }
        }
        let rows = self.rows.map(|rows| {
            let list = self.value.expect("a list whose rows are read is read");
            let within = [&around.within[..], &[Within { list, width: rows.width }]].concat();
            let inside = Around { within, ..Around::default() };
            Box::new(Rows { width: rows.width, element: rows.element.finish(&inside, lookups) })
        });
        let own = Reads {
            present: self.present,
            value: self.value,
            parts: self.parts.into_iter().collect(),
            ..Reads::default()
        };
        let known = Reads { fields, members, rows, ancestors: self.ancestors, ..Reads::default() };
        match (self.asked, lookups.get_mut(place)) {
            (Some(_), Some(lookup)) => {
                lookup.reads = known;
                own
            }
            _ => Reads { present: own.present, value: own.value, parts: own.parts, ..known },
        }
    }
}
