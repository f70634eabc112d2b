//! How many instructions decisions take: a figure that is the same on a busy machine, so that what grows is noticed.
//!
//! `-- --own --instructions` counts them under callgrind and holds them against those that were accepted last;
//! `ZT_BLESS=1` accepts what is counted. Counts depend on the compiler: those of another one are printed, and no more. They
//! are those of the workspace's own profile, without incremental builds (`CARGO_INCREMENTAL=0`).

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use zt_runtime::store::Memory;
use zt_runtime::{Clock, Decision, Facts, Frame, Host, Pdp, Way};

use crate::{exports, refunds, reports, rules, zt};

/// The option that counts, and the one by which the bench calls itself for it.
pub(crate) const OPTION: &str = "--instructions";
pub(crate) const CHILD: &str = "--counted=";

/// How often each request is decided while it is counted.
const TIMES: usize = 50;

/// Figures may be so many percent above those accepted.
const MOST: f64 = 3.0;

/// Which rustc this was built by.
const COMPILER: &str = "compiler ";

/// What is counted: between the calls of this function nothing is.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    for _ in 0..TIMES {
        work();
    }
    black_box(());
}

/// Counts one piece of work over some requests, after it was done a few times: buffers are there, and code is loaded.
#[expect(clippy::print_stdout, reason = "it is read by whoever called")]
fn figure(requests: usize, mut work: impl FnMut(usize)) {
    let mut all = || (0..requests).for_each(&mut work);
    for _ in 0..3 {
        all();
    }
    counted(&mut all);
    println!("{}", TIMES * requests);
}

/// Frames that hold requests, read by plain words, whatever this machine has.
fn frames(pdp: &Pdp, requests: &[String]) -> Vec<Frame> {
    let frame = |request: &String| {
        let mut frame = Frame::default();
        pdp.decode_in(Way::Portable, request.as_bytes(), &mut frame).expect("it is read so").expect("it is right");
        frame
    };
    requests.iter().map(frame).collect()
}

/// How requests of W1 are decided.
fn refund(decide: impl Fn(&Pdp, &mut Frame, &Host<'_>, &mut Decision)) {
    let pdp = zt::load(refunds::POLICY);
    let facts = Facts::default();
    let host = Host::without_store(Clock { now: refunds::NOW, mono: refunds::NOW }, &facts);
    let mut all = frames(&pdp, &refunds::requests()[..refunds::TIMED]);
    let mut decision = Decision::default();
    figure(all.len(), |at| decide(&pdp, black_box(&mut all[at]), &host, &mut decision));
}

/// Everything that is counted, each in a process of its own.
const FIGURES: &[(&str, fn())] = &[
    ("W1, read", || {
        let pdp = zt::load(refunds::POLICY);
        let requests = &refunds::requests()[..refunds::TIMED];
        let mut frame = Frame::default();
        figure(requests.len(), |at| {
            let read = pdp.decode_in(Way::Portable, black_box(requests[at].as_bytes()), &mut frame);
            assert!(matches!(black_box(read), Some(Ok(()))), "the request is right");
        });
    }),
    ("W1, decided", || refund(|pdp, frame, host, decision| pdp.decide_with_into(frame, host, decision))),
    ("W1, interpreted", || refund(|pdp, frame, host, decision| *decision = pdp.decide_portably_with(frame, host))),
    ("W2, decided", || {
        let pdp = zt::load(reports::POLICY);
        let all = frames(&pdp, &reports::requests()[..reports::TIMED]);
        let mut decision = Decision::default();
        figure(all.len(), |at| pdp.decide_into(black_box(&all[at]), &mut decision));
    }),
    ("W3-1000, decided", || {
        let world = rules::World::wide(1_000);
        let pdp = zt::load(&rules::text::zt(&world));
        let all = frames(&pdp, &world.requests[..8]);
        let mut decision = Decision::default();
        figure(all.len(), |at| pdp.decide_into(black_box(&all[at]), &mut decision));
    }),
    ("W6, decided and recorded", || {
        let pdp = zt::load(exports::POLICY);
        let mut all = frames(&pdp, &exports::requests());
        let (facts, store) = (Facts::default(), Memory::default());
        let mut decision = Decision::default();
        let mut now = exports::START;
        let mut decide = |at: usize| {
            now += exports::STEP;
            let host = Host { clock: Clock { now, mono: now }, facts: &facts, store: &store };
            pdp.decide_with_into(black_box(&mut all[at]), &host, &mut decision);
        };
        // More than an hour passes, so that what is over is forgotten while it is counted.
        (0..1_000).for_each(|time| decide(time % 8));
        figure(8, decide);
    }),
];

/// Does what one figure counts.
pub(crate) fn child(name: &str) {
    let (_, work) = FIGURES.iter().find(|(known, _)| *known == name).expect("a figure of that name");
    work();
}

/// What was counted: instructions for one request, by name.
type Figures = Vec<(String, f64)>;

/// Runs one figure under callgrind.
fn count(name: &str, folder: &Path) -> Result<f64, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let out = folder.join("callgrind");
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*instructions::counted*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(own)
        .arg(format!("{CHILD}{name}"))
        .output()
        .map_err(|error| format!("valgrind does not start: {error}"))?;
    if !run.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&run.stderr)));
    }
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let requests: f64 = said.trim().parse().map_err(|_| format!("{name}: no number of requests but {said:?}"))?;
    let text = std::fs::read_to_string(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals:")?.trim().parse::<f64>().ok());
    match total {
        Some(total) if total >= requests => Ok(total / requests),
        _ => Err(format!("{name}: callgrind counted {total:?} instructions, so it did not see the work")),
    }
}

