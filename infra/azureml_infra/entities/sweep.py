"""What a sweep searches: the space of values, how they are drawn, what counts as good, and when to stop.

Jobs and pipeline steps share it. The words are those of
https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-sweep.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from azureml_infra.entities.base import LOCAL, Arm, Model, refusal
from azureml_infra.entities.body import body
from azureml_infra.entities.expressions import or_bound
from azureml_infra.entities.fields import LOWER, LOWER_TYPE, TYPE_IN_ANY_CASE, refuse_misfits
from azureml_infra.entities.words import PASCAL, Words, pascal, seconds, short_for, snake

if TYPE_CHECKING:
    Number = int | float | str
    Count = int | str
    Extra = int | str
    Slack = float | str
else:
    Number = or_bound(int | float)
    Count = or_bound(Annotated[int, Field(ge=1, le=1000)])
    Extra = or_bound(Annotated[int, Field(ge=0)])
    Slack = or_bound(Annotated[float, Field(ge=0)])
SpaceValue = int | float | str
SAMPLINGS = Words(("Random", "Grid", "Bayesian"))
_SHORTEST = 60
"""Azure ML takes a shorter limit, in seconds, for 60 days (azure-ai-ml, entities/_job/job_limits.py)."""

_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "choice": ("values",),
    "randint": ("upper",),
    "uniform": ("min_value", "max_value"),
    "loguniform": ("min_value", "max_value"),
    "quniform": ("min_value", "max_value", "q"),
    "qloguniform": ("min_value", "max_value", "q"),
    "normal": ("mu", "sigma"),
    "lognormal": ("mu", "sigma"),
    "qnormal": ("mu", "sigma", "q"),
    "qlognormal": ("mu", "sigma", "q"),
}
"""What ARM wants of each way to draw a value, in this order."""


class Randint(Model):
    """A whole number below another."""

    type: Literal["randint"]
    """How a value is drawn."""
    upper: Extra
    """The first number that isn't drawn."""


class Bounds(Model):
    """A number between two others."""

    min_value: Number
    """The lowest value; if its logarithm is drawn, the lowest logarithm."""
    max_value: Number
    """The highest value; if its logarithm is drawn, the highest logarithm."""


class Uniform(Bounds):
    """A number between two others."""

    type: Literal["uniform", "loguniform"]
    """How a value is drawn: evenly, or so that its logarithm is."""


class QUniform(Bounds):
    """A number between two others, rounded."""

    type: Literal["quniform", "qloguniform"]
    """How a value is drawn: evenly, or so that its logarithm is."""
    q: Number
    """Values are multiples of it."""


class Spread(Model):
    """A number around another."""

    mu: Number
    """The mean; if its logarithm is drawn, the mean of the logarithm."""
    sigma: Number
    """The standard deviation."""


class Normal(Spread):
    """A number around another."""

    type: Literal["normal", "lognormal"]
    """How a value is drawn: normally distributed, or so that its logarithm is."""


class QNormal(Spread):
    """A number around another, rounded."""

    type: Literal["qnormal", "qlognormal"]
    """How a value is drawn: normally distributed, or so that its logarithm is."""
    q: Number
    """Values are multiples of it."""


def _inner_spaces(values: list[Any]) -> list[Any]:
    """Return a choice's values, with the spaces that stand in them read as such."""
    return [
        {name: _inner(one) for name, one in value.items()} if isinstance(value, dict) else value for value in values
    ]


def _inner(given: Any) -> Any:
    if not isinstance(given, Mapping):
        return given
    try:
        return _adapter().validate_python(given).model_dump()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        what = f"{'.'.join(map(str, first['loc'])) or 'a value'}: {first['msg']}"
        raise refusal(what, "a search space") from None


@cache
def _adapter() -> TypeAdapter[Any]:
    return TypeAdapter(SearchSpace)


class Choice(Model):
    """One of several values. A value may be a mapping, in which values are drawn again."""

    type: Literal["choice"]
    """How a value is drawn."""
    values: Annotated[list[SpaceValue | dict[str, Any]], Field(min_length=1), AfterValidator(_inner_spaces)]
    """The values to choose from."""


SearchSpace = Annotated[
    Annotated[Choice | Randint | Uniform | QUniform | Normal | QNormal, Field(discriminator="type")], LOWER_TYPE
]
"""How the values of one parameter are drawn."""


def _in_arm(space: Any) -> Any:
    """Return a space as ARM has it: ``["uniform", [0, 1]]``; what is no space stays as it is."""
    if not isinstance(space, Mapping) or space.get("type") not in _ARGUMENTS:
        return space
    given = arguments(space)
    if space["type"] == "choice":
        return ["choice", [[_spaces(one) if isinstance(one, Mapping) else one for one in given]]]
    return [space["type"], given]


def arguments(space: Mapping[str, Any]) -> list[Any]:
    """Return the values to choose from, or what a distribution takes, in order."""
    given = {snake(name): value for name, value in space.items()}
    found = [given.get(name) for name in _ARGUMENTS[given["type"]]]
    return list(found[0] or ()) if given["type"] == "choice" else found


def space_words(type_: str, given: list[Any]) -> dict[str, Any]:
    """Return the body of a space's model, of its type and arguments."""
    pairs = {"values": given} if type_ == "choice" else dict(zip(_ARGUMENTS[type_], given, strict=True))
    return {"type": type_, **{to_camel(word): value for word, value in pairs.items()}}


def _spaces(space: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _in_arm(one) for name, one in space.items()}


def _from_arm(spaces: Mapping[str, Any]) -> dict[str, Any]:
    """Return spaces as the bodies of their models: what `_spaces` makes, in reverse."""
    return {name: _read_space(one) for name, one in spaces.items()}


