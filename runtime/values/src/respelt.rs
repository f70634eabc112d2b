//! Texts written anew: where what is written is what was there, nothing is copied.

use std::borrow::Cow;
use std::fmt;

/// A text that is written anew beside the one that was there.
#[derive(Debug)]
pub(crate) struct Respelt<'t> {
    was: &'t str,
    /// How many bytes are written, all of them as they were, if it has no text of its own.
    same: usize,
    own: Option<String>,
}

impl<'t> Respelt<'t> {
    /// Nothing written yet.
    pub(crate) const fn new(was: &'t str) -> Self {
        Self { was, same: 0, own: None }
    }

    /// How many bytes are written.
    pub(crate) fn len(&self) -> usize {
        self.own.as_ref().map_or(self.same, String::len)
    }

    /// Writes a piece.
    pub(crate) fn push(&mut self, piece: &str) {
        if let Some(own) = &mut self.own {
            own.push_str(piece);
            return;
        }
        let (written, rest) = self.was.split_at_checked(self.same).unwrap_or((self.was, ""));
        if rest.starts_with(piece) {
            self.same = self.same.saturating_add(piece.len());
            return;
        }
        let mut own = String::with_capacity(self.was.len().saturating_add(piece.len()));
        own.push_str(written);
        own.push_str(piece);
        self.own = Some(own);
    }

    /// What was written.
    pub(crate) fn finish(self) -> Cow<'t, str> {
        match self.own {
            Some(own) => Cow::Owned(own),
            None => Cow::Borrowed(self.was.get(..self.same).unwrap_or_default()),
        }
    }
}

impl fmt::Write for Respelt<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.push(piece);
        Ok(())
    }
}

/// What prints as something, of which a text may be the print already.
pub(crate) fn printed<'t>(text: &'t str, value: &impl fmt::Display) -> Cow<'t, str> {
    let mut print = Respelt::new(text);
    // Writing to it cannot fail.
    let _ = fmt::Write::write_fmt(&mut print, format_args!("{value}"));
    print.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_what_comes_of_it(was in "[ab]{0,6}", pieces in prop::collection::vec("[ab]{0,3}", 0..4)) {
            let mut respelt = Respelt::new(&was);
            pieces.iter().for_each(|piece| respelt.push(piece));
            let whole = pieces.concat();
            prop_assert_eq!(respelt.len(), whole.len());
            let text = respelt.finish();
            prop_assert_eq!(matches!(text, Cow::Borrowed(_)), was.starts_with(&whole));
            prop_assert_eq!(text, whole);
        }
    }
}
