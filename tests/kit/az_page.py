"""docs/beside-az-ml.md: what we send for az ml's files, beside what azure-ai-ml sends.

``cd tests && ../.venv/bin/python -m kit.az_page`` writes it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from azureml_infra.description.load import load_file
from kit import az_bodies, az_examples, az_kinds, az_words
from kit.paths import ROOT

PAGE = ROOT / "docs" / "beside-az-ml.md"
HEAD = """# What is sent for az ml's files, here and by azure-ai-ml

Each request that azure-ai-ml 1.35.2 makes of a file is recorded and held against the ARM body that the same file has
here: first for a corpus of our own, which sets the fields that both know, then for Microsoft's examples. `make clients`
holds what is recorded to azure-ai-ml, the other tests hold our bodies to it; `tests/kit/az_page.py` makes this page.

Both sides are brought into one form: ids and addresses by what they name, uploads by their file, words and times in one
spelling, nothing where nothing is said, and without hashes and commits of the client's own.
"""
PREVIEWS = """
### Stricter, and more lenient, on purpose

azure-ai-ml loads, and here is refused with the place and the way out: a credential in clear text; a name, number or
bound that Azure refuses; a script or Dockerfile that isn't in its folder; an unknown word of a component or of a
pipeline's `settings`, which azure-ai-ml drops; inputs and outputs that a step's component doesn't have, and values
outside of its bounds, also as its own default; steps that wait for each other; a schedule that ends before it starts.

azure-ai-ml refuses, and here is taken as it is meant: words in any letter case, numbers and booleans as text where text
is expected, a reference without `azureml:`, dashes in the names of steps, capitals and dashes in those of components,
`user_assigned_identities` as plain ids, a job that isn't a pipeline in a schedule, an environment's `properties`, and
times without quotes.

### Monitors of previews

Signals of type `generation_safety_quality`, `generation_token_statistics` and `model_performance`, a `data_segment`,
`alert_notification: azmonitoring` and a custom signal's `connection` are in previews of the API alone, from
2023-06-01-preview on; the GA API 2025-12-01 has five signals, and azure-ai-ml writes the others into a request of it.
azure-native has previews as packages that each program generates for itself (`pulumi package add azure-native
machinelearningservices 2025-10-01-preview`), with tokens and types of their own. Until the package that this stands on
has them, such a file is refused, with the reason. A Pulumi program may make such a schedule by a generated package,
beside the platform.
"""


def page() -> str:
    """Return the page."""
    differing = dict(_differing())
    return "\n".join([HEAD, *_corpus(differing), *_differences(differing), *_words(), *_examples()])


def _differing() -> Iterator[tuple[tuple[str, str], list[str]]]:
    """Yield each case's kind and name with its differences; `refused` for one that azure-ai-ml refuses."""
    for name in az_bodies.files():
        path = az_bodies.CORPUS / f"{name}.yml"
        yield (
            (load_file(path).entity.kind, f"jobs/{name}"),
            list(az_bodies.differences(az_bodies.ours(path), az_bodies.read_expected(name))),
        )
    for case in az_kinds.cases():
        theirs = az_kinds.read_recorded()[case.id]
        refused = az_kinds.REFUSED in theirs
        found = [az_kinds.REFUSED] if refused else list(az_bodies.differences(az_kinds.ours(case), theirs))
        yield (case.entity.kind, case.id), found


def _corpus(differing: Mapping[tuple[str, str], list[str]]) -> list[str]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for (kind, _), found in differing.items():
        counts[kind][az_kinds.REFUSED if az_kinds.REFUSED in found else "different" if found else "equal"] += 1
    states = ("equal", "different", az_kinds.REFUSED)
    lines = [
        f"| {kind} | {one.total()} | {' | '.join(str(one[state] or '') for state in states)} |"
        for kind, one in counts.items()
    ]
    head = ["| kind | files | equal | but for what is below | refused by azure-ai-ml |", "|---|---|---|---|---|"]
    return ["## Our corpus\n", *head, *lines, ""]


