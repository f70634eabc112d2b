//! The ways to read a request agree: in one pass by vectors and by words, and plainly. What one pass takes in most
//! packages, that it allocates nothing once it runs, and that no way takes what is no JSON.

use std::path::PathBuf;

use proptest::prelude::*;
use serde::de::IgnoredAny;
use zt_compiler::compile;
use zt_runtime::schema::{Syntax, Type};
use zt_runtime::{Frame, Pdp, Way};
use zt_tests::differential::{campaign, drawn};
use zt_tests::generate::request::Requests;
use zt_tests::generate::source::Source;
use zt_tests::three::{Three, read_alike};

fn examples() -> Vec<(PathBuf, Pdp, Vec<(PathBuf, Vec<u8>)>)> {
    let root = zt_tests::command::root();
    let loaded = zt_cli::load::packages(&[root.join("examples")]).unwrap_or_else(|stop| panic!("{}", stop.message));
    let of = |folder: PathBuf| {
        let requests = std::fs::read_dir(folder.join("requests")).into_iter().flatten().flatten().map(|e| e.path());
        let names = ["facts.json", "decision.json"];
        let is_request = |path: &PathBuf| !names.iter().any(|end| path.to_string_lossy().ends_with(end));
        let mut all: Vec<_> =
            requests.filter(is_request).map(|path| (path.clone(), std::fs::read(path).expect("readable"))).collect();
        all.sort();
        all
    };
    let mut all = vec![];
    for package in &loaded {
        let checked = package.check().unwrap_or_else(|mistakes| panic!("{}: {mistakes:?}", package.name));
        let pdp = Pdp::load(&compile(&checked).expect("an image")).expect("a decision point");
        let requests = of(package.folder.clone());
        all.push((package.folder.clone(), pdp, requests));
    }
    all
}

#[test]
fn every_request_of_the_examples_that_is_accepted_is_read_in_one_pass() {
    let mut read = 0;
    for (_, pdp, requests) in examples() {
        for (path, request) in requests {
            let quick = read_alike(&pdp, &request);
            let accepted = pdp.decode(&request, &mut Frame::default()).is_ok();
            assert_eq!(quick, accepted, "{}", path.display());
            read += usize::from(quick);
            // As programs write it that sort members by name: an id comes before its type.
            let sorted: Option<serde_json::Value> = serde_json::from_slice(&request).ok().filter(|_| accepted);
            let sorted = sorted.map(|request| request.to_string());
            assert!(sorted.is_none_or(|request| read_alike(&pdp, request.as_bytes())), "{}", path.display());
        }
    }
    assert!(read > 50, "{read}");
}

/// A request with some of its bytes left out, doubled or replaced.
fn mutated(source: &mut Source, request: &[u8]) -> Vec<u8> {
    let mut request = request.to_vec();
    for _ in 0..=source.below(3) {
        if request.is_empty() {
            break;
        }
        let at = source.below(request.len());
        let end = (at + source.below(12)).min(request.len());
        let with = match source.below(5) {
            0 => vec![],
            1 => request[at..end].repeat(2),
            2 => vec![u8::try_from(source.below(256)).expect("a byte")],
            3 => {
                let all =
                    ["null", "\"", "\\u0000", "1e2", "-0", "{}", "[]", ",", " ", "\\", "\u{7f}", "0", "}", "\\ud800"];
                all[source.below(all.len())].into()
            }
            _ => {
                request.truncate(at);
                continue;
            }
        };
        request.splice(at..end, with);
    }
    request
}

#[test]
fn all_ways_read_random_requests_alike() {
    let packages = if zt_tests::full() { 600 } else { 60 };
    let (mut taken, mut left) = (0, 0);
    for number in 0..packages {
        let mut source = campaign::source(4711, number);
        let (_, checked) = drawn(&mut source).unwrap_or_else(|(text, problem)| panic!("{text}\n{problem}"));
        let pdp = Pdp::load(&compile(&checked).expect("an image")).expect("a decision point");
        let requests = Requests::new(checked.hir());
        let read = |request: &[u8]| {
            let quick = read_alike(&pdp, request);
            assert!(
                !quick || serde_json::from_slice::<IgnoredAny>(request).is_ok(),
                "{}",
                String::from_utf8_lossy(request)
            );
            quick
        };
        for _ in 0..40 {
            let request = requests.well_formed(&mut source);
            let quick = read(&request);
            if pdp.decode(&request, &mut Frame::default()).is_ok() {
                *(if quick { &mut taken } else { &mut left }) += 1;
                // What is left are names with escapes, which the generator likes more than anybody who sends requests.
                assert!(quick || request.contains(&b'\\'), "{}", String::from_utf8_lossy(&request));
            }
            read(&requests.spoilt(&mut source));
            read(&mutated(&mut source, &request));
        }
    }
    assert!(left < taken, "{taken} requests are read in one pass, {left} are not");
}

