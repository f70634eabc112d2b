//! `zt explain`: the page of a diagnostic or of a refusal.

use zt_lang::diagnostic::{Code, nearest};
use zt_runtime::RefusalCode;

use crate::args::ExplainArgs;
use crate::exit::{self, Stop};
use crate::output::print;

pub(crate) fn run(args: &ExplainArgs) -> Result<u8, Stop> {
    let Some(code) = &args.code else {
        let mut text = String::from("Mistakes in policies:\n");
        for code in Code::ALL {
            text.push_str(&format!("  {}  {}\n", code.as_str(), code.title()));
        }
        text.push_str("\nReasons to refuse a request:\n");
        for code in RefusalCode::ALL {
            text.push_str(&format!("  {:<16} {}\n", code.as_str(), code.sentence()));
        }
        print(&text);
        return Ok(exit::OK);
    };
    if let Some(found) = Code::find(code) {
        print(found.page());
        return Ok(exit::OK);
    }
    if let Some(found) = RefusalCode::ALL.iter().find(|c| c.as_str() == code) {
        print(&format!(
            "# {}: a request is refused\n\n{}\n\n\
             A refused request is denied before any rule is asked. The decision names the code and, as a JSON\n\
             Pointer, the place in the request. What a request may hold is declared in the policy: its actions,\n\
             entities and records. `zt eval` shows what is decided for a request in a file.\n",
            found.as_str(),
            found.sentence()
        ));
        return Ok(exit::OK);
    }
    let known = Code::ALL.iter().map(|c| c.as_str()).chain(RefusalCode::ALL.iter().map(|c| c.as_str()));
    let hint = nearest(code, known)
        .map_or_else(|| "`zt explain` lists them all".to_owned(), |c| format!("did you mean `{c}`?"));
    Err(Stop::usage(format!("there is no code `{code}`\nhelp: {hint}")))
}
