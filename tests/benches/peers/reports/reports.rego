package example

agent := input.subject.properties
args := input.action.properties

rank := {"public": 0, "internal": 1, "confidential": 2, "restricted": 3}

allows contains "regional" if {
  input.action.name == "fetch_sales_data"
  args.days <= 90
  agent.role == "reporting"
  agent.region == args.region
  "sales_read" in agent.permissions
  rank[input.resource.properties.classification] <= rank[agent.clearance]
}

allows contains "some" if {
  input.action.name == "fetch_customer_names"
  input.subject.id == "report-generator-v1"
  args.limit <= 1000
  regex.match(`^[a-z]{2,20}[a-z0-9_ ]*$`, args.name_part)
}

allows contains "for_user" if {
  input.action.name == "export_customer_data"
  "data_export" in agent.permissions
}

allows contains "pdf" if {
  input.action.name == "save_report"
  args.size <= 10485760
  regex.match(`^/reports/[a-z0-9_-]+\.pdf$`, args.path)
}

asks contains "bulk" if {
  input.action.name == "export_customer_data"
  args.rows >= 10000
}

asks contains "threatening" if input.context.threat in {"high", "critical"}

denies contains "elsewhere" if {
  input.action.name == "export_customer_data"
  not regex.match(`^(?:s3|gs)://reports-[a-z0-9-]+/.*$`, args.destination)
}

denies contains "never" if input.action.name == "delete_file"

denies contains "unmanaged" if input.context.device != "managed"

denies contains "tool" if regex.match(`^(?:curl|wget|python-requests)/.*$`, input.context.client)

obligations contains "audit(level=detailed)" if "some" in allows

obligations contains "audit(level=complete)" if "for_user" in allows