/// Everything in a request that is read without room of its own.
const PACKAGE: &str = r#"
package example

enum Colour { red, green, blue }

entity Team from pep {}

entity Agent in Team from pep {
  role   : Ident
  labels : Set<Ident> max 8
  boss   : Agent?
}

record Line { name : String max 40, count : Int in 0 .. 100 = 1, share : Decimal? places 2 }

record Gateway { session : Ident, at : Instant }

action orders.place {
  by Agent
  context Gateway
  input {
    lines    : List<Line> max 8
    colours  : Set<Colour>
    note     : String? max 200
    to       : Email
    path     : Path
    from     : Host
    wait     : Duration
    day      : Date
    limits   : Map<Ident, Int> max 8
    more     : Json?
    target   : Email or Int
    gift     : Bool = false
    hidden   : String max 100
  }
}

policy orders for orders.place {
  allow some when principal.role == "buyer" and "a" in principal.labels and any(line in input.lines: line.count > 3)
    and red in input.colours and input.path under "/orders" and input.to.domain == "example.com"
    and context.at > 2020-01-01T00:00:00Z and (input.note ?? "") != "x" and not input.gift
    and (input.limits["total"] ?? 0) > 3 and principal under Team("t")
}
"#;

const REQUEST: &str = r#"{"subject":{"type":"Agent","id":"a-1","properties":{"role":"buyer","labels":["b","a"],"in":[{"type":"Team","id":"t"}],
 "boss":{"type":"Agent","id":"a-2","properties":{"role":"buyer","labels":[]}}}},
 "action":{"name":"orders.place","properties":{"lines":[{"name":"x","count":4},{"name":"y\n","share":0.5}],"colours":["red","blue"],
 "note":"caf\u00e9 \"quoted\"","to":"ann@example.com","path":"/orders/1","from":"example.com","wait":"PT1H","day":"2026-01-01",
 "limits":{"total":4,"each":2},"more":{"a":[1,2,{"b":null,"c":"d"}]},"target":3,"hidden":"nobody reads this"}},
 "context":{"session":"s","at":"2026-03-27T12:00:00Z"}}"#;

#[test]
fn reading_allocates_nothing_once_it_runs() {
    let pdp = Three::of(PACKAGE).pdp;
    let mut frame = Frame::default();
    assert!(read_alike(&pdp, REQUEST.as_bytes()));
    for way in [Way::Fastest, Way::Quick, Way::Portable] {
        pdp.decode_in(way, REQUEST.as_bytes(), &mut frame).expect("it is read").expect("it is accepted");
        let info = allocation_counter::measure(|| {
            let _ = pdp.decode_in(way, REQUEST.as_bytes(), &mut frame);
        });
        assert_eq!(info.count_total, 0, "{way:?}: {info:?}");
    }
    let plain = allocation_counter::measure(|| {
        let _ = pdp.decode_in(Way::Plain, REQUEST.as_bytes(), &mut frame);
    });
    assert!(plain.count_total > 0, "allocations are counted");
}

#[test]
fn requests_of_the_examples_allocate_only_what_is_rewritten() {
    for (folder, pdp, requests) in examples() {
        // A command is taken apart to see that it is one.
        let command = |ty: &Type| matches!(ty, Type::Syntax { syntax: Syntax::Command, .. });
        if pdp.program().types.iter().any(command) {
            continue;
        }
        for (path, request) in requests {
            let mut frame = Frame::default();
            if pdp.decode(&request, &mut frame).is_err() {
                continue;
            }
            let info = allocation_counter::measure(|| {
                let _ = pdp.decode(&request, &mut frame);
            });
            // Approvals are bound to arguments without what is `null` and with all defaults: then their text is written anew.
            let read = pdp.read_as(&frame).expect("a request");
            let has = |what: &str| read.iter().any(|line| line.starts_with(what));
            let rewritten = has("sent ") && (has("absent ") || has("default "));
            assert!(info.count_total == 0 || rewritten, "{} in {}: {info:?}", path.display(), folder.display());
        }
    }
}

proptest! {
    #[test]
    fn what_is_no_json_is_read_in_no_way(
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), 0_usize..12, "[\\[\\]{}\",:\\\\ue0-9.trnfE -]{0,3}|\\PC"),
            1..4,
        ),
    ) {
        thread_local! {
            static PDP: Pdp = Three::of(PACKAGE).pdp;
        }
        let mut request = REQUEST.as_bytes().to_vec();
        for (place, length, insert) in changes {
            let start = place.index(request.len());
            let end = (start + length).min(request.len());
            request.splice(start..end, insert.bytes());
        }
        let quick = PDP.with(|pdp| read_alike(pdp, &request));
        prop_assert!(!quick || serde_json::from_slice::<IgnoredAny>(&request).is_ok());
    }
}
