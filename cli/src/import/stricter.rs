//! Types that names of arguments suggest where a schema says no more than that they are texts.

use super::model::{Action, Field, Ty};

/// The stricter type of an argument, as an extension writes it, if its name suggests one. A guess: whoever copies it judges it.
pub(crate) fn stricter(action: &Action, field: &Field) -> Option<String> {
    // A default would have to be a value of the type as well.
    if field.default.is_some() {
        return None;
    }
    let mark = if field.optional { "?" } else { "" };
    match &field.ty {
        Ty::Text { base: "String", .. } => Some(format!("{}{mark}", suggested(action, &field.wire)?)),
        Ty::List { set, of, .. } => match &**of {
            Ty::Text { base: "String", .. } => {
                let one = field.wire.strip_suffix('s').unwrap_or(&field.wire);
                let kind = if *set { "Set" } else { "List" };
                Some(format!("{kind}<{}>{mark}", suggested(action, one)?))
            }
            _ => None,
        },
        _ => None,
    }
}

/// What the name of one value suggests. Names such as `to` and `source` mean something beside the tool's name only.
fn suggested(action: &Action, name: &str) -> Option<&'static str> {
    let tool = action.wire.to_ascii_lowercase();
    let about = |words: &[&str]| words.iter().any(|word| tool.contains(word));
    let last = last_word(name);
    match &*last {
        "path" => Some("Path"),
        "directory" | "dir" | "cwd" | "source" | "destination" | "file" if about(&["file", "dir"]) => Some("Path"),
        "url" | "uri" | "href" => Some("Url"),
        "email" => Some("Email"),
        "to" | "cc" | "bcc" | "recipient" if about(&["mail"]) => Some("Email"),
        "host" | "hostname" => Some("Host"),
        "command" | "cmd" => Some("Command"),
        "ip" => Some("IpAddr"),
        _ => None,
    }
}

/// The last word of a name in small letters: `path` of `repo_path`, `filePath` and `path`.
fn last_word(name: &str) -> String {
    let name = name.rsplit(['_', '-', '.']).next().unwrap_or(name);
    let start = name
        .rfind(|c: char| c.is_ascii_uppercase())
        .filter(|at| *at > 0 && name.chars().any(|c| c.is_ascii_lowercase()));
    name.get(start.unwrap_or(0)..).unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::model::Hints;

    fn of(tool: &str, name: &str, ty: Ty) -> Option<String> {
        let field =
            Field { name: name.to_owned(), wire: name.to_owned(), ty, optional: false, default: None, doc: None };
        let action = Action {
            name: tool.to_owned(),
            wire: tool.to_owned(),
            doc: vec![],
            input: vec![],
            output: None,
            hints: Hints::default(),
            about: vec![],
        };
        stricter(&action, &field)
    }

    #[test]
    fn names_suggest_types() {
        let list = |set: bool| Ty::List { set, of: Box::new(Ty::string()), max: None };
        for (tool, name, ty, expected) in [
            ("read_file", "path", Ty::string(), Some("Path")),
            ("git_log", "repo_path", Ty::string(), Some("Path")),
            ("open", "filePath", Ty::string(), Some("Path")),
            ("read_files", "paths", list(false), Some("List<Path>")),
            ("move_file", "destination", Ty::string(), Some("Path")),
            ("travel", "destination", Ty::string(), None),
            ("fetch", "pageURL", Ty::string(), None),
            ("fetch", "page_url", Ty::string(), Some("Url")),
            ("send_mail", "to", list(true), Some("Set<Email>")),
            ("send_note", "to", Ty::string(), None),
            ("run", "command", Ty::string(), Some("Command")),
            ("count", "paths", Ty::Int { min: None, max: None }, None),
            ("fetch", "url", Ty::Text { base: "Url", max: None, patterns: vec![] }, None),
            ("fetch", "pathology", Ty::string(), None),
        ] {
            assert_eq!(of(tool, name, ty).as_deref(), expected, "{tool} {name}");
        }
    }
}
