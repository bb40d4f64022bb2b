"""stack-max-vcpus: all machines of a stack together have at most a number of vCPUs."""

from __future__ import annotations

from azureml_policies.rules.checks.totals import stack_limit

RULE = stack_limit("stack-max-vcpus", "vCPUs", lambda size: size.vcpus)
