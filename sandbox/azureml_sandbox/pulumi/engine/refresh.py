"""Reading back what the cloud has: the state follows it, and the next run shows what has drifted.

As with Pulumi's engine, a resource has drifted where the next run of the same program would change it, and not by what
Azure adds to its outputs (https://github.com/pulumi/pulumi, pkg/resource/deploy/step.go, `RefreshStep.Apply`). What a
program only reads is no program's to change: it has drifted where its outputs differ.
"""

from dataclasses import replace

from azureml_sandbox.pulumi.engine import diff
from azureml_sandbox.pulumi.engine.deployment import StackDeployment
from azureml_sandbox.pulumi.engine.drift import apply_drift
from azureml_sandbox.pulumi.engine.operations import Op
from azureml_sandbox.pulumi.engine.state import Resource
from azureml_sandbox.pulumi.engine.steps import PROVIDER_TYPES
from azureml_sandbox.pulumi.engine.urns import STACK_TYPE
from azureml_sandbox.pulumi.engine.values import keep_secret


def refresh(deployment: StackDeployment) -> None:
    """Bring every resource of the state up to date with the cloud; what is gone leaves the state."""
    for old in deployment.steps.state.resources():
        if old.pending_delete or old.type == STACK_TYPE:
            continue
        if old.custom and not old.type.startswith(PROVIDER_TYPES):
            _refresh(deployment, old)
        else:
            deployment.steps.record(Op.SAME, old.urn, old.parent, resource_id=old.id)


def _refresh(deployment: StackDeployment, old: Resource) -> None:
    steps = deployment.steps
    known = old.outputs if old.type.startswith("pulumi-python:") else old.inputs
    with steps.doing(Op.READ, old.urn, old.parent):
        provider = deployment.providers.find(old.type, old.provider)
        outputs = provider.read(old.id, known)
        if outputs is None:
            if not steps.preview:
                steps.state.commit(removed=[old.key])
            steps.record(Op.DELETE, old.urn, old.parent, resource_id=old.id, note="gone from Azure")
            return
        outputs = keep_secret(keep_secret(outputs, old.inputs), old.outputs)
        found = replace(old, outputs=outputs, inputs=apply_drift(old, outputs))
        changes = diff.compare(old.outputs, outputs)
        drift = diff.Comparison(changes) if old.external else _invert(provider.diff(found, old.inputs))
    if changes and not steps.preview:
        steps.state.commit(found)
    if drift.changed:
        steps.record(Op.UPDATE, old.urn, old.parent, resource_id=old.id, changes=drift.changes or changes)
    else:
        steps.record(Op.SAME, old.urn, old.parent, resource_id=old.id)


def _invert(found: diff.Comparison) -> diff.Comparison:
    """Return the way from the program to Azure, where a run's changes lead from Azure to the program."""
    return replace(found, changes=tuple(diff.ChangedPlace(one.path, one.new, one.old) for one in found.changes))
