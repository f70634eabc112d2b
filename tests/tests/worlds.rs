//! What was before a call: windows, limits, approvals, tiers and obligations, step by step, on every evaluator.

use std::path::Path;

use serde_json::Value;
use zt_cli::testing::walk::{Happening, Judge, walk};
use zt_lang::check::package::{CheckedPackage, package};
use zt_lang::db::{Database, Package, SourceFile, standard};
use zt_lang::eval::{self, Evaluator, World};
use zt_runtime::store::{Memory, Outage, Store};
use zt_runtime::{Clock, Facts, Frame, Host, Pdp};

/// The package of `tests/worlds`.
fn checked() -> CheckedPackage {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds");
    let db = Database::default();
    let texts: Vec<(String, String)> = ["refunds.zt", "refunds_tests.zt"]
        .map(|name| (name.to_owned(), std::fs::read_to_string(folder.join(name)).expect("readable")))
        .into();
    let libraries = standard(&db, texts.iter().map(|(_, text)| &**text));
    let files = texts.into_iter().map(|(name, text)| SourceFile::new(&db, name.into(), text)).collect();
    package(&db, Package::new(&db, "world".into(), files, libraries)).unwrap_or_else(|m| panic!("{m:#?}"))
}

/// All three, each with its own memory of what was.
struct Three<'a> {
    pdp: &'a Pdp,
    evaluator: &'a Evaluator,
    frame: Frame,
    native: Box<dyn Store>,
    portable: Box<dyn Store>,
    world: World,
    decided: usize,
}

impl Judge for Three<'_> {
    fn decide(&mut self, request: &str, facts: &str) -> Value {
        let known = Facts::from_json(facts.as_bytes()).expect("facts");
        let now = known.now.expect("the clock of the test");
        let clock = Clock { now, mono: now };
        let json = |text: String| -> Value { serde_json::from_str(&text).expect("JSON") };

        let host = Host { clock, facts: &known, store: &*self.native };
        let decision = self.pdp.evaluate_with(request.as_bytes(), &mut self.frame, &host);
        let native = json(self.pdp.to_json(&decision, &self.frame));

        let host = Host { clock, facts: &known, store: &*self.portable };
        self.pdp.decode(request.as_bytes(), &mut self.frame).expect("a sound request");
        let decision = self.pdp.decide_portably_with(&mut self.frame, &host);
        let portable = json(self.pdp.to_json(&decision, &self.frame));

        let host = eval::Host::from_json(facts.as_bytes()).expect("facts");
        let reference = self.evaluator.decide(&mut self.world, &host, request.as_bytes()).decision.to_json();
        assert_eq!(native, reference, "native code and the reference evaluator on {request}");
        assert_eq!(portable, reference, "the interpreter and the reference evaluator on {request}");
        self.decided += 1;
        native
    }

    fn observe(&mut self, _report: &str, _facts: &str) -> Result<(), String> {
        Err("no event is declared".to_owned())
    }

    fn lose_windows(&mut self) {
        self.native = Box::new(Outage);
        self.portable = Box::new(Outage);
        self.world.outage = true;
    }
}

#[test]
fn every_evaluator_decides_every_step_alike_and_as_expected() {
    let checked = checked();
    let image = zt_compiler::compile(&checked).expect("an image");
    let pdp = Pdp::load(&image).expect("a decision point");
    let evaluator = Evaluator::new(checked.hir());
    let mut decided = 0;
    for test in checked.hir().suites.iter().flat_map(|s| &s.tests) {
        let mut judge = Three {
            pdp: &pdp,
            evaluator: &evaluator,
            frame: Frame::default(),
            native: Box::new(Memory::default()),
            portable: Box::new(Memory::default()),
            world: World::new(),
            decided: 0,
        };
        walk(checked.hir(), test, &mut judge, &mut |moment, happening| {
            if let Happening::Decided(call, decision) = happening {
                for expect in call.expects.iter().filter(|e| !e.not) {
                    let effect = decision.get("effect").and_then(Value::as_str);
                    assert_eq!(effect, Some(expect.effect.as_str()), "{}: call {}: {decision}", test.name, moment.call);
                }
            }
        });
        decided += judge.decided;
    }
    assert!(decided > 40, "{decided} decisions");
}
