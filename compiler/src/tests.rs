//! From text to decisions: the program as text, and native code beside the reference evaluator.

mod asked;
mod facts;
mod forms;
mod choices;
mod detectors;
mod kinds;
mod placed;
mod tables;

use zt_lang::check;
use zt_lang::db::{DataFile, Database, Package, SourceFile};
use zt_lang::eval::Evaluator;
use zt_runtime::{Frame, Pdp};

use super::*;

const TEXT: &str = r#"
package acme.support

enum Level ordered { public, internal, secret }
type Usd = Decimal places 2 in 0.00 ..
record Gateway { session : Ident }
entity User from pep { clearance : Level }
entity Agent from pep { role : Ident, permissions : Set<Ident> max 32, acts_for : User? }
entity Order from pep { amount : Usd, level : Level }

approvers tier2

action refund {
  by Agent or User  on Order  context Gateway
  input { amount : Usd in 0.01 .., reason : String max 200, count : Int }
}

define either(flag : Bool, n : Int) = flag or n > 3
define within(amount : Usd, order : Order) = amount <= order.amount

policy refunds for refund by Agent {
  allow granted
    when "refund" in principal.permissions and within(input.amount, resource)
  require approval large
    when input.amount > 50.00
    from tier2 quorum 2 expires 30min
    because "{input.amount} on {resource.id} for {principal.acts_for}"
  deny over
    when input.count + 1 > 5 and principal.role != "lead"
    because "{input.reason} and {resource.level}"
  deny clearance
    when principal has acts_for and resource.level > principal.acts_for.clearance
}

policy counts for refund by Agent {
  shadow deny strict
    when either(principal has acts_for, input.count + 1)
}

policy patterns for refund {
  shadow deny codes
    unless input.reason matches re"[a-z ]+"
}
"#;

fn checked() -> check::package::CheckedPackage {
    let db = Database::default();
    let file = SourceFile::new(&db, "a.zt".into(), TEXT.to_owned());
    let package = Package::new(&db, "acme.support".into(), vec![file], vec![]);
    check::package::package(&db, package).unwrap()
}

#[test]
fn a_program_as_text() {
    insta::assert_snapshot!(lower::lower(checked().hir()).unwrap().program);
}

#[test]
fn all_three_evaluators_agree() {
    let checked = checked();
    let reference = Evaluator::new(checked.hir());
    let image = compile(&checked).unwrap();
    assert_eq!(image, compile(&checked).unwrap(), "the same package gives the same bytes");
    let pdp = Pdp::load(&image).unwrap();
    let mut frame = Frame::default();

    let mut seen = Vec::new();
    for amount in ["0.01", "50.00", "50.01", "70.00"] {
        for count in [0, 5, i64::MAX] {
            for role in ["lead", "agent"] {
                for acts_for in ["", r#","acts_for":{"type":"User","id":"u","properties":{"clearance":"public"}}"#] {
                    for permissions in ["[]", r#"["a","refund","z"]"#] {
                        for reason in ["broken on arrival", "X \\\" \\u0007"] {
                            let request = format!(
                                r#"{{"subject":{{"type":"Agent","id":"bot","properties":
                                  {{"role":"{role}","permissions":{permissions}{acts_for}}}}},
                                "action":{{"name":"refund","properties":
                                  {{"amount":{amount},"reason":"{reason}","count":{count}}}}},
                                "resource":{{"type":"Order","id":"o","properties":{{"amount":60.00,"level":"internal"}}}},
                                "context":{{"session":"s"}}}}"#
                            );
                            let decision = pdp.evaluate(request.as_bytes(), &mut frame);
                            assert_eq!(pdp.decide_portably(&frame), decision, "{request}");
                            let native = pdp.to_json(&decision, &frame);
                            let expected = reference.evaluate(request.as_bytes()).decision.to_json();
                            let native: serde_json::Value = serde_json::from_str(&native).unwrap();
                            assert_eq!(native, expected, "{request}");
                            seen.push(native["determined_by"].to_string());
                        }
                    }
                }
            }
        }
    }
    seen.sort();
    seen.dedup();
    insta::assert_snapshot!(seen.join("\n"), @r#"
    ["acme.support/refunds.clearance"]
    ["acme.support/refunds.granted"]
    ["acme.support/refunds.large"]
    ["acme.support/refunds.over","acme.support/refunds.clearance"]
    ["acme.support/refunds.over"]
    ["default"]
    "#);
}
