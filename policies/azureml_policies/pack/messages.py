"""Pulumi's analyzer messages as planned resources, and violations as its diagnostics."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as proto

from azureml_arm.compare.masks import SIGNATURE
from azureml_policies.requests.planned import Options, Planned, PlannedProvider
from azureml_policies.requests.unknown import MARKERS, UNKNOWN
from azureml_policies.requests.values import OUTPUT, SECRET
from azureml_policies.rule import Level, Rule, RuleViolation, Severity

LEVELS: Mapping[Level, Any] = {
    Level.ADVISORY: proto.ADVISORY,
    Level.MANDATORY: proto.MANDATORY,
    Level.DISABLED: proto.DISABLED,
    Level.REMEDIATE: proto.REMEDIATE,
}
SEVERITIES: Mapping[Severity, Any] = {
    Severity.LOW: proto.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: proto.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: proto.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: proto.POLICY_SEVERITY_CRITICAL,
}


def planned_of(message: Any) -> Planned:
    """Return a planned resource from an AnalyzeRequest or AnalyzerResource."""
    options = message.options
    return Planned(
        message.urn,
        message.type,
        message.name,
        value_of(message.properties),
        _provider(message.provider) if message.HasField("provider") else None,
        Options(options.protect, tuple(options.ignoreChanges), options.parent),
        custom=message.HasField("provider"),  # the engine gives one for each resource but components and providers
    )


def _provider(message: proto.AnalyzerProviderResource) -> PlannedProvider:
    return PlannedProvider(message.type, message.name, message.urn, value_of(message.properties))


def value_of(message: struct_pb2.Struct) -> dict[str, Any]:
    """Return a message's fields as plain JSON: no secrets' wrappers, whole numbers as ints, one marker for the
    unknown."""
    return {key: _value(item) for key, item in message.fields.items()}


_READ: Mapping[str | None, Callable[[struct_pb2.Value], Any]] = {
    "string_value": lambda value: UNKNOWN if value.string_value in MARKERS else value.string_value,
    "bool_value": lambda value: value.bool_value,
    "number_value": lambda value: _number(value.number_value),
    "struct_value": lambda value: _unwrap(value_of(value.struct_value)),
    "list_value": lambda value: [_value(item) for item in value.list_value.values],
}


def _value(message: struct_pb2.Value) -> Any:
    read = _READ.get(message.WhichOneof("kind"))
    return read(message) if read else None


def _number(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def _unwrap(value: dict[str, Any]) -> Any:
    signature = value.get(SIGNATURE)
    if signature == SECRET:
        return value.get("value")
    if signature == OUTPUT:
        return value.get("value", UNKNOWN)
    return value


def struct_of(value: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return plain JSON as a message."""
    message = struct_pb2.Struct()
    message.update(dict(value))
    return message


def diagnostic(violation: RuleViolation, pack: str, version: str) -> proto.AnalyzeDiagnostic:
    """Return a violation as the engine takes it; what is to be remediated and wasn't is mandatory."""
    level = Level.MANDATORY if violation.level is Level.REMEDIATE else violation.level
    return proto.AnalyzeDiagnostic(
        policyName=violation.rule.id,
        policyPackName=pack,
        policyPackVersion=version,
        description=violation.rule.title,
        message=f"{violation.rule.title}\n{violation.text}",  # the engine shows no description
        enforcementLevel=LEVELS[level],
        urn=violation.urn,
        severity=SEVERITIES[violation.rule.severity],
    )


def policy_info(rule: Rule) -> proto.PolicyInfo:
    """Return a rule as the engine knows it."""
    info = proto.PolicyInfo(
        name=rule.id,
        displayName=rule.id,
        description=rule.title,
        enforcementLevel=LEVELS[rule.level],
        severity=SEVERITIES[rule.severity],
        remediation_steps=rule.remedy,
        policy_type=proto.POLICY_TYPE_STACK if rule.check_all else proto.POLICY_TYPE_RESOURCE,
    )
    info.configSchema.properties.update({name: dict(schema) for name, schema in rule.settings.items()})
    return info
