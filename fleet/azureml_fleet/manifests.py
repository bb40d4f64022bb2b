"""A fleet as resources of the Pulumi Kubernetes Operator 2: a `Stack` each, with what its workspace needs.

https://github.com/pulumi/pulumi-kubernetes-operator has the resources' schemas;
https://learn.microsoft.com/azure/aks/workload-identity-overview the labels and annotations of workload identity.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from azureml_fleet.model import Operator, SecretKey
from azureml_fleet.stacks import Fleet, Stack
from azureml_infra.yaml.problems import DescriptionError, Problem

Manifest = dict[str, Any]
NEEDED = ("repository", "branch", "backend", "namespace", "service_account", "client_id", "image")
"""What a stack's `operator:` must say."""
_PART_OF = {"app.kubernetes.io/part-of": "azureml-infra", "app.kubernetes.io/managed-by": "fleet"}
_WORKLOAD = "azure.workload.identity"
_RESOURCES = {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "2Gi"}}
_SECONDS = 60


def manifests(fleet: Fleet) -> dict[str, list[Manifest]]:
    """Return the resources by file name; DescriptionError where a stack doesn't say how it is run."""
    problems = [*_missing(fleet), *_two_identities(fleet), *_same_names(fleet)]
    if problems:
        raise DescriptionError(problems)
    made = {f"{_name(stack.name)}.yaml": [_stack(stack)] for stack in fleet.stacks}
    return {"accounts.yaml": list(_accounts(fleet.stacks)), **made}


def write(fleet: Fleet, out: Path) -> list[Path]:
    """Write one file a stack, and one for the accounts they run as; delete those of stacks that are gone."""
    texts = {name: _text(fleet, found) for name, found in manifests(fleet).items()}
    out.mkdir(parents=True, exist_ok=True)
    for file in out.glob("*.yaml"):
        if file.name not in texts and file.read_text(encoding="utf-8").startswith(_heading(fleet)):
            file.unlink()
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8")
    return [out / name for name in texts]


def _heading(fleet: Fleet) -> str:
    return f"# Written by `azureml-fleet manifests` from {fleet.document.name}: change it there.\n"


def _text(fleet: Fleet, found: Sequence[Manifest]) -> str:
    return _heading(fleet) + yaml.safe_dump_all(found, sort_keys=False, allow_unicode=True, width=120)


def _missing(fleet: Fleet) -> Iterator[Problem]:
    for stack in fleet.stacks:
        missing = [word for word in NEEDED if getattr(stack.operator, word) is None]
        if missing:
            what = f"the operator can't run it without {', '.join(missing)}"
            yield fleet.problem(stack, "name", what, f"`operator: {{{missing[0]}: …}}`, here or in a layer below")


def _two_identities(fleet: Fleet) -> Iterator[Problem]:
    """Yield a problem where one service account would stand for two identities."""
    first: dict[tuple[str | None, str | None], Stack] = {}
    for stack in fleet.stacks:
        operator = stack.operator
        earlier = first.setdefault((operator.namespace, _account(stack)), stack)
        if earlier.operator.client_id != operator.client_id:
            what = f"its service account stands for another identity in {earlier.name}"
            yield fleet.problem(stack, "name", what, "another service_account for another client_id")


def _same_names(fleet: Fleet) -> Iterator[Problem]:
    first: dict[tuple[str | None, str], Stack] = {}
    for stack in fleet.stacks:
        earlier = first.setdefault((stack.operator.namespace, _name(stack.name)), stack)
        if earlier is not stack:
            what = f"in Kubernetes it has the name of {earlier.name}: {_name(stack.name)}"
            yield fleet.problem(stack, "name", what, "names that differ in letters and digits")


def _name(text: str) -> str:
    """Return a name as Kubernetes takes it (RFC 1123)."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:63].rstrip("-")


def _account(stack: Stack) -> str:
    """Return the service account of a stack's environment, which has an identity of its own."""
    return f"{stack.operator.service_account}-{_name(stack.environment)}"


def _accounts(stacks: Sequence[Stack]) -> Iterator[Manifest]:
    """Yield the service accounts, and the right to ask who calls, by which a workspace knows the operator."""
    for (namespace, account), stack in {(one.operator.namespace, _account(one)): one for one in stacks}.items():
        operator = stack.operator
        tenant = {f"{_WORKLOAD}/tenant-id": operator.tenant_id} if operator.tenant_id else {}
        yield {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {
                "name": account,
                "namespace": namespace,
                "labels": _PART_OF,
                "annotations": {f"{_WORKLOAD}/client-id": operator.client_id, **tenant},
            },
        }
        yield {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": f"{namespace}:{account}:system:auth-delegator", "labels": _PART_OF},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "system:auth-delegator",
            },
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
        }


def _stack(stack: Stack) -> Manifest:
    operator = stack.operator
    spec: Manifest = {
        "stack": stack.name,
        "serviceAccountName": _account(stack),
        "projectRepo": operator.repository,
        "branch": operator.branch,
        "shallow": True,
        "backend": operator.backend,
        **({"repoDir": operator.directory} if operator.directory else {}),
        **({"secretsProvider": stack.secrets_provider} if stack.secrets_provider else {}),
        **({"preview": True} if operator.preview_only else {}),
        **_resync(operator),
        "destroyOnFinalize": False,  # a resource that is gone from Kubernetes takes nothing in Azure with it
        **_git_auth(operator.git_secret),
        "envRefs": _environment(operator),
        "workspaceTemplate": {"spec": _workspace(operator)},
    }
    labels = {**_PART_OF, "azureml-infra/environment": _name(stack.environment)}
    metadata = {"name": _name(stack.name), "namespace": operator.namespace, "labels": labels}
    return {"apiVersion": "pulumi.com/v1", "kind": "Stack", "metadata": metadata, "spec": spec}


def _resync(operator: Operator) -> Manifest:
    if operator.resync_minutes is None:
        return {"refresh": True}
    seconds = operator.resync_minutes * _SECONDS
    return {"refresh": True, "continueResyncOnCommitMatch": True, "resyncFrequencySeconds": seconds}


def _git_auth(secret: SecretKey | None) -> Manifest:
    return {"gitAuth": {"accessToken": _reference(secret)}} if secret else {}


def _reference(secret: SecretKey) -> Manifest:
    return {"type": "Secret", "secret": {"name": secret.name, "key": secret.key}}


def _environment(operator: Operator) -> Mapping[str, Manifest]:
    """Return how azure-native and the state's backend sign in, and what comes from Secrets."""
    literals = {
        "ARM_USE_OIDC": "true",
        "ARM_OIDC_TOKEN_FILE_PATH": "/var/run/secrets/azure/tokens/azure-identity-token",
        "ARM_CLIENT_ID": operator.client_id,
        **({"ARM_TENANT_ID": operator.tenant_id} if operator.tenant_id else {}),
    }
    given = {name: {"type": "Literal", "literal": {"value": value}} for name, value in literals.items()}
    return {**given, **{name: _reference(secret) for name, secret in (operator.secrets or {}).items()}}


def _workspace(operator: Operator) -> Manifest:
    """Return the pod that runs pulumi; the label makes workload identity put the token there."""
    return {
        "image": operator.image,
        "securityProfile": "restricted",
        "resources": _RESOURCES,
        "podTemplate": {"metadata": {"labels": {f"{_WORKLOAD}/use": "true"}}},
    }
