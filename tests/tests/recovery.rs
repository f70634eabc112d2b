//! What one slip does to a good file: it harms the item it is in, and hardly more.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use zt_lang::syntax::token::lex;
use zt_tests::front::{Found, mistakes};

const GOOD: &str = include_str!("../good.zt");

/// How many items have a mistake.
fn items(found: &[Found]) -> usize {
    found.iter().map(|f| f.located.offset).collect::<BTreeSet<_>>().len()
}

fn tell(out: &mut String, what: &str, found: &[Found]) {
    let _ = writeln!(out, "{what}: {} mistakes in {} items", found.len(), items(found));
    for f in found {
        let _ = writeln!(out, "  {f}");
    }
}

#[test]
fn the_good_file_is_good() {
    let found = mistakes(GOOD);
    assert!(found.is_empty(), "{}", found.iter().map(|f| format!("{f}\n")).collect::<String>());
}

#[test]
fn a_token_left_out_harms_one_item_or_two() {
    let tokens = lex(GOOD).tokens;
    let mut wrong = String::new();
    let (mut silent, mut several) = (0, 0);
    for t in &tokens {
        let (start, end) = (t.span.start as usize, t.span.end as usize);
        let text = format!("{} {}", &GOOD[..start], &GOOD[end..]);
        let found = mistakes(&text);
        let line = GOOD[..start].matches('\n').count() + 1;
        let what = format!("line {line} without `{}`", &GOOD[start..end]);
        silent += usize::from(found.is_empty());
        several += usize::from(found.len() > 1);
        if found.len() > 3 || items(&found) > 2 {
            tell(&mut wrong, &what, &found);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    // Some words can be left out, and what is left says something else: `shadow`, `not`, a clause's last part.
    assert!(silent * 20 <= tokens.len(), "{silent} of {} deletions go unnoticed", tokens.len());
    assert!(several * 50 <= tokens.len(), "{several} of {} deletions give several mistakes", tokens.len());
}

#[test]
fn a_token_doubled_harms_one_item_or_two() {
    let tokens = lex(GOOD).tokens;
    let mut wrong = String::new();
    for t in &tokens {
        let (start, end) = (t.span.start as usize, t.span.end as usize);
        let text = format!("{} {}", &GOOD[..end], &GOOD[start..]);
        let found = mistakes(&text);
        if found.len() > 3 || items(&found) > 2 {
            let line = GOOD[..start].matches('\n').count() + 1;
            tell(&mut wrong, &format!("line {line} with `{}` twice", &GOOD[start..end]), &found);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_file_cut_off_anywhere_is_understood_up_to_there() {
    let tokens = lex(GOOD).tokens;
    for t in &tokens {
        // Names that the rest declared are unknown now; all that matters is that it ends.
        let _ = mistakes(&GOOD[..t.span.end as usize]);
    }
}
