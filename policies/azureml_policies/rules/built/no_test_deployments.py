"""no-test-deployments: what is meant for tests doesn't serve production."""

from __future__ import annotations

from azureml_arm.actions import COMPUTE, WORKSPACE
from azureml_policies.fixes import Kept
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Rule, Settings, Severity
from azureml_policies.rules.checks.words import among, kind_of, setting
from azureml_policies.run import Run

_GROUP = "Microsoft.ContainerInstance/containerGroups"
_SERVICE = f"{WORKSPACE}/services"
"""Deployments of the first API version."""


def _check(write: Write, run: Run, settings: Settings) -> Found:
    found = _what(write) if among(run, settings["stacks"]) else ""
    if found:
        yield f"{write.name}: {found}, and {run.stack} is a stack for production: nothing there is scaled or replaced"


def _what(write: Write) -> str:
    if write.is_a(_GROUP):
        return "a container group of Azure Container Instances is for tests"
    if write.is_a(_SERVICE):
        named = {write.text_at("properties.computeType"), write.text_at("computeType")}
        return "a web service on Azure Container Instances is for tests" if "aci" in named else ""
    test = kind_of(write) == "aks" and write.text_at("properties.properties.clusterPurpose") == "devtest"
    return "the cluster's clusterPurpose is DevTest" if test else ""


RULE = Rule(
    id="no-test-deployments",
    title="Stacks for production serve no model on Azure Container Instances or on clusters for tests.",
    severity=Severity.MEDIUM,
    remedy="serve it by a managed online deployment (`online_deployments`), or make it in a stack for tests",
    fix=(Kept("no container group, no web service on one, and no clusterPurpose: DevTest"),),
    types=(_GROUP, _SERVICE, COMPUTE),
    check_run=_check,
    settings={"stacks": setting(["prod*", "production*"], "for production")},
    family="endpoints",
)
