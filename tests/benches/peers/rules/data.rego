package example

# Rules are data, found by action; what they ask is looked up in the facts.

level := {"open": 0, "internal": 1, "confidential": 2, "secret": 3, "sealed": 4}

facts := {
  "role": input.subject.properties.role,
  "department": input.subject.properties.department,
  "kind": input.resource.properties.kind,
  "region": input.action.properties.region,
  "clearance": level[input.subject.properties.clearance],
  "label": level[input.resource.properties.label],
  "score": input.subject.properties.score,
  "size": input.resource.properties.size,
  "amount": input.action.properties.amount,
  "permissions": input.subject.properties.permissions,
}

holds(test) if { test.op == "is"; facts[test.of] == test.value }
holds(test) if { test.op == "not_is"; facts[test.of] != test.value }
holds(test) if { test.op == "at_least"; facts[test.of] >= test.value }
holds(test) if { test.op == "not_at_least"; facts[test.of] < test.value }
holds(test) if { test.op == "over"; facts[test.of] > test.value }
holds(test) if { test.op == "up_to"; facts[test.of] <= test.value }
holds(test) if { test.op == "holds"; test.value in facts.permissions }

any_holds(tests) if {
  some test in tests
  holds(test)
}

held contains rule if {
  some rule in data.rules[input.action.name]
  every tests in rule.all { any_holds(tests) }
}

allows := {rule.name | some rule in held; not rule.denies}
denies := {rule.name | some rule in held; rule.denies}

default_denied := {"effect": "deny", "rules": {"default"}, "obligations": set()}

decision := {"effect": "deny", "rules": denies, "obligations": set()} if {
  count(denies) > 0
} else := default_denied if {
  count(allows) == 0
} else := {"effect": "allow", "rules": allows, "obligations": set()}
