//! Other engines.

pub(crate) mod casbin;
pub(crate) mod cedar;
pub(crate) mod cel;
pub(crate) mod rego;

use crate::measure::{Contender, Mode};

/// What other engines make of one policy.
pub(crate) struct Others {
    pub(crate) cedar: cedar::Cedar,
    pub(crate) rego: rego::Rego,
    pub(crate) cel: cel::Cel,
    pub(crate) cel_cached: cel::Cel,
    pub(crate) cel_around: ::cel::Context<'static, 'static>,
}

const CEDAR: &str = "JSON read, patterns matched and ranks found by the host; a request and entities of all attributes";
const LEAN: &str = "the same, with those attributes alone that rules read";
const CEL: &str = "JSON read into values of a context";
const NOTHING: &str = "nothing";

impl Others {
    /// All of them, over requests as zt has them and as those have them that are told the instant.
    pub(crate) fn contenders<'a>(
        &'a self,
        mode: Mode,
        plain: &[String],
        told: &[String],
        timed: usize,
    ) -> Vec<Contender<'a>> {
        let around = &self.cel_around;
        let mut all = vec![];
        for (engine, is_lean) in [("cedar", false), ("cedar-lean", true)] {
            all.push(match mode {
                Mode::Prepared => cedar_prepared(engine, &self.cedar, is_lean, plain, timed),
                Mode::Json => cedar_json(engine, &self.cedar, is_lean, plain, timed),
            });
        }
        let names = ["regorus", "regorus-vm"];
        all.extend(match mode {
            Mode::Prepared => self.rego.prepared(names, told, timed),
            Mode::Json => self.rego.json(names, told, timed),
        });
        for (engine, cel) in [("cel", &self.cel), ("cel-cached", &self.cel_cached)] {
            all.push(match mode {
                Mode::Prepared => {
                    let contexts = told.iter().map(|r| cel::decode(around, r)).collect();
                    Contender::new(engine, CEL, contexts, timed, move |c| cel.decide(c), |_, d| cel::outcome(&d))
                }
                Mode::Json => {
                    let decide = move |r: &mut String| cel.decide(&cel::decode(around, r));
                    Contender::new(engine, NOTHING, told.to_vec(), timed, decide, |_, d| cel::outcome(&d))
                }
            });
        }
        all
    }
}

/// Cedar from its requests and entities.
pub(crate) fn cedar_prepared<'a>(
    engine: &'static str,
    cedar: &'a cedar::Cedar,
    is_lean: bool,
    requests: &[String],
    timed: usize,
) -> Contender<'a> {
    let left_out = if is_lean { LEAN } else { CEDAR };
    let asked = requests.iter().map(|request| cedar.decode(request.as_bytes(), is_lean)).collect();
    Contender::new(
        engine,
        left_out,
        asked,
        timed,
        move |asked| cedar.decide(asked),
        |_, decided| cedar::outcome(&decided),
    )
}

/// Cedar from JSON.
pub(crate) fn cedar_json<'a>(
    engine: &'static str,
    cedar: &'a cedar::Cedar,
    is_lean: bool,
    requests: &[String],
    timed: usize,
) -> Contender<'a> {
    let decide = move |request: &mut String| cedar.decide(&cedar.decode(request.as_bytes(), is_lean));
    Contender::new(engine, NOTHING, requests.to_vec(), timed, decide, |_, decided| cedar::outcome(&decided))
}
