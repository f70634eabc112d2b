//! What one entry's rules are lowered in: its frame, the names that have been given, and the values at places.

use std::collections::{BTreeMap, BTreeSet};

use zt_lang::hir::Name;
use zt_runtime::ir::{Expr, Reading, TableId, VarId};

use super::constants::Constants;
use super::number;
use super::place::{At, Base, Place, Scope};
use super::reads::{Frame, Layout, load};
use super::types::Types;
use super::value::Value;
use crate::failure::can_fail;

/// How many expressions a condition may be lowered from, its definitions written out. The check keeps conditions far
/// smaller.
const MAX_SIZE: usize = 1 << 18;

/// How deep they may be nested.
const MAX_DEPTH: usize = 512;

/// The lowering of one entry's rules.
pub(super) struct Lowering<'a, 't> {
    pub(super) scope: Scope<'a>,
    pub(super) types: &'t mut Types<'a>,
    pub(super) constants: &'t mut Constants,
    pub(super) frame: Frame,
    /// Where the readings of windows go.
    pub(super) readings: BTreeMap<Name, Places>,
    /// The tables of which sources are asked for rows.
    pub(super) tables: BTreeSet<TableId>,
    /// How many names have been given.
    names: u32,
    /// How many expressions the current condition was lowered from.
    pub(super) size: usize,
    /// How many of them are around the current one.
    pub(super) depth: usize,
    /// Whether some condition became too large, and is not what it should be.
    overgrown: bool,
}

/// Where the readings of a window go that rules of an entry read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Places {
    pub(super) past: Option<Reading>,
    pub(super) counting: Option<Reading>,
}

impl<'a, 't> Lowering<'a, 't> {
    pub(super) fn new(scope: Scope<'a>, types: &'t mut Types<'a>, constants: &'t mut Constants) -> Self {
        let frame = Frame::default();
        Lowering {
            scope,
            types,
            constants,
            frame,
            readings: BTreeMap::new(),
            tables: BTreeSet::new(),
            names: 0,
            size: 0,
            depth: 0,
            overgrown: false,
        }
    }

    /// The frame, unless a condition became too large.
    pub(super) fn finish(self) -> Option<Layout> {
        (!self.overgrown).then(|| Layout { tables: self.tables.into_iter().collect(), ..self.frame.finish() })
    }

    /// Whether one more expression may be lowered, within those around it.
    pub(super) fn enter(&mut self) -> bool {
        self.size += 1;
        self.overgrown |= self.size > MAX_SIZE || self.depth == MAX_DEPTH;
        if !self.overgrown {
            self.depth += 1;
        }
        !self.overgrown
    }

    /// The value at a place.
    pub(super) fn load(&mut self, place: &Place<'a>) -> Value {
        let slot = self.frame.value(place);
        let expr = self.known(place, load(place.base, slot));
        // A text that has parts, or is one, is held as it is.
        let interned = place.part.is_none() && matches!(place.at, At::Scalar | At::Entity(_));
        Value { expr, interval: place.interval, interned }
    }

    /// Whether there is a value at a place; nothing if there always is.
    pub(super) fn present(&mut self, place: &Place<'a>) -> Option<Expr> {
        let slot = self.frame.present(place)?;
        let there = match place.base {
            Base::Root(_) => Expr::Present(slot),
            Base::Row(_) => load(place.base, slot),
        };
        Some(self.known(place, there))
    }

    /// Where the readings of a window go that were asked for.
    pub(super) fn places(&self, window: &str) -> Places {
        self.readings.get(window).copied().unwrap_or_default()
    }

    /// Where a reading of a window goes.
    pub(super) fn reading(&mut self, window: &Name, counting: bool) -> Reading {
        let places = self.readings.entry(window.clone()).or_default();
        let place = if counting { &mut places.counting } else { &mut places.past };
        let frame = &mut self.frame;
        *place.get_or_insert_with(|| Reading { value: frame.fresh(), failed: frame.fresh() })
    }

    /// What a window says: its reading, or its failure.
    pub(super) fn remembered(&mut self, window: &Name, counting: bool) -> Expr {
        let Reading { value, failed } = self.reading(window, counting);
        let [failed, value] = [failed, value].map(|slot| Box::new(Expr::Load(slot)));
        Expr::Failing { failed, value }
    }

    /// Names for so many values.
    pub(super) fn fresh(&mut self, count: usize) -> VarId {
        let first = VarId(self.names);
        self.names += number(count);
        first
    }

    /// What is made of a value that may stand in it several times: it is evaluated once, before.
    pub(super) fn named(&mut self, value: Value, body: impl FnOnce(&mut Self, Value) -> Expr) -> Expr {
        if value.is_plain() {
            return body(self, value);
        }
        let name = self.fresh(1);
        let Value { expr, interval, interned } = value;
        let inner = body(self, Value { expr: Expr::Var(name), interval, interned });
        bind(name, vec![expr], inner)
    }
}

/// An expression over values with names. Where nothing is made of them, they need not be evaluated but for a failure.
pub(super) fn bind(first: VarId, values: Vec<Expr>, body: Expr) -> Expr {
    if values.is_empty() || (matches!(body, Expr::Const(_)) && !values.iter().any(can_fail)) {
        return body;
    }
    Expr::Let { first, values, body: Box::new(body) }
}
