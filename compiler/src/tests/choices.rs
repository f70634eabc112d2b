//! Choices of types and maps, and what is read by name or place: all three evaluators over every combination of some
//! members.

use super::forms::{agree, combinations};

#[test]
fn a_value_is_of_the_type_that_it_looks_like() {
    let text = r#"
package acme

enum CardKind { card, gift }
enum BankKind { bank as "sepa" }
record Card { type : CardKind, number : Ident max 8 }
record Bank { type : BankKind, iban : Ident max 8, days : Int in 0 .. 9 = 3 }
entity Team
entity User in Team from pep { level : Int in 0 .. 9 }
entity Agent from pep {}

action pay {
  by Agent
  input {
    to    : Email or List<Email> max 2
    from  : Card or Bank or User?
    count : Int or null = 2
    all   : List<Int in 0 .. 5 or String max 3> max 3 = []
  }
}

policy paying for pay {
  allow one when input.to is Email as one and one.domain == "example.com" because "to {input.to}"
  allow many when input.to is List and any(m in input.to: m.domain == "example.com")
  deny other when not (input.to is Email) and count(input.to) > 1 because "to {input.to}, {input.count}" tell "{input.count}"
  deny card when input has from and input.from is Card and input.from.type == gift
  deny bank when input has from as f and f is Bank as b and (b.days > 4 or b.iban == "no")
  deny user when input has from and not (input.from is Card) and not (input.from is Bank) and (input.from.level > 3 or input.from under Team("red"))
  deny nothing when input.count is null
  deny number when input.count is Int as n and n > 5
  deny element when any(x in input.all: (x is Int and x > 3) or (x is String as s and s == "bad"))
}
"#;
    let tos = [
        r#""to":"a@example.com""#,
        r#""to":["a@example.com"]"#,
        r#""to":["a@example.org","b@example.com"]"#,
        r#""to":[]"#,
        r#""to":["a@example.org","b@example.com","c@example.com"]"#,
        r#""to":"no""#,
        r#""to":[1]"#,
        r#""to":null"#,
        r#""to":{}"#,
        r#""x":1"#,
    ];
    let froms = [
        "",
        r#","from":null"#,
        r#","from":{"type":"card","number":"1"}"#,
        r#","from":{"number":"1","type":"gift"}"#,
        r#","from":{"type":"sepa","iban":"1"}"#,
        r#","from":{"type":"sepa","iban":"no","days":1}"#,
        r#","from":{"days":5,"type":"sepa","iban":"1"}"#,
        r#","from":{"type":"other"}"#,
        r#","from":{"type":null}"#,
        r#","from":{"type":1}"#,
        r#","from":{"number":"1"}"#,
        r#","from":{"type":"card","type":"sepa","number":"1"}"#,
        r#","from":{"type":"card","iban":"1"}"#,
        r#","from":"card""#,
        r#","from":{"type":"User","id":"u","properties":{"level":4}}"#,
        r#","from":{"type":"User","id":"u","properties":{"level":1,"in":[{"type":"Team","id":"red"}]}}"#,
        r#","from":{"type":"User","id":"u","properties":{"level":1}}"#,
    ];
    let counts = [
        "",
        r#","count":null"#,
        r#","count":6"#,
        r#","count":1.5"#,
        r#","count":"1""#,
        r#","all":[1,"ok",5]"#,
        r#","all":["bad"]"#,
        r#","all":[6]"#,
        r#","all":["long"]"#,
        r#","all":[true]"#,
        r#","all":[null]"#,
        r#","all":[1,2,3,4]"#,
    ];
    let request = |input: String| {
        format!(r#"{{"subject":{{"type":"Agent","id":"a"}},"action":{{"name":"pay","properties":{{{input}}}}}}}"#)
    };
    let requests: Vec<String> = combinations(&[&tos, &froms, &counts]).into_iter().map(request).collect();
    insta::assert_snapshot!(agree(text, &requests), @"
    default /action/properties/all []
    default /action/properties/count 2
    default /action/properties/from/days 3
    pay: default
    pay: paying.bank
    pay: paying.card
    pay: paying.element
    pay: paying.many
    pay: paying.nothing
    pay: paying.number
    pay: paying.one
    pay: paying.other
    pay: paying.user
    refused duplicate_field /action/properties/from/type
    refused missing_field /action/properties/from/type
    refused not_an_email /action/properties/to
    refused not_an_integer /action/properties/count
    refused null_value /action/properties/all/0
    refused null_value /action/properties/from/type
    refused null_value /action/properties/to
    refused out_of_range /action/properties/all/0
    refused too_long /action/properties/all/0
    refused too_many /action/properties/all
    refused too_many /action/properties/to
    refused unknown_field /action/properties/from/iban
    refused unknown_field /action/properties/x
    refused unknown_member /action/properties/from/type
    refused wrong_type /action/properties/all/0
    refused wrong_type /action/properties/count
    refused wrong_type /action/properties/from
    refused wrong_type /action/properties/from/type
    refused wrong_type /action/properties/to
    refused wrong_type /action/properties/to/0
    ");
}

#[test]
fn objects_are_told_apart_by_what_they_say_and_entities_by_their_types() {
    let text = r#"
package acme

enum Note { note }
record Remark { type : Note, text : String max 9 }
entity Team from pep { size : Int in 0 .. 9 }
entity User in Team from pep { level : Int in 0 .. 9, of : Team or Remark? }
entity Agent from pep { owner : User or Team }

action go { by Agent  on User  input { about : List<User or Remark> max 3 = [] } }

policy going for go {
  allow owned when principal.owner is User and principal.owner.level > 2
  allow team when principal.owner is Team and principal.owner.size > 2
  allow shown when resource has of and resource.of is Remark as r and r.text == "x"
  deny below when principal.owner is User and principal.owner.id == resource.id
  deny any_level when any(a in input.about: a is User and a.level > 5)
}
"#;
    let owners = [
        r#"{"type":"User","id":"u","properties":{"level":3}}"#,
        r#"{"type":"User","id":"v","properties":{"level":3}}"#,
        r#"{"type":"Team","id":"t","properties":{"size":3}}"#,
        r#"{"type":"Team","id":"t","properties":{"level":3}}"#,
        r#"{"type":"Agent","id":"t"}"#,
        r#"{"id":"t"}"#,
    ];
    let ofs = [
        "",
        r#","of":{"type":"note","text":"x"}"#,
        r#","of":{"type":"note","text":"y"}"#,
        r#","of":{"type":"Team","id":"x","properties":{"size":9}}"#,
        r#","of":{"type":"User","id":"x"}"#,
        r#","of":{"type":"note","id":"x"}"#,
    ];
    let abouts = [
        "",
        r#""about":[{"type":"note","text":"x"},{"type":"User","id":"x","properties":{"level":6}}]"#,
        r#""about":[{"type":"User","id":"x","properties":{"level":5}}]"#,
        r#""about":[{"type":"Team","id":"x","properties":{"size":5}}]"#,
    ];
    let mut requests = vec![];
    for owner in owners {
        for of in ofs {
            for about in abouts {
                requests.push(format!(
                    r#"{{"subject":{{"type":"Agent","id":"a","properties":{{"owner":{owner}}}}},"action":{{"name":"go","properties":{{{about}}}}},"resource":{{"type":"User","id":"u","properties":{{"level":1{of}}}}}}}"#
                ));
            }
        }
    }
    insta::assert_snapshot!(agree(text, &requests), @"
    default /action/properties/about []
    go: going.any_level
    go: going.below
    go: going.owned
    go: going.shown
    go: going.team
    refused missing_field /subject/properties/owner/type
    refused unknown_field /resource/properties/of/id
    refused unknown_field /subject/properties/owner/properties/level
    refused unknown_member /action/properties/about/0/type
    refused unknown_member /resource/properties/of/type
    refused unknown_member /subject/properties/owner/type
    ");
}

#[test]
fn members_are_read_by_name_and_elements_by_place() {
    let text = r#"
package acme

enum Level ordered { low, high as "HIGH" }
record Part { size : Int in 0 .. 9, tags : Map<Level, Int> max 2, more : Int = 7 }
entity Agent from pep { limits : Map<Ident, Int in 0 .. 99> max 4 }

action run {
  by Agent
  input {
    env   : Map<String max 5, String max 5> max 3
    args  : List<String max 5> max 3
    mail  : Map<Email, Part> max 2
    parts : List<Part> max 2
    lead  : List<Int> max 3 or Int?
  }
}

define labelled(env : Map<String max 5, String max 5> max 3, name : String) = (env["HOME"] ?? "") == "x" or name in env
define twice(env : Map<String max 5, String max 5> max 3) = labelled(env, "OTHER") and "PATH" in env and env["PATH"] == "z"
define first(to : List<Int> or Int) = (to is Int and to > 3) or (to is List as all_of_it and (all_of_it[0] ?? 0) > 3)

policy running for run {
  deny labels when twice(input.env)
  deny lead when input has lead and first(input.lead)
  allow known when all(e in input.env: e.key in ["HOME", "PATH"] and e.value != "x")
  deny first when (input.args[0] ?? "none") == "rm"
  deny third when (input.args[2] ?? "none") == "-f"
  deny home when "HOME" in input.env and input.env["HOME"] == "/"
  deny path when (input.env["PATH"] ?? "y") == "y"
  deny named when (input.args[0] ?? "") in input.env
  deny many when count(input.env) > 2
  deny limited when (principal.limits["run"] ?? 0) < count(input.args)
  deny mails when any(m in input.mail: m.key.domain == "example.com" and (m.value.tags[high] ?? 0) > m.value.size)
  deny one when "a@example.com" in input.mail and input.mail["a@example.com"].size > 5
  deny part when any(p in input.parts: high in p.tags and p.tags[high] > 3 and p.more == 7)
}
"#;
    let envs = [
        r#""env":{}"#,
        r#""env":{"HOME":"/","PATH":"z"}"#,
        r#""env":{"HOME":"x"}"#,
        r#""env":{"PATH":"z","OTHER":"a"}"#,
        r#""env":{"PATH":"z","PATH":"z"}"#,
        r#""env":{"a long name":"z"}"#,
        r#""env":{"a":"too long"}"#,
        r#""env":{"a":"","b":"","c":""}"#,
        r#""env":{"a":"","b":"","c":"","d":""}"#,
        r#""env":[]"#,
    ];
    let args =
        [r#","args":[]"#, r#","args":["rm","a","-f"]"#, r#","args":["PATH","HOME"]"#, r#","args":["a","b","c","d"]"#];
    let mails = [
        r#","mail":{}"#,
        r#","mail":{"A@Example.com":{"size":1,"tags":{"HIGH":2}}}"#,
        r#","mail":{"a@example.com":{"size":6,"tags":{"HIGH":6}},"b@example.com":{"size":1,"tags":{}}}"#,
        r#","mail":{"a@EXAMPLE.com":{"size":1,"tags":{}},"a@example.com":{"size":1,"tags":{}}}"#,
        r#","mail":{"a@example.org":{"size":1,"tags":{"HIGH":2,"other":1}}}"#,
        r#","mail":{"a@example.org":{"size":9,"tags":{"HIGH":2,"low":1},"more":0}}"#,
    ];
    let parts = [
        r#","parts":[]"#,
        r#","parts":[],"lead":4"#,
        r#","parts":[],"lead":[5,1]"#,
        r#","parts":[],"lead":[]"#,
        r#","parts":[{"size":1,"tags":{"HIGH":4},"more":null}]"#,
        r#","parts":[{"size":1,"tags":{"HIGH":4},"more":8},{"size":1,"tags":{"low":4}}]"#,
    ];
    let request = |input: String| {
        format!(
            r#"{{"subject":{{"type":"Agent","id":"a","properties":{{"limits":{{"run":2,"x":1}}}}}},"action":{{"name":"run","properties":{{{input}}}}}}}"#
        )
    };
    let requests: Vec<String> = combinations(&[&envs, &args, &mails, &parts]).into_iter().map(request).collect();
    insta::assert_snapshot!(agree(text, &requests), @"
    default /action/properties/mail/A@Example.com/more 7
    default /action/properties/mail/a@example.com/more 7
    default /action/properties/mail/b@example.com/more 7
    default /action/properties/parts/0/more 7
    default /action/properties/parts/1/more 7
    refused duplicate_field /action/properties/env/PATH
    refused duplicate_field /action/properties/mail/a@example.com
    refused too_long /action/properties/env/a
    refused too_long /action/properties/env/a long name
    refused too_many /action/properties/args
    refused too_many /action/properties/env
    refused unknown_member /action/properties/mail/a@example.org/tags/other
    refused wrong_type /action/properties/env
    run: running.first
    run: running.home
    run: running.labels
    run: running.lead
    run: running.limited
    run: running.mails
    run: running.many
    run: running.named
    run: running.one
    run: running.part
    run: running.path
    run: running.third
    ");
}
