
default_denied := {"effect": "deny", "rules": {"default"}, "obligations": set()}

decision := {"effect": "deny", "rules": denies, "obligations": set()} if {
  count(denies) > 0
} else := default_denied if {
  count(allows) == 0
} else := {"effect": "ask", "rules": asks, "obligations": set()} if {
  count(asks) > 0
} else := {"effect": "allow", "rules": allows, "obligations": obligations}