/// The compiler that counts depend on, and for what it compiles.
fn compiler() -> Result<String, String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(rustc).arg("-vV").output().map_err(|error| format!("rustc does not start: {error}"))?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let find = |key: &str| said.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("unknown").trim().to_owned();
    Ok(format!("{} ({}) for {}", find("release:"), find("commit-hash:"), find("host:")))
}

fn accepted_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/instructions.txt")
}

/// The compiler and the figures that were accepted.
fn accepted() -> Option<(String, Figures)> {
    let text = std::fs::read_to_string(accepted_path()).ok()?;
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let compiler = lines.next()?.strip_prefix(COMPILER)?.to_owned();
    let figure = |line: &str| {
        let (count, name) = line.trim().split_once(' ')?;
        Some((name.to_owned(), count.parse().ok()?))
    };
    Some((compiler, lines.filter_map(figure).collect()))
}

fn accept(compiler: &str, figures: &Figures) -> std::io::Result<()> {
    let mut text = String::from(
        "# Instructions for one request. Written by `ZT_BLESS=1 cargo bench -p zt-tests --bench peers -- --own --instructions`.\n",
    );
    let _ = writeln!(text, "{COMPILER}{compiler}");
    for (name, count) in figures {
        let _ = writeln!(text, "{count:.0} {name}");
    }
    std::fs::write(accepted_path(), text)
}

/// Counts, compares and says; fails where a figure has grown.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints its figures")]
pub(crate) fn guard() -> ExitCode {
    let folder = tempfile::tempdir().expect("a folder of its own");
    let counted = FIGURES.iter().map(|(name, _)| Ok(((*name).to_owned(), count(name, folder.path())?)));
    let counted = counted.collect::<Result<Figures, String>>();
    let (figures, compiler) = match counted.and_then(|figures| Ok((figures, compiler()?))) {
        Ok(counted) => counted,
        Err(problem) => {
            eprintln!("instructions cannot be counted: {problem}");
            return ExitCode::FAILURE;
        }
    };
    if std::env::var_os("ZT_BLESS").is_some() {
        accept(&compiler, &figures).expect("the figures can be written");
        println!("accepted: {}", accepted_path().display());
    }
    let (of, known) = accepted().unwrap_or_default();
    let mut grown = false;
    println!("instructions for one request, by {compiler}");
    for (name, count) in &figures {
        let before = known.iter().find(|(known, _)| known == name).map(|(_, before)| *before);
        let change = before.map(|before| (count / before - 1.0) * 100.0);
        let too_many = change.is_none_or(|change| change > MOST);
        grown |= too_many;
        let before = before.map_or_else(|| "-".to_owned(), |before| format!("{before:.0}"));
        let change = change.map_or_else(|| "new".to_owned(), |change| format!("{change:+.1} %"));
        println!("  {name:<28} {count:>10.0} {before:>10} {change:>9}{}", if too_many { "  TOO MANY" } else { "" });
    }
    for (name, _) in known.iter().filter(|(name, _)| !figures.iter().any(|(counted, _)| counted == name)) {
        grown = true;
        println!("  {name:<28} is accepted, and not counted any more");
    }
    if !grown {
        return ExitCode::SUCCESS;
    }
    if of != compiler {
        println!("accepted were figures of {of}: nothing is compared with those");
        return ExitCode::SUCCESS;
    }
    println!(
        "more than {MOST} % above what was accepted, or not accepted yet. If that is meant: \
         ZT_BLESS=1 cargo bench -p zt-tests --bench peers --locked -- --own --instructions"
    );
    ExitCode::FAILURE
}
