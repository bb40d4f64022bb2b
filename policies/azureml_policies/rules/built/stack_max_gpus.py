"""stack-max-gpus: all machines of a stack together have at most a number of GPUs."""

from __future__ import annotations

from azureml_policies.rules.checks.totals import stack_limit

RULE = stack_limit("stack-max-gpus", "GPUs", lambda size: size.gpus)
