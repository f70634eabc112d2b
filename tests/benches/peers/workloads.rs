//! Which engines race over which requests.

use crate::goals::Load;
use crate::measure::{Contender, Figure, Mode, Settings, race};
#[cfg(feature = "peers")]
use crate::others;
use crate::outcome::{Effect, Outcome};
use crate::{exports, loads, refunds, reports, rules, sharing, zt};

/// Runs the workloads whose names begin with one of those wanted; all if none is.
pub(crate) fn all(settings: Settings, wanted: &[String]) -> (Vec<Figure>, Vec<Load>) {
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| name.starts_with(wanted.as_str()));
    let mut figures = vec![];
    if is_wanted("W1") {
        figures.extend(w1(settings));
    }
    if is_wanted("W2") {
        figures.extend(w2(settings));
    }
    for count in WIDE {
        let name = format!("W3-{count}");
        if is_wanted(&name) {
            figures.extend(w3(&name, &rules::World::wide(count), settings));
        }
    }
    if is_wanted("W4") {
        figures.extend(w4(settings));
    }
    if is_wanted("W5") {
        let requests = sharing::github();
        figures.extend(w5("W5-github", sharing::GITHUB, &requests, sharing::hand::github, settings));
        let requests = sharing::gdrive();
        figures.extend(w5("W5-gdrive", sharing::GDRIVE, &requests, sharing::hand::gdrive, settings));
    }
    if is_wanted("W6") {
        figures.extend(w6(settings));
    }
    if is_wanted("W7") {
        figures.extend(w7(settings));
    }
    let load = |count: &usize| is_wanted(&format!("load-{count}")).then(|| loads::measure(*count));
    (figures, [1_000, 100_000].iter().filter_map(load).collect())
}

/// How many rules there are in W3.
const WIDE: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];

fn w1(settings: Settings) -> Vec<Figure> {
    use refunds::{NOW, TIMED, best, hand};
    let requests = refunds::requests();
    let pdp = zt::load(refunds::POLICY);
    let now = zt::Now::new(NOW);
    let by_hand = hand::Policy::new();
    let at_best = best::Policy::new();

    #[cfg(feature = "peers")]
    let others = refunds::peers::others();
    #[cfg(feature = "peers")]
    let told = refunds::peers::with_now(&requests);

    let mut contenders = zt::prepared(&pdp, Some(&now), &requests, TIMED);
    contenders.push(Contender::new(
        "hand",
        "JSON read into structs of strings",
        requests.iter().map(|r| hand::Policy::decode(r.as_bytes()).expect("the request is right")).collect(),
        TIMED,
        |request| by_hand.decide(request, NOW),
        |_, decision| hand::outcome(&decision),
    ));
    contenders.push(Contender::new(
        "best",
        "JSON read, roles, levels and permissions interned, `idle` reasons recognised",
        requests.iter().map(|r| best::Policy::decode(r.as_bytes()).expect("the request is right")).collect(),
        TIMED,
        |request| at_best.decide(request, NOW),
        |_, decision| best::outcome(decision),
    ));
    #[cfg(feature = "peers")]
    contenders.extend(others.contenders(Mode::Prepared, &requests, &told, TIMED));
    let mut figures = race("W1", Mode::Prepared, contenders, settings);

    let bytes = || requests.iter().map(|r| r.clone().into_bytes()).collect::<Vec<_>>();
    let mut contenders = zt::json(&pdp, Some(&now), &requests, TIMED);
    contenders.push(Contender::new(
        "hand",
        "nothing",
        bytes(),
        TIMED,
        |bytes| hand::Policy::decode(bytes).map(|request| by_hand.decide(&request, NOW)),
        |_, decision| hand::outcome(&decision.expect("the request is right")),
    ));
    contenders.push(Contender::new(
        "best",
        "nothing",
        bytes(),
        TIMED,
        |bytes| best::Policy::decode(bytes).map(|request| at_best.decide(&request, NOW)),
        |_, decision| best::outcome(decision.expect("the request is right")),
    ));
    #[cfg(feature = "peers")]
    contenders.extend(others.contenders(Mode::Json, &requests, &told, TIMED));
    figures.extend(race("W1", Mode::Json, contenders, settings));
    figures
}

