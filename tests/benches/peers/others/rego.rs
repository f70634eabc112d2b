//! Rego by regorus, as its documentation advises: an engine (`regorus`) that is prepared once and asked by `eval_rule`, and its
//! register machine (`regorus-vm`), which keeps its registers from one request to the next. Patterns stay compiled (feature
//! `cache`); nothing is recorded or traced.

use std::sync::Arc;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::program::Program;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};

use crate::measure::Contender;
use crate::outcome::{Effect, Outcome};

/// The rule that gives the record of a decision: `{"effect": …, "rules": …, "obligations": …}`.
const DECISION: &str = "data.example.decision";

/// A policy, loaded.
pub(crate) struct Rego {
    engine: Engine,
    data: Value,
    program: Arc<Program>,
}

impl Rego {
    pub(crate) fn new(policy: &str, data: Option<&str>) -> Self {
        let mut engine = Engine::new();
        engine.add_policy("policy.rego".to_owned(), policy.to_owned()).expect("the policy is right");
        let data = data.map_or_else(Value::new_object, |json| Value::from_json_str(json).expect("the data are JSON"));
        engine.add_data(data.clone()).expect("the data are an object");
        let compiled = engine.compile_with_entrypoint(&DECISION.into()).expect("the policy compiles");
        let program =
            Compiler::compile_from_policy(&compiled, &[DECISION]).expect("the policy compiles for the machine");
        Self { engine, data, program }
    }

    fn machine(&self) -> RegoVM {
        let mut vm = RegoVM::new();
        vm.load_program(Arc::clone(&self.program));
        vm.set_data(self.data.clone()).expect("the data contradict no rule");
        vm
    }

    /// From values.
    pub(crate) fn prepared<'a>(
        &self,
        names: [&'static str; 2],
        requests: &[String],
        timed: usize,
    ) -> Vec<Contender<'a>> {
        const READ: &str = "JSON read into a value";
        let values = || requests.iter().map(|request| value(request)).collect::<Vec<Value>>();
        let (mut engine, mut vm) = (self.engine.clone(), self.machine());
        vec![
            Contender::new(names[0], READ, values(), timed, move |v| ask(&mut engine, v.clone()), |_, v| outcome(&v)),
            Contender::new(names[1], READ, values(), timed, move |v| run(&mut vm, v.clone()), |_, v| outcome(&v)),
        ]
    }

    /// From JSON.
    pub(crate) fn json<'a>(&self, names: [&'static str; 2], requests: &[String], timed: usize) -> Vec<Contender<'a>> {
        const NOTHING: &str = "nothing";
        let texts = || requests.to_vec();
        let (mut engine, mut vm) = (self.engine.clone(), self.machine());
        vec![
            Contender::new(names[0], NOTHING, texts(), timed, move |t| ask(&mut engine, value(t)), |_, v| outcome(&v)),
            Contender::new(names[1], NOTHING, texts(), timed, move |t| run(&mut vm, value(t)), |_, v| outcome(&v)),
        ]
    }
}

fn value(request: &str) -> Value {
    Value::from_json_str(request).expect("the request is JSON")
}

fn ask(engine: &mut Engine, input: Value) -> Value {
    engine.set_input(input);
    engine.eval_rule(DECISION.to_owned()).expect("the rule is there")
}

fn run(vm: &mut RegoVM, input: Value) -> Value {
    vm.set_input(input);
    vm.execute().expect("the program runs")
}

fn outcome(decision: &Value) -> Outcome {
    let json = decision.to_json_str().expect("a decision is JSON");
    let decision: serde_json::Value = serde_json::from_str(&json).expect("a decision is JSON");
    let texts = |key: &str| {
        let all = decision[key].as_array().unwrap_or_else(|| panic!("no {key}: {json}"));
        all.iter().map(|text| text.as_str().expect("names are texts").to_owned()).collect::<Vec<String>>()
    };
    let effect = match decision["effect"].as_str() {
        Some("allow") => Effect::Allow,
        Some("ask") => Effect::Ask,
        _ => Effect::Deny,
    };
    Outcome::new(effect, texts("rules")).with(texts("obligations"))
}
