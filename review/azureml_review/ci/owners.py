"""What of a project decides over others' changes: the files that code owners approve, and those that a preview runs.

Everything is theirs but the folders of descriptions, which the policies judge: a new file of code is owned without
anybody thinking of it.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath

from azureml_review.ci.stacks import StackFolder, is_code, is_described

OWNED = {
    "/.github/": "the workflows, their scripts, and this file",
    "/.gitlab-ci.yml": "the pipeline",
    "/azure-pipelines.yml": "the pipeline",
    "/.ci/": "the gate",
    "/Makefile": "it makes the environment of the base branch",
    "/pyproject.toml": "how the toolkit is built, and what it needs",
    "/*.lock": "the packages that are installed",
    "/*.py": "the program",
    "/Pulumi.yaml": "its plugins are programs that Pulumi runs",
    "/Pulumi.*.yaml": "the stacks, and where their descriptions are",
    "/guardrails.json": "who is who, and which rules hold",
    "/arm/": "rights as Azure evaluates them, and the tables of resource types",
    "/fleet/": "the code for many stacks",
    "/infra/": "the program's code",
    "/policies/": "the policy pack",
    "/review/": "the review, and what the workflows do with it",
    "/sandbox/": "what previews pull requests of forks",
    "/schemas/": "what the program takes for right",
    "__init__.*": "a description's folder would hide a package of the same name",
}
"""What is owned wherever a description lies, with the reason."""


def code_owners(stacks: Sequence[StackFolder], team: str) -> str:
    """Return a CODEOWNERS file, in which the last line that fits decides.

    https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
    """
    lines = [
        "# Who approves what decides over others' changes: all but the descriptions, which the policies judge.",
        f"# Written by `python -m azureml_review.ci owners --team {team}`; docs/ci.md says why.",
        f"* {team}",
        *(f"/{_escape(folder)}/" for folder in _folders(stacks)),
        *(line for pattern, why in OWNED.items() for line in (f"# {why}", f"{pattern} {team}")),
    ]
    return "\n".join(lines) + "\n"


def path_filters(stacks: Sequence[StackFolder]) -> str:
    """Return the same as the path filter of Azure DevOps' policy for required reviewers; the last that fits decides.

    https://learn.microsoft.com/azure/devops/repos/git/branch-policies#automatically-include-code-reviewers
    """
    folders = _folders(stacks)
    owned = [f"{pattern}*" if pattern.endswith("/") else pattern for pattern in OWNED if pattern.startswith("/")]
    return ";".join(["/*", *(f"!/{one}/*" for one in folders), *(f"/{one}/__init__.*" for one in folders), *owned])


def code_among(changed: Sequence[str], stacks: Sequence[StackFolder]) -> list[str]:
    """Return the changed files that a preview may run; `stacks` are those of the base branch."""
    paths = [PurePosixPath(path) for path in changed]
    return [str(path) for path in paths if _runs(path, stacks)]


def _runs(path: PurePosixPath, stacks: Sequence[StackFolder]) -> bool:
    if path.stem.partition(".")[0] == "__init__":
        return True
    is_stack = path.match("Pulumi.*.yaml") and len(path.parts) == 1
    return is_code(path) and not is_stack and not is_described(path, stacks)


def _folders(stacks: Sequence[StackFolder]) -> list[str]:
    return sorted({stack.description.strip("/") for stack in stacks if stack.description != "."})


def _escape(folder: str) -> str:
    return folder.replace(" ", "\\ ")
