package example

agent := input.subject.properties
args := input.action.properties
order := input.resource.properties

allows contains "granted" if {
  agent.role in {"support", "billing"}
  "refund" in agent.permissions
  regex.match(`^[A-Z]{2,5}-[0-9]{1,6}$`, args.ticket)
}

allows contains "supervisor" if agent.role == "supervisor"

asks contains "large" if args.amount > 5000

asks contains "after_hours" if not working_hours

denies contains "excessive" if args.amount > order.amount

denies contains "pretended" if args.reason in {"test", "debug", "todo"}

denies contains "pretended" if regex.match(`^(?:x+|qa_.*)$`, args.reason)

denies contains "above_clearance" if {
  order.tier in {"gold", "platinum"}
  agent.clearance in {"trainee", "regular"}
}

working_hours if {
  not time.weekday(input.now) in {"Saturday", "Sunday"}
  [hour, _, _] := time.clock(input.now)
  hour >= 6
  hour < 22
}

obligations contains "audit(level=detailed)" if "granted" in allows

obligations contains "audit(level=standard)" if {
  "supervisor" in allows
  not "granted" in allows
}
