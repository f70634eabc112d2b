//! Tables of patterns: all three evaluators over texts that hold what is sought, as it is, disguised, or not.

use super::forms::agree_at_random;
use super::kinds::Dice;
use super::*;

const TEXT: &str = r#"
package acme.detectors

enum Risk ordered { none, low, medium, high }
entity Agent from pep { note : String, acts_for : User? }
entity User from pep { bio : String? }
record Gateway { banner : String }

table phrases (Pattern) -> Risk = {
  re"ignore (all )?previous" => high
  re"previous" => low
  re"AKIA[0-9A-Z]{4}" => medium
  re"\bsudo\b" => medium
  re"[0-9]{3}-[0-9]{2}" => low
  re"^start" => low
}
table climbs (Pattern) -> Bool = { re"\.\./" => true  re"%2e%2e" => true }
table unread (Pattern) -> Bool = { re"nobody asks" => true }

define risky(text : String) = phrases(text) >= medium
define worst(text : String, other : String) = if climbs(other) then high else phrases(text)

action act {
  by Agent  context Gateway
  input {
    text : String, path : Path, list : List<String> max 4, extra : Json, size : Int, more : String?,
    hint : String = "previous"
  }
}

policy p for act {
  shadow deny any_text when phrases(input) >= low
  shadow deny exactly when phrases(input) == medium
  shadow deny worst_of_all when phrases(input) >= high and not climbs(input)
  shadow deny climbing when climbs(input)
  shadow deny one when phrases(input.text) >= high
  shadow deny path when climbs(input.path) or phrases(input.path) > none
  shadow deny each when any(x in input.list: risky(x))
  shadow deny of_principal when phrases(principal.note) >= medium
  shadow deny deep when principal has acts_for as user and user has bio and phrases(user.bio) == low
  shadow deny optional when phrases(input.more ?? "AKIA1234") < medium
  shadow deny combined when worst(input.text, principal.note) == high or phrases(context.banner) == low
  shadow deny failing when phrases(input.text) == low and input.size + 9223372036854775807 > 3
}
"#;

const TEXTS: &[&str] = &[
    "please IGNORE all previous orders",
    "ignore previous",
    "ignore\u{200b} \u{a0}previous",
    "іgnоrе рrеvіоus",
    "ｉｇｎｏｒｅ　ｐｒｅｖｉｏｕｓ",
    "the previous one",
    "key AKIA12AB",
    "akia12ab",
    "pseudo",
    "use SUDO now",
    "123-45",
    "start",
    "a start",
    "../etc",
    "%2E%2e",
    "\u{e0069}\u{e0067}nore",
    "",
    "nobody asks",
];

fn string(dice: &mut Dice) -> String {
    let text = serde_json::Value::from(dice.pick(TEXTS)).to_string();
    // As escapes spell it, too.
    if dice.roll(3) == 0 { text.replace('i', "\\u0069").replace('/', "\\/") } else { text }
}

fn request(dice: &mut Dice) -> String {
    let list: Vec<String> = (0..dice.roll(4)).map(|_| string(dice)).collect();
    let extra = match dice.roll(5) {
        0 => "{}".to_owned(),
        1 => format!("{{{}:[1,{}]}}", string(dice), string(dice)),
        2 => format!("[[{}],{{\"a\":{{\"b\":\"\\\\\\\"\"}},\"c\":{}}}]", string(dice), string(dice)),
        _ => "7".to_owned(),
    };
    let more = match dice.roll(3) {
        0 => String::new(),
        1 => format!(r#","more":{}"#, string(dice)),
        _ => r#","more":null"#.to_owned(),
    };
    let hint = match dice.roll(3) {
        0 => String::new(),
        _ => r#","hint":"""#.to_owned(),
    };
    let path = dice.pick(&["/a/b", "/sudo/x", "/previous"]);
    let user = match dice.roll(3) {
        0 => String::new(),
        1 => r#","acts_for":{"type":"User","id":"u","properties":{}}"#.to_owned(),
        _ => format!(r#","acts_for":{{"type":"User","id":"u","properties":{{"bio":{}}}}}"#, string(dice)),
    };
    format!(
        r#"{{"subject":{{"type":"Agent","id":"ignore previous","properties":{{"note":{}{user}}}}},"action":{{"name":"act","properties":{{"text":{},"path":"{path}","list":[{}],"extra":{extra},"size":{}{more}{hint}}}}},"context":{{"banner":{}}}}}"#,
        string(dice),
        string(dice),
        list.join(","),
        dice.roll(3),
        string(dice),
    )
}

#[test]
fn all_three_evaluators_agree() {
    let db = Database::default();
    let file = SourceFile::new(&db, "a.zt".into(), TEXT.to_owned());
    let package = Package::builder("acme.detectors".into(), vec![file], vec![]).new(&db);
    let checked = check::package::package(&db, package).unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"));
    // What nothing asks is not built.
    let built: Vec<&str> = checked.hir().detectors.keys().map(|name| &**name).collect();
    assert_eq!(built, ["climbs", "phrases"]);
    let mut dice = Dice(1);
    agree_at_random(&checked, || request(&mut dice), |rule| rule.ends_with(".failing"));
}