fn w2(settings: Settings) -> Vec<Figure> {
    use reports::{TIMED, best, hand};
    let requests = reports::requests();
    let pdp = zt::load(reports::POLICY);
    let by_hand = hand::Policy::new();
    let at_best = best::Policy::new();

    #[cfg(feature = "peers")]
    let others = reports::peers::others();
    #[cfg(feature = "peers")]
    let told = requests.clone();

    let mut contenders = zt::prepared(&pdp, None, &requests, TIMED);
    contenders.push(Contender::new(
        "hand",
        "JSON read into structs of strings",
        requests.iter().map(|r| hand::Policy::decode(r.as_bytes()).expect("the request is right")).collect(),
        TIMED,
        |request| by_hand.decide(request),
        |_, decision| hand::outcome(&decision),
    ));
    contenders.push(Contender::new(
        "best",
        "JSON read; tools, levels, permissions, role and id interned",
        requests.iter().map(|r| best::Policy::decode(r.as_bytes()).expect("the request is right")).collect(),
        TIMED,
        |request| at_best.decide(request),
        |_, decision| best::outcome(decision),
    ));
    #[cfg(feature = "peers")]
    contenders.extend(others.contenders(Mode::Prepared, &requests, &told, TIMED));
    let mut figures = race("W2", Mode::Prepared, contenders, settings);

    let bytes = || requests.iter().map(|r| r.clone().into_bytes()).collect::<Vec<_>>();
    let mut contenders = zt::json(&pdp, None, &requests, TIMED);
    contenders.push(Contender::new(
        "hand",
        "nothing",
        bytes(),
        TIMED,
        |bytes| hand::Policy::decode(bytes).map(|request| by_hand.decide(&request)),
        |_, decision| hand::outcome(&decision.expect("the request is right")),
    ));
    contenders.push(Contender::new(
        "best",
        "nothing",
        bytes(),
        TIMED,
        |bytes| best::Policy::decode(bytes).map(|request| at_best.decide(&request)),
        |_, decision| best::outcome(decision.expect("the request is right")),
    ));
    #[cfg(feature = "peers")]
    contenders.extend(others.contenders(Mode::Json, &requests, &told, TIMED));
    figures.extend(race("W2", Mode::Json, contenders, settings));
    figures
}

fn w3(name: &str, world: &rules::World, settings: Settings) -> Vec<Figure> {
    use rules::{best, hand};
    let requests = &world.requests;
    let text = rules::text::zt(world);
    let pdp = zt::load(&text);
    let by_hand = hand::Policy::new(&world.rules);
    let at_best = best::Policy::new(&world.rules);
    let timed = requests.len();
    #[cfg(feature = "peers")]
    let others = rules::peers::Loaded::new(world, &rules::peers::Most::new(settings.is_quick));

    let mut contenders = zt::prepared(&pdp, None, requests, timed);
    contenders.push(Contender::new(
        "hand",
        "JSON read into structs of strings",
        requests.iter().map(|r| hand::decode(r.as_bytes()).expect("the request is right")).collect(),
        timed,
        |request| by_hand.decide(request),
        |_, decision| hand::outcome(&decision),
    ));
    contenders.push(Contender::new(
        "best",
        "JSON read; actions, words and permissions interned",
        requests.iter().map(|r| at_best.decode(r.as_bytes()).expect("the request is right")).collect(),
        timed,
        |request| at_best.decide(request),
        |_, decision| best::outcome(decision),
    ));
    #[cfg(feature = "peers")]
    contenders.extend(others.contenders(world));
    let mut figures = race(name, Mode::Prepared, contenders, settings);

    #[cfg(feature = "peers")]
    if let Some(names) = others.left_out() {
        say(&format!("  left out with so many rules: {names}"));
    }

    let bytes = || requests.iter().map(|r| r.clone().into_bytes()).collect::<Vec<_>>();
    let mut contenders = zt::json(&pdp, None, requests, timed);
    contenders.push(Contender::new(
        "hand",
        "nothing",
        bytes(),
        timed,
        |bytes| hand::decode(bytes).map(|request| by_hand.decide(&request)),
        |_, decision| hand::outcome(&decision.expect("the request is right")),
    ));
    contenders.push(Contender::new(
        "best",
        "nothing",
        bytes(),
        timed,
        |bytes| at_best.decode(bytes).map(|request| at_best.decide(&request)),
        |_, decision| best::outcome(decision.expect("the request is right")),
    ));
    figures.extend(race(name, Mode::Json, contenders, settings));
    figures
}

