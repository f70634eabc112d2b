//! Rules and what stands beside their conditions: obligations, approvals, windows, the resource's id.

use zt_lang::hir::{self, ExprKind, Name, Path, Root};
use zt_runtime::ir::{Arg, Brought, Component, Due, Evidence, Expr, Gather, Kind, Party, Sought};
use zt_runtime::schema::Slot;

use super::collection::{self, Bound, Env};
use super::context::Lowering;
use super::due::Dues;
use super::place::{At, Place};
use super::types::kind;
use super::value::{all, is_collection};

impl<'a> Lowering<'a, '_> {
    /// A value with what it stands for: a part of a window's key, or what it remembers.
    pub(super) fn component(&mut self, expr: &'a hir::Expr) -> Component {
        self.size = 0;
        // A path to an entity leads to one of the type that this entry has there.
        let entity = match &expr.kind {
            ExprKind::Path(path) => self.place(path).and_then(|place| entity(&place)),
            _ => None,
        };
        let kind = entity.map_or_else(|| kind(&expr.ty, self.types), |name| Kind::Entity(name.to_string()));
        Component { kind, expr: self.value(expr, &mut Env::default()).expr }
    }

    /// The elements that a call or an event brings.
    pub(super) fn elements(&mut self, expr: &'a hir::Expr) -> Brought {
        self.size = 0;
        let collection = self.collection(expr, &mut Env::default());
        let of = self.gather(&collection, collection::Kind::of(&expr.ty, self.scope.package));
        Brought::Elements { kind: kind(&expr.ty, self.types), of }
    }

    /// The texts of which a call or an event brings parts.
    pub(super) fn texts(&mut self, expr: &'a hir::Expr, sought: Sought) -> Brought {
        if !is_collection(&expr.ty) {
            return Brought::Parts { sought, of: vec![Gather::one(self.component(expr).expr)] };
        }
        match self.elements(expr) {
            Brought::Elements { of, .. } => Brought::Parts { sought, of },
            other => other,
        }
    }

    /// A rule's condition with its policy's guard, and what it obliges to. Where an argument of an obligation fails,
    /// so does the rule.
    pub(super) fn rule(
        &mut self,
        dues: &Dues<'_>,
        guard: Option<&'a hir::Expr>,
        condition: &'a hir::Expr,
        obligations: &'a [hir::Due],
    ) -> (Expr, Vec<Due>) {
        let condition = self.condition(guard, Some(condition));
        let (mut needs, mut lowered) = (vec![], vec![]);
        for due in obligations {
            let args = due.args.iter().map(|arg| {
                if is_collection(&arg.ty) {
                    let collection = self.collection(arg, &mut Env::default());
                    self.needs(&collection, &mut needs);
                    return Arg::Elements(self.gather(&collection, collection::Kind::of(&arg.ty, self.scope.package)));
                }
                let value = self.value(arg, &mut Env::default()).expr;
                needs.push(value.clone());
                Arg::Value(value)
            });
            let args = args.collect();
            lowered.push(Due { obligation: dues.kind(&due.obligation), args });
        }
        let defined = self.needing(needs, Expr::Const(1));
        (all([condition, defined]), lowered)
    }

    /// Whom a rule asks, if that is an entity. One that this entry lacks stands behind a condition that is false.
    pub(super) fn party(&mut self, from: &hir::From) -> Option<Party> {
        let hir::From::ActsFor(path) = from else { return None };
        Some(self.entity(path).unwrap_or_else(|| Party {
            kind: String::new(),
            present: None,
            failed: None,
            id: self.id(Root::Principal),
        }))
    }

    /// What the resource's id is computed from.
    pub(super) fn resource_id(&mut self, id: &'a hir::Expr) -> Expr {
        // Its place is there even if nothing reads it: a request is compared with it.
        self.id(Root::Resource);
        self.component(id).expr
    }

    /// What approvals of a call are compared with.
    pub(super) fn evidence(&mut self) -> Evidence {
        let acts_for = Path { root: Root::Principal, fields: vec!["acts_for".into()] };
        self.frame.sent();
        Evidence {
            principal: self.id(Root::Principal),
            resource: self
                .scope
                .action()
                .is_some_and(|action| action.resource.is_some())
                .then(|| self.id(Root::Resource)),
            acts_for: self.entity(&acts_for),
        }
    }

    /// An entity that a path leads to.
    fn entity(&mut self, path: &Path) -> Option<Party> {
        let place = self.place(path)?;
        let kind = entity(&place)?.to_string();
        let [present, failed] = [self.frame.present(&place), self.failed(&place)];
        Some(Party { kind, present, failed, id: self.frame.value(&place) })
    }

    /// The slot of an entity's id.
    fn id(&mut self, root: Root) -> Slot {
        let place = self.scope.root(root);
        self.frame.value(&place.expect("an action has its principal, and its resource where it is asked for"))
    }

    fn place(&mut self, path: &Path) -> Option<Place<'a>> {
        match self.path(path, &mut Env::default()) {
            Bound::Place(place) => Some(place),
            _ => None,
        }
    }
}

/// The type of the entity at a place, if there is one.
fn entity<'a>(place: &Place<'a>) -> Option<&'a Name> {
    match place.at {
        At::Entity(entity) => Some(&entity.name),
        _ => None,
    }
}
