"""The rules that are on, in the store."""

import json
from collections.abc import Collection
from dataclasses import asdict, replace

from azureml_sandbox.faults.rule import HEADER, FaultRule, FaultRuleError, Subject, parse
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.model.tables import FAULTS


def rules(azure: Cloud) -> list[FaultRule]:
    """Return the rules that are on, in the order in which they were added."""
    with azure.reading():
        return [FaultRule(**json.loads(value)) for _, value in azure.store.scan(FAULTS)]


def add(azure: Cloud, rule: FaultRule) -> FaultRule:
    """Turn a rule on; what is returned has its number."""
    with azure.changing():
        numbered = replace(rule, id=max((one.id for one in rules(azure)), default=0) + 1)
        _keep(azure, numbered)
    return numbered


def clear(azure: Cloud, number: int | None = None) -> int:
    """Turn one rule off, or all; how many there were."""
    with azure.changing():
        gone = [rule for rule in rules(azure) if number in (None, rule.id)]
        for rule in gone:
            azure.store.remove(FAULTS, _key(rule))
    return len(gone)


def strike(azure: Cloud, faults: Collection[str], subject: Subject) -> FaultRule | None:
    """Return the rule of one of these faults that strikes a request; it is counted."""
    own = _of_header(subject.header)
    if own is not None and own.fault in faults:
        return own
    for rule in rules(azure):
        if rule.fault in faults and rule.matches(subject) and _struck(azure, rule):
            return rule
    return None


def _struck(azure: Cloud, rule: FaultRule) -> bool:
    with azure.changing():
        counted, strikes = rule.next()
        _keep(azure, counted)
    return strikes


def _of_header(header: str) -> FaultRule | None:
    if not header:
        return None
    try:
        return parse(header)
    except FaultRuleError as error:
        raise bad_request(f"The header {HEADER}: {error}", "InvalidFault") from None


def _keep(azure: Cloud, rule: FaultRule) -> None:
    azure.store.set(FAULTS, _key(rule), json.dumps(asdict(rule)))


def _key(rule: FaultRule) -> str:
    return f"{rule.id:08}"
