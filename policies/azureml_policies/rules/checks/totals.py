"""Sums over a whole plan: what its machines add up to at most."""

from collections.abc import Callable, Iterator

from azureml_arm import sizes
from azureml_arm.sizes import Size
from azureml_policies.config import whole_number
from azureml_policies.fixes import Line
from azureml_policies.machines import growth, machines
from azureml_policies.requests.unknown import UnknownError
from azureml_policies.requests.write import Write
from azureml_policies.rule import Finding, Found, Plan, Rule, Settings, Severity
from azureml_policies.run import Run
from azureml_policies.text import join_words, show_value

_MANY = 5


def stack_limit(rule_id: str, what: str, per: Callable[[Size], int]) -> Rule:
    """Return the rule that bounds a sum over all machines of a stack, such as their GPUs."""

    def check(plan: Plan, _run: Run, settings: Settings) -> Found:
        return beyond(plan, settings["max"], what, per) if settings["max"] >= 0 else ()

    return Rule(
        id=rule_id,
        title=f"All machines that a stack can grow to have together at most the {what} that the config allows.",
        severity=Severity.HIGH,
        remedy="lower `max_instances` or `instance_count`, choose a smaller `size`, or ask for a higher `max`",
        fix=(Line("computes", "max_instances", 1, chosen=True),),
        check_all=check,
        settings={
            "max": whole_number(
                f"Most {what} of all that the program plans, each at its largest; -1 for any number.", -1, least=-1
            )
        },
        family="compute",
    )


def beyond(plan: Plan, limit: float, what: str, per: Callable[[Size], int]) -> Iterator[Finding]:
    """Yield findings where the plan's machines exceed a limit, or where they can't be counted.

    What is known counts first: an unknown value elsewhere in the plan doesn't put off a sum that is too high already.
    """
    sums: dict[str, float] = {}
    undecided: UnknownError | None = None
    for write in plan.writes:
        try:
            sums[write.name] = sums.get(write.name, 0) + _sum(write, plan, per)
        except _UncountableError as error:
            text = f"{write.name}: {error}, so its {what} can't be counted; all together may be {limit:.0f} at most"
            yield Finding(text, urn=write.planned.urn)
        except UnknownError as error:
            undecided = undecided or error
    if sum(sums.values()) > limit:
        yield Finding(_too_many(sums, limit, what))
    elif undecided is not None:
        raise undecided


class _UncountableError(Exception):
    """What is not set, or isn't known of a size."""


def _sum(write: Write, plan: Plan, per: Callable[[Size], int]) -> float:
    total = 0.0
    for one in (*machines(write), *growth(write, plan.writes)):
        if not one.rented:
            continue
        count, size = one.count, sizes.machine(one.size)
        if count == 0:
            continue
        if size is None:
            raise _UncountableError(f"{one.size_word} {_unknown_size(one.size)}")
        if count is None and per(size):
            raise _UncountableError(f"{one.count_word} is not a number")
        total += (count or 0) * per(size)
    return total


def _unknown_size(size: str) -> str:
    return f"{show_value('', size)} is no VM size that is known" if size else "is not set"


def _too_many(sums: dict[str, float], limit: float, what: str) -> str:
    total = sum(sums.values())
    largest = sorted(((count, name) for name, count in sums.items() if count), key=lambda one: (-one[0], one[1]))
    named = [f"{name} {show_value('', count)}" for count, name in largest[:_MANY]]
    rest = len(largest) - _MANY
    machines = join_words([*named, f"{rest} more"] if rest > 0 else named)
    return (
        f"the stack: its machines add up to {show_value('', total)} {what}, at most {limit:.0f} are allowed: {machines}"
    )