fn w4(settings: Settings) -> Vec<Figure> {
    use rules::{best, hand};
    let world = rules::World::deep();
    let requests = &world.requests;
    let pdp = zt::load(&rules::text::zt(&world));
    let by_hand = hand::List::new(&world.rules);
    let at_best = best::Index::new(&world.rules);
    let timed = requests.len();
    #[cfg(feature = "peers")]
    let others = rules::peers::Loaded::new(&world, &rules::peers::Most::new(settings.is_quick));

    let mut contenders = zt::prepared(&pdp, None, requests, timed);
    contenders.push(Contender::new(
        "hand",
        "JSON read into structs of strings",
        requests.iter().map(|r| hand::decode(r.as_bytes()).expect("the request is right")).collect(),
        timed,
        |request| by_hand.decide(request),
        |_, decision| hand::outcome(&decision),
    ));
    contenders.push(Contender::new(
        "best",
        "JSON read; departments interned",
        requests.iter().map(|r| at_best.decode(r.as_bytes()).expect("the request is right")).collect(),
        timed,
        |request| at_best.decide(request),
        |_, decision| best::outcome(decision),
    ));
    #[cfg(feature = "peers")]
    contenders.extend(others.contenders(&world));
    let mut figures = race("W4", Mode::Prepared, contenders, settings);

    let bytes = || requests.iter().map(|r| r.clone().into_bytes()).collect::<Vec<_>>();
    let mut contenders = zt::json(&pdp, None, requests, timed);
    contenders.push(Contender::new(
        "hand",
        "nothing",
        bytes(),
        timed,
        |bytes| hand::decode(bytes).map(|request| by_hand.decide(&request)),
        |_, decision| hand::outcome(&decision.expect("the request is right")),
    ));
    contenders.push(Contender::new(
        "best",
        "nothing",
        bytes(),
        timed,
        |bytes| at_best.decode(bytes).map(|request| at_best.decide(&request)),
        |_, decision| best::outcome(decision.expect("the request is right")),
    ));
    figures.extend(race("W4", Mode::Json, contenders, settings));
    figures
}

/// How often all requests of W6 are decided before: then more than a day has passed.
const WARM: usize = 2_500;

/// Cedar alone of the other engines: the policies are its own.
fn w5<R: serde::de::DeserializeOwned + 'static>(
    name: &'static str,
    policy: &str,
    requests: &[String],
    by_hand: fn(&R) -> sharing::hand::Decision,
    settings: Settings,
) -> Vec<Figure> {
    let pdp = zt::load(policy);
    let timed = requests.len();
    let read = |request: &String| serde_json::from_str::<R>(request).expect("the request is right");
    #[cfg(feature = "peers")]
    let cedar = if name == "W5-github" { sharing::peers::github() } else { sharing::peers::gdrive() };

    let mut contenders = zt::prepared(&pdp, None, requests, timed);
    contenders.push(Contender::new(
        "hand",
        "JSON read into structs of strings",
        requests.iter().map(read).collect(),
        timed,
        |request| by_hand(request),
        |_, decision| sharing::hand::outcome(&decision),
    ));
    #[cfg(feature = "peers")]
    contenders.push(others::cedar_prepared("cedar", &cedar, false, requests, timed));
    let mut figures = race(name, Mode::Prepared, contenders, settings);

    let mut contenders = zt::json(&pdp, None, requests, timed);
    contenders.push(Contender::new(
        "hand",
        "nothing",
        requests.to_vec(),
        timed,
        |request| by_hand(&read(request)),
        |_, decision| sharing::hand::outcome(&decision),
    ));
    #[cfg(feature = "peers")]
    contenders.push(others::cedar_json("cedar", &cedar, false, requests, timed));
    figures.extend(race(name, Mode::Json, contenders, settings));
    figures
}