def _differences(differing: Mapping[tuple[str, str], list[str]]) -> list[str]:
    why: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (kind, name), found in differing.items():
        for difference in found:
            row = az_bodies.row_of(name.partition("/")[0], difference)
            if row is not None:
                why[kind, row.why].add(difference.partition(": ")[0])
    lines = [
        f"| {kind} | {', '.join(f'`{one}`' for one in sorted(places))} | {text} |"
        for (kind, text), places in why.items()
    ]
    return ["### What differs, and why\n", "| kind | where | why |", "|---|---|---|", *lines, ""]


def _words() -> Iterator[str]:
    yield "## Words\n"
    yield (
        "Every word that azure-ai-ml's marshmallow schemas take in a kind's file is taken here, but for those below.\n"
        "What only Azure sets (`id`, `creation_context`, `provisioning_state`, …) is dropped without a word, as\n"
        "there: a file that came out of `az ml … show -o yaml` is read. What is taken without effect is warned of.\n"
    )
    yield "| word | kinds | why not |"
    yield "|---|---|---|"
    kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
    for kind, word in az_words.all_missing():
        reason = az_words.reason_of(kind, word)
        kinds[word, reason.why if reason else ""].append(kind)
    rows: dict[tuple[tuple[str, ...], str], list[str]] = defaultdict(list)
    for (word, why), found in kinds.items():
        rows[tuple(found), why].append(word)
    for (of, why), words in rows.items():
        yield f"| {', '.join(f'`{word}`' for word in words)} | {', '.join(of)} | {why} |"
    yield PREVIEWS


def _examples() -> Iterator[str]:
    loaded = [one for one in az_examples.examples() if one.az in ("made", "loads")]
    valid = [one for one in loaded if one.ours in (az_examples.VALID, az_examples.GIVEN)]
    clear = sum("in clear" in one.ours for one in loaded)
    share = 100 * len(valid) / len(loaded)
    rest = 100 * len(valid) / (len(loaded) - clear)
    yield "## Microsoft's examples\n"
    yield (
        f"Of {len(az_examples.examples())} files of [azureml-examples](https://github.com/Azure/azureml-examples) "
        f"azure-ai-ml loads {len(loaded)}. {len(valid)} of these are valid here, unchanged ({share:.1f}%; {rest:.1f}% "
        "of those without a credential in clear, which is always refused).\n"
    )
    yield "| kind | files | azure-ai-ml loads | valid of these | bodies compared | equal | but for what is known |"
    yield "|---|---|---|---|---|---|---|"
    for kind in dict.fromkeys(one.kind for one in az_examples.examples()):
        of_kind = [one for one in az_examples.examples() if one.kind == kind]
        bodies = [one.bodies for one in of_kind if one.bodies]
        numbers = (
            len(of_kind),
            sum(one in loaded for one in of_kind),
            sum(one in valid for one in of_kind),
            len(bodies),
            bodies.count("equal"),
            len(bodies) - bodies.count("equal"),
        )
        yield f"| {kind} | {' | '.join(str(one or '') for one in numbers)} |"
    yield "\n### What is known\n"
    yield "| where | why |"
    yield "|---|---|"
    known = [row for row in az_bodies.rows() if row.section == "examples"]
    yield from (f"| `{row.place.partition(':')[0]}` | {row.why} |" for row in known)
    yield "\n### What is refused here and loaded there, and why\n"
    yield "Each of them is used unchanged all the same, by an item of platform.yml that says what it leaves open.\n"
    yield "| why | file | item beside its `path` |"
    yield "|---|---|---|"
    refused = [one for one in loaded if one not in valid]
    yield from (f"| {one.ours} | `{one.file}` | `{az_examples.ITEMS[one.file]}` |" for one in refused)
    given = [one.file for one in loaded if one.ours == az_examples.GIVEN]
    yield (
        f"\n{len(given)} deployments leave `endpoint_name`, or a model, to the command line: they are used unchanged "
        "by `{path: deploy.yml, endpoint_name: scorer}`.\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
