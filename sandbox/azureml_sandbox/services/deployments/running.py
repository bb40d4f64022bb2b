"""Running a deployment: each resource in its turn, what failed, what then wasn't tried, and the record of it."""

from collections.abc import Iterator, Mapping

from azureml_arm import ids
from azureml_arm.template.evaluate import TemplateError
from azureml_arm.template.resources import DEPLOYMENT, lower_names, mapping
from azureml_arm.unknown import has_unknown
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.resource import Cloud, check_shape
from azureml_sandbox.services.authorization.policy.enforcement import enforce
from azureml_sandbox.services.deployments import parameters, record
from azureml_sandbox.services.deployments.order import COMPLETE, Order, as_refusal, read
from azureml_sandbox.services.deployments.outcome import CREATE, DELETE, EVALUATE, DeploymentOutcome, Done
from azureml_sandbox.services.deployments.plan import DeploymentPlan, DeploymentStep, plan
from azureml_sandbox.services.deployments.refusals import invalid, processing_error, refused_before
from azureml_sandbox.services.deployments.runtime import Stage


def preflight(azure: Cloud, planned: DeploymentPlan) -> None:
    """Refuse what is bound to fail before anything is made: rights, policies, and nested templates' mistakes."""
    refusals = list(_refusals(azure, planned))
    if refusals:
        only = refusals[0]
        raise only if len(refusals) == 1 and only.code.startswith("InvalidTemplate") else refused_before(refusals)


def _refusals(azure: Cloud, planned: DeploymentPlan) -> Iterator[ArmError]:
    for step in planned.steps:
        if step.wanted:
            refusal = _refusal(azure, planned, step)
            if refusal is not None:
                yield refusal


def _refusal(azure: Cloud, planned: DeploymentPlan, step: DeploymentStep) -> ArmError | None:
    try:
        _authorise(azure, planned.order, step)
        if step.declared.is_deployment:
            inner = nested_order(planned.order, step)
            if inner is not None and azure.exists(inner.scope):
                preflight(azure, plan(azure, inner))
            return None
        body = step.declared.body
        check_shape(body)
        if not has_unknown(body) and azure.exists(step.declared.base):
            enforce(azure, ids.parse(step.id), body)
    except ArmError as refusal:
        return refusal
    except TemplateError as error:
        return as_refusal(error)
    return None


def _authorise(azure: Cloud, order: Order, step: DeploymentStep) -> None:
    try:
        azure.authorise(order.caller, f"{step.type}/write", step.id)
    except ArmError as error:
        name = "/".join(step.declared.names)
        text = f"Authorization failed for template resource '{name}' of type '{step.type}'. {error.message}"
        raise ArmError(error.status, error.code, text) from None


def nested_order(order: Order, step: DeploymentStep, *, whole: bool = False) -> Order | None:
    """Return the deployment that a resource is; None while something of it isn't known yet."""
    one, target = step.declared, ids.parse(step.id)
    properties = lower_names(mapping(one.resource.get("properties")))
    if not isinstance(properties, Mapping):
        raise invalid(f"The nested deployment '{target.name}' has properties whose names differ in letter case only.")
    given = {key: one.scope.value(value) for key, value in properties.items() if key != "template"}
    if has_unknown(given) and not whole:
        return None
    options = lower_names(mapping(given.get("expressionevaluationoptions")))
    shared = str(options.get("scope") or "outer").lower() != "inner"
    template = properties.get("template")
    given["template"] = one.scope.value(template) if isinstance(template, str) else template
    made = read(target, given, order.caller, outer=one.scope if shared else None, depth=order.depth + 1)
    if made.mode == COMPLETE:
        raise invalid(f"The nested deployment '{target.name}' must be in mode Incremental.")
    return made