/// Other engines remember nothing between decisions.
fn w6(settings: Settings) -> Vec<Figure> {
    use exports::{START, STEP, best, hand, sharded};
    let requests = exports::requests();
    let pdp = zt::load(exports::POLICY);
    let facts = zt_runtime::Facts::default();
    let by_hand = hand::Policy::default();
    let mut at_best = best::Policy::new();
    let in_shards = sharded::Policy::new();
    let timed = requests.len();
    let (mut now, mut now_at_best, mut now_in_shards) = (START, START, START);
    let decoded =
        || requests.iter().map(|r| hand::decode(r.as_bytes()).expect("the request is right")).collect::<Vec<_>>();

    let mut contenders = zt::remembering(&pdp, &facts, START, STEP, &requests);
    contenders.push(Contender::new(
        "hand",
        "JSON read into structs of strings",
        decoded(),
        timed,
        |request| {
            now += STEP;
            by_hand.decide(request, now)
        },
        |_, decision| hand::outcome(&decision),
    ));
    contenders.push(Contender::new(
        "best",
        "JSON read; agents and destinations interned; one thread",
        requests.iter().map(|r| best::intern(&serde_json::from_str(r).expect("the request is JSON"))).collect(),
        timed,
        |request| {
            now_at_best += STEP;
            at_best.decide(request, now_at_best)
        },
        |_, decision| best::outcome(decision),
    ));
    contenders.push(Contender::new(
        "sharded",
        "JSON read into structs of strings; by any key, behind the locks of 64 shards for each window",
        decoded(),
        timed,
        |request| {
            now_in_shards += STEP;
            in_shards.decide(request, now_in_shards)
        },
        |_, decision| hand::outcome(&decision),
    ));
    for one in &mut contenders {
        one.warm(WARM);
    }
    let mut figures = race("W6", Mode::Prepared, contenders, settings);

    // It decides nothing, so there is nothing to compare it with but its time.
    let counters = sharded::Increments::new();
    let nothing = |_: &hand::Request, _: u64| Outcome::new(Effect::Deny, ["default"]);
    let what = "the same; five increments, without a decision";
    let increments = Contender::new("increments", what, decoded(), timed, |request| counters.add(request), nothing);
    figures.extend(race("W6-increments", Mode::Prepared, vec![increments], settings));
    figures
}

/// zt, native code alone, one request after the other.
fn one_by_one(mut contenders: Vec<Contender<'_>>) -> Contender<'_> {
    let mut native = contenders.swap_remove(0);
    native.rename("zt-loop");
    native
}

/// How many requests a list of W7 has.
const LISTED: usize = 64;

/// The requests of W1 as one list, as those ask who show what somebody may do: zt takes it whole, others in a loop.
fn w7(settings: Settings) -> Vec<Figure> {
    use refunds::{NOW, TIMED, best, hand};
    let all = refunds::requests();
    let requests: Vec<String> = all[..TIMED].iter().cycle().take(LISTED).cloned().collect();
    let pdp = zt::load(refunds::POLICY);
    let now = zt::Now::new(NOW);
    let by_hand = hand::Policy::new();
    let at_best = best::Policy::new();

    #[cfg(feature = "peers")]
    let others = refunds::peers::others();
    #[cfg(feature = "peers")]
    let told = refunds::peers::with_now(&requests);

    let mut contenders = vec![zt::listed(&pdp, &now, &requests)];
    contenders.push(one_by_one(zt::prepared(&pdp, Some(&now), &requests, LISTED)));
    contenders.push(Contender::new(
        "hand",
        "JSON read into structs of strings",
        requests.iter().map(|r| hand::Policy::decode(r.as_bytes()).expect("the request is right")).collect(),
        LISTED,
        |request| by_hand.decide(request, NOW),
        |_, decision| hand::outcome(&decision),
    ));
    contenders.push(Contender::new(
        "best",
        "JSON read, roles, levels and permissions interned, `idle` reasons recognised",
        requests.iter().map(|r| best::Policy::decode(r.as_bytes()).expect("the request is right")).collect(),
        LISTED,
        |request| at_best.decide(request, NOW),
        |_, decision| best::outcome(decision),
    ));
    #[cfg(feature = "peers")]
    contenders.extend(others.contenders(Mode::Prepared, &requests, &told, LISTED));
    let mut figures = race("W7", Mode::Prepared, contenders, settings);

    let mut contenders = vec![zt::listed_json(&pdp, &now, &requests)];
    contenders.push(one_by_one(zt::json(&pdp, Some(&now), &requests, LISTED)));
    contenders.push(Contender::new(
        "hand",
        "nothing",
        requests.iter().map(|r| r.clone().into_bytes()).collect(),
        LISTED,
        |bytes: &mut Vec<u8>| hand::Policy::decode(bytes).map(|request| by_hand.decide(&request, NOW)),
        |_, decision| hand::outcome(&decision.expect("the request is right")),
    ));
    #[cfg(feature = "peers")]
    contenders.extend(others.contenders(Mode::Json, &requests, &told, LISTED));
    figures.extend(race("W7", Mode::Json, contenders, settings));
    figures
}

#[cfg(feature = "peers")]
#[expect(clippy::print_stdout, reason = "a bench says what it leaves out")]
fn say(what: &str) {
    println!("{what}");
}
