"""A component that includes files and folders of elsewhere, and what is in the folder that is uploaded."""

from pathlib import Path

from kit.paths import write_files

FILES = {
    "code/main.py": "",
    "code/.amlignore": "*.log\nsecret/\n",
    "code/a.log": "",
    "code/secret/key": "",
    "code/__pycache__/main.pyc": "",
    "code/pkg/.gitignore": "tmp*\n",
    "code/pkg/tmp1": "",
    "code/pkg/mod.py": "",
    "shared/one.txt": "1",
    "shared/lib/a.py": "",
    "shared/lib/b.log": "",
    "shared/lib/secret/key": "",
    "shared/lib/.gitignore": "data\n",
    "shared/lib/data/x": "",
    "shared/lib/deep/.amlignore": "no.txt\n",
    "shared/lib/deep/data": "",
    "shared/lib/deep/no.txt": "",
    "shared/lib/deep/yes.txt": "",
    "shared/pack/a.txt": "a",
    "shared/pack/c.log": "",
    "shared/pack/n/b.txt": "b",
    "other/lib/c.py": "",
    "comp/.gitignore": "a.py\n",
}
INCLUDES = ("../shared/lib", "../shared/one.txt", "../shared/pack.zip", "../other/lib")
COMPONENT = f"""\
$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
name: including
version: 1
type: command
command: python main.py
code: ../code
environment: azureml:env:1
additional_includes: [{", ".join(INCLUDES)}]
"""
ALONE = COMPONENT.replace("code: ../code\n", "")
BESIDE = ["lib/a.py", "lib/c.py", "lib/deep/yes.txt", "one.txt", "pack.zip"]
UPLOADED = {COMPONENT: sorted([*BESIDE, "main.py", "pkg/mod.py"]), ALONE: []}
UPLOADED[ALONE] = [
    "lib/b.log", "lib/c.py", "lib/deep/yes.txt", "lib/secret/key", "one.txt", "pack.zip"
]  # fmt: skip
"""What is uploaded of each, as azure-ai-ml has it, without ignore files."""
ZIPPED = {
    COMPONENT: ["pack/", "pack/a.txt", "pack/n/b.txt"],
    ALONE: ["pack/", "pack/a.txt", "pack/c.log", "pack/n/b.txt"],
}
"""What is in its zip file."""


def write(folder: Path, component: str) -> Path:
    """Write the files and the component; its file is returned."""
    return write_files(folder, {**FILES, "comp/component.yml": component}) / "comp" / "component.yml"