def _read_space(space: list[Any]) -> dict[str, Any]:
    type_, given = space
    return space_words(type_, [_read_inner(one) for one in given[0]] if type_ == "choice" else given)


def _read_inner(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    read = {name: _read_space(one) if isinstance(one, list) else one for name, one in value.items()}
    return {
        name: {snake(word): item for word, item in one.items()} if isinstance(one, dict) else one
        for name, one in read.items()
    }


class Sampling(Model):
    """How the next values are drawn."""

    type: Annotated[Literal["random", "grid", "bayesian"], LOWER, Arm("samplingAlgorithmType", pascal)]
    """`random`, every combination of choices (`grid`), or by what earlier trials have shown (`bayesian`)."""
    seed: int | None = None
    """With random: the same seed draws the same values."""
    rule: Annotated[Literal["random", "sobol"] | None, LOWER, Arm("rule", pascal)] = None
    """With random: `sobol` spreads the values more evenly."""
    logbase: Annotated[Number | Literal["e"] | None, LOCAL] = None
    """With random: the base of logarithms. The GA API has no place for it in a job; a pipeline's step has."""

    @model_validator(mode="after")
    def _fields_fit(self) -> Self:
        return refuse_misfits(self, {"random": ("seed", "rule", "logbase")})


SamplingOrWord = Annotated[Sampling, short_for("type", str | Sampling)]
"""How the next values are drawn; a word is short for a mapping with this type."""


class Objective(Model):
    """What the best trial is."""

    goal: Annotated[Literal["minimize", "maximize"], PASCAL]
    """Whether a small or a large value is good."""
    primary_metric: Annotated[str, Field(min_length=1)]
    """Name of the metric, as the code logs it."""


class Policy(Model):
    """When a policy is applied."""

    delay_evaluation: Extra = 0
    """How many evaluations to wait for the first one."""
    evaluation_interval: Extra = 0
    """How often the metric is logged between two evaluations."""


class BanditPolicy(Policy):
    """Stops a trial that is too far behind the best one."""

    type: Annotated[Literal["bandit"], Arm("policyType", pascal)]
    """The policy."""
    slack_factor: Slack = 0
    """How far behind a trial may be, as a ratio."""
    slack_amount: Slack = 0
    """How far behind a trial may be, as a difference."""


class MedianStoppingPolicy(Policy):
    """Stops a trial that is worse than the median of all averages so far."""

    type: Annotated[Literal["median_stopping"], Arm("policyType", pascal)]
    """The policy."""
    evaluation_interval: Extra = 1
    """How often the metric is logged between two evaluations."""


class TruncationSelectionPolicy(Policy):
    """Stops the worst trials of each evaluation."""

    type: Annotated[Literal["truncation_selection"], Arm("policyType", pascal)]
    """The policy."""
    truncation_percentage: Annotated[int, Field(ge=1, le=99)]
    """How many percent are stopped."""


EarlyTermination = Annotated[
    Annotated[BanditPolicy | MedianStoppingPolicy | TruncationSelectionPolicy, Field(discriminator="type")],
    TYPE_IN_ANY_CASE,
]
"""When a trial that won't be the best one is stopped."""


def _limit(given: Any) -> Any:
    return max(given, _SHORTEST) if given and not isinstance(given, str) else given


def _in_seconds(given: Any) -> str:
    return seconds(_limit(given))


class SweepLimits(Model):
    """How many trials there are, and how long they may take."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"jobLimitsType": "Sweep"}

    max_total_trials: Count
    """The most trials."""
    max_concurrent_trials: Count | None = None
    """The most trials at once."""
    timeout: Annotated[Extra | None, Arm("timeout", _in_seconds)] = None
    """Longest run of the sweep, in seconds; at least 60."""
    trial_timeout: Annotated[Extra | None, Arm("trialTimeout", _in_seconds)] = None
    """Longest run of each trial, in seconds; at least 60."""


class SweepSettings(Model):
    """What sweep jobs and sweep steps have in common."""

    sampling_algorithm: Annotated[SamplingOrWord, Arm("properties.samplingAlgorithm")]
    """How values are drawn: `random`, `grid` or `bayesian`, or a mapping with more."""
    search_space: Annotated[
        dict[str, SearchSpace], Field(min_length=1), Arm("properties.searchSpace", _spaces, back=_from_arm)
    ]
    """The parameters, by name, and how each is drawn."""
    objective: Annotated[Objective, Arm("properties.objective")]
    """The metric that is made best."""
    early_termination: Annotated[EarlyTermination | None, Arm("properties.earlyTermination")] = None
    """When a trial is stopped before its end."""
    limits: Annotated[SweepLimits, Arm("properties.limits")]
    """When the sweep stops."""


def step_words(sweep: SweepSettings) -> dict[str, Any]:
    """Return the settings as a pipeline's step has them: in az ml's words, but for the policy (azure-ai-ml,
    entities/_builders/sweep.py).
    """
    words = sweep.model_dump(by_alias=True, exclude_none=True, include=set(SweepSettings.model_fields))
    limits = words["limits"]
    words["limits"] = {key: _limit(value) if key.endswith("timeout") else value for key, value in limits.items()}
    if list(words["sampling_algorithm"]) == ["type"]:
        words["sampling_algorithm"] = sweep.sampling_algorithm.type
    if sweep.early_termination is not None:
        policy = body(sweep.early_termination, None)  # type: ignore[arg-type]  # it names nothing
        words["early_termination"] = {snake(key): value for key, value in policy.items()}
    return words


def read_step_words(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a pipeline's step in the words of a file."""
    found = {word: step[word] for word in SweepSettings.model_fields if step.get(word)}
    policy = dict(found.get("early_termination") or {})
    if policy:
        found["early_termination"] = {"type": snake(policy.pop("policy_type")), **policy}
    return found
