//! What is read by name or place of what a tag says and of what a call hands over: all three evaluators over every
//! combination of some members.

use super::forms::{agree, combinations};

#[test]
fn elements_of_tags_and_parameters_are_read_where_they_stand() {
    let text = r#"
package acme

record Part { names : List<String max 5> max 3, size : Int in 0 .. 9 }
entity Team from pep { members : List<Ident max 5> max 3 }
entity Agent from pep { team : Team?, marks : Map<Ident, Int in 0 .. 9> max 3 }

tag send { to : List<String max 5> max 3 }

action one {
  by Agent
  tags [send { to: input.args }]
  input { args : List<String max 5> max 3, more : List<String max 5>? max 3, strict : Bool, part : Part, n : Int }
}

action two {
  by Agent
  tags [send { to: input.more ?? input.args }]
  input {
    args : List<String max 5> max 3, more : List<String max 5>? max 3, strict : Bool, part : Part, n : Int
    marks : Map<Ident, Int in 0 .. 9>? max 3
  }
}

define first(args : List<String max 5> max 3) = (args[0] ?? "none") == "rm"
define second(args : List<String max 5> max 3, n : Int) = first(args) and (args[1] ?? "-r") == "-r" and n < 5
define marked(marks : Map<Ident, Int> max 3) = "x" in marks and marks["x"] > 3
define led(t : Team) = (t.members[0] ?? "") == "ann"
define held(members : List<Ident> max 3) = (members[1] ?? "") == "bob"
define of_team(t : Team) = held(t.members)
define any_first(xs : List<String max 5> max 3) = any(x in xs: x == (xs[0] ?? "") and x != "rm")

policy sending for #send {
  deny tagged when (send.to[0] ?? "none") == "rm"
  deny third when (send.to[2] ?? "none") == "-f"
  deny absent when (send.to[0] ?? "gone") == "gone"
  deny marked when marked(principal.marks)
  deny passed when first(send.to)
  deny both when second(send.to, input.n) and second(input.args, input.n + 1)
  deny optional when second(input.more ?? [], 2)
  deny chosen when first(input.more ?? input.part.names)
  deny names when first(input.part.names)
  deny proven when input has more and second(input.more, input.n)
  deny led when principal has team and led(principal.team)
  deny held when principal has team and of_team(principal.team)
  deny again when any_first(send.to)
}
"#;
    let args = [r#""args":[]"#, r#""args":["rm"]"#, r#""args":["rm","-r","-f"]"#, r#""args":["a","rm","-f"]"#];
    let mores = ["", r#","more":[]"#, r#","more":["rm"]"#, r#","more":["rm","x","-f"]"#];
    let rest = [
        r#","strict":true,"n":1,"part":{"names":["rm"],"size":1}"#,
        r#","strict":false,"n":1,"part":{"names":[],"size":1}"#,
        r#","strict":true,"n":9223372036854775807,"part":{"names":["x"],"size":1}"#,
    ];
    let principals = [
        r#""marks":{}"#,
        r#""marks":{"x":4,"y":1},"team":{"type":"Team","id":"t","properties":{"members":["ann","bob"]}}"#,
        r#""marks":{"x":4},"team":{"type":"Team","id":"t","properties":{"members":["x"]}}"#,
    ];
    let inputs = combinations(&[&args, &mores, &rest]);
    let mut requests = vec![];
    for (input, principal) in inputs.iter().flat_map(|input| principals.iter().map(move |by| (input, by))) {
        for (action, marks) in [("one", ""), ("two", ""), ("two", r#","marks":{"x":1}"#)] {
            requests.push(format!(
                r#"{{"subject":{{"type":"Agent","id":"a","properties":{{{principal}}}}},"action":{{"name":"{action}","properties":{{{input}{marks}}}}}}}"#
            ));
        }
    }
    insta::assert_snapshot!(agree(text, &requests), @"
    one: sending.absent
    one: sending.again
    one: sending.both
    one: sending.chosen
    one: sending.held
    one: sending.led
    one: sending.marked
    one: sending.names
    one: sending.optional
    one: sending.passed
    one: sending.proven
    one: sending.tagged
    one: sending.third
    two: sending.absent
    two: sending.again
    two: sending.both
    two: sending.chosen
    two: sending.held
    two: sending.led
    two: sending.marked
    two: sending.names
    two: sending.optional
    two: sending.passed
    two: sending.proven
    two: sending.tagged
    two: sending.third
    ");
}
