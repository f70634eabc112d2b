//! Automata that find patterns, held against another engine.

use regex::Regex;
use zt_values::finder::Finder;

use super::*;
use crate::sought;

/// Random numbers, by a linear congruential generator (Knuth's MMIX).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }

    fn pattern(&mut self, depth: usize) -> String {
        const LEAVES: &[&str] =
            &["a", "b", "ab", "[ab]", "[^a]", r"\b", "^", "$", ".", r"\d", "é", "[a-zé]", " ", "c{2}", "A", "a?", "b*"];
        if depth == 0 {
            return self.pick(LEAVES).to_owned();
        }
        let (left, right) = (self.pattern(depth - 1), self.pattern(depth - 1));
        match self.roll(7) {
            0 => format!("({left}|{right})"),
            1 => format!("({left})*{right}"),
            2 => format!("({left})?{right}"),
            3 => format!("({left}){{1,3}}{right}"),
            _ => format!("{left}{right}"),
        }
    }

    fn text(&mut self) -> String {
        (0..self.roll(14))
            .map(|_| self.pick(&["a", "b", "A", "c", " ", "é", "1", "-", "_", "\n", "ab", "日"]))
            .collect()
    }
}

fn built(rows: &[(String, String, u32)]) -> Option<Vec<Search>> {
    let rows: Vec<Row<'_>> = rows.iter().map(|(source, pattern, says)| Row { source, pattern, says: *says }).collect();
    search(&rows)
}

#[test]
fn the_highest_is_found_wherever_it_is() {
    let mut dice = Dice(7);
    let (mut tables, mut seen) = (0, [0; 4]);
    while tables < 400 {
        let mut rows = vec![];
        for _ in 0..=dice.roll(5) {
            let source = {
                let depth = dice.roll(4);
                dice.pattern(depth)
            };
            let Ok(pattern) = sought(&source) else { continue };
            rows.push((source, pattern, 1 + u32::try_from(dice.roll(3)).unwrap()));
        }
        if rows.is_empty() {
            continue;
        }
        tables += 1;
        let engines: Vec<(Regex, u32)> =
            rows.iter().map(|(_, pattern, says)| (Regex::new(pattern).unwrap(), *says)).collect();
        let finders: Vec<Finder> =
            built(&rows).unwrap().iter().map(|search| Finder::read(&search.bytes).unwrap()).collect();
        for _ in 0..60 {
            let text = dice.text();
            let expected = engines.iter().filter(|(engine, _)| engine.is_match(&text)).map(|(_, says)| *says).max();
            let found = finders.iter().map(|finder| finder.find(&text).unwrap()).max();
            assert_eq!(found, Some(expected.unwrap_or(0)), "{text:?} {rows:#?}");
            seen[usize::try_from(expected.unwrap_or(0)).unwrap()] += 1;
        }
    }
    assert!(seen.iter().all(|times| *times > 500), "{seen:?}");
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let row = |source: &str, says| (source.to_owned(), sought(source).unwrap(), says);
    let rows = [row("ignore (all )?previous", 3), row(r"\bsudo\b", 2), row("[0-9]+$", 1)];
    let first = built(&rows).unwrap();
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].rows, [0, 1, 2]);
    assert_eq!(built(&rows), Some(first));
}

#[test]
fn what_is_large_together_is_divided() {
    let mut rows = vec![];
    for c in b'a'..=b'z' {
        let source = format!("{}[a-z]{{9}}[0-9]", char::from(c));
        rows.push((source.clone(), sought(&source).unwrap(), 1));
    }
    let source = "x.*y.*z[0-9]*w".to_owned();
    rows.push((source.clone(), sought(&source).unwrap(), 2));
    let found = built(&rows).expect("not too large");
    let mut all: Vec<u32> = found.iter().flat_map(|search| search.rows.clone()).collect();
    all.sort_unstable();
    assert_eq!(all, (0..27).collect::<Vec<u32>>());
    for search in &found {
        let finder = Finder::read(&search.bytes).unwrap();
        let own = search.rows.iter().map(|row| &rows[usize::try_from(*row).unwrap()]);
        assert_eq!(*finder.digest(), finder_digest(own.map(|(source, _, says)| (source.as_str(), *says))));
    }
    let source = "a[a-z]{24}b".to_owned();
    assert!(built(&[(source.clone(), sought(&source).unwrap(), 1)]).is_none());
}