def run(azure: Cloud, planned: DeploymentPlan) -> DeploymentOutcome:
    """Make everything, one after the other. What fails stays out, with what needs it; the rest is made."""
    outcome = DeploymentOutcome(planned)
    planned.runtime.stage = Stage.RUNNING
    out = set[str]()
    for step in planned.steps:
        if step.needs & out:
            out.add(step.key)
        elif step.wanted:
            error = _create(azure, outcome, step)
            outcome.operations.append(Done(CREATE, step.id, error))
            out |= {step.key} if error else set()
    if outcome.error is None:
        _finish(azure, outcome)
    return outcome


def _create(azure: Cloud, outcome: DeploymentOutcome, step: DeploymentStep) -> ArmError | None:
    try:
        if step.declared.is_deployment:
            return _create_nested(azure, outcome, step)
        azure.authorise(outcome.order.caller, f"{step.type}/write", step.id)
        body = step.declared.body
        check_shape(body)
        with azure.attempting():
            azure.put(step.id, body, str(step.declared.resource["apiversion"]), outcome.order.caller)
    except ArmError as error:
        return error
    except TemplateError as error:
        return processing_error(step.id, str(error))
    return None


def _create_nested(azure: Cloud, outcome: DeploymentOutcome, step: DeploymentStep) -> ArmError | None:
    """Run a deployment that is in this one."""
    inner = nested_order(outcome.order, step, whole=True)
    if inner is None or not azure.exists(inner.scope):
        name = ids.parse(step.id).resource_group
        return ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
    azure.authorise(outcome.order.caller, f"{DEPLOYMENT}/write", step.id)
    done = run(azure, plan(azure, inner))
    outcome.nested.append(done)
    record.keep(azure, done)
    return done.error


def _finish(azure: Cloud, outcome: DeploymentOutcome) -> None:
    """Evaluate the outputs, and delete what a complete deployment doesn't have."""
    order = outcome.order
    try:
        if order.template.get("outputs"):
            outcome.outputs = parameters.outputs(order, outcome.plan.scope)
            outcome.operations.append(Done(EVALUATE, order.id.text))
    except (TemplateError, ArmError) as error:
        message = error.message if isinstance(error, ArmError) else str(error)
        text = f"Unable to evaluate template outputs: '{message}'. Please see error details and deployment operations."
        refusal = ArmError(400, "DeploymentOutputEvaluationFailed", text)
        outcome.operations.append(Done(EVALUATE, order.id.text, refusal))
        return
    if order.mode == COMPLETE:
        for one in superfluous(azure, outcome):
            outcome.operations.append(Done(DELETE, one, _delete(azure, order, one)))


def superfluous(azure: Cloud, outcome: DeploymentOutcome) -> list[str]:
    """Return what is in the group itself and not in the template
    (https://learn.microsoft.com/azure/azure-resource-manager/templates/deployment-complete-mode-deletion).
    """
    kept = {one.lower() for one in outcome.made}
    kept |= {step.key for step in outcome.plan.steps if step.declared.existing}
    return [one for one in beside(azure, outcome.order.scope) if one.lower() not in kept and not _holds(one, kept)]


def beside(azure: Cloud, scope: str) -> list[str]:
    """Return the ids of the resources that stand in a group itself; what extends it and its deployments are no part of
    it.
    """
    inside = [one for one in azure.list(scope) if len(ids.parse(one["id"]).names) == 1]
    return [one["id"] for one in inside if not _is_aside(one["type"])]


def _is_aside(type_name: str) -> bool:
    lowered_type = type_name.lower()
    return lowered_type == DEPLOYMENT.lower() or lowered_type.startswith("microsoft.authorization/")


def _holds(resource: str, kept: set[str]) -> bool:
    """Return whether something of the template is in a resource or extends it."""
    return any(one.startswith(resource.lower() + "/") for one in kept)


def _delete(azure: Cloud, order: Order, resource: str) -> ArmError | None:
    try:
        azure.authorise(order.caller, f"{ids.parse(resource).type}/delete", resource)
        with azure.attempting():
            azure.delete(resource)
    except ArmError as error:
        return error
    return None
