"""What rules share: reading values, totals over a plan, remediation."""
