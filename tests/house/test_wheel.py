"""The wheel in an environment of its own, outside the checkout: what a user has who clones nothing.

`make dist` builds it from a copy; each environment has the versions of the lock, from uv's cache where they are in it.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from kit.paths import ROOT, write_files
from kit.warm import warm_environment

pytestmark = pytest.mark.long
UV = shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
PYRIGHT = "pyright==1.1.414"
PACKAGES = ("arm", "fleet", "infra", "policies", "review", "sandbox")
COMMANDS = ("azureml-fleet", "azureml-infra", "azureml-policies", "azureml-review", "azureml-sandbox")
OTHERS = (
    *("azure.identity", "pulumi_policy", "pydantic", "rich", "yaml"),
    *(
        f"pulumi_azure_native.{name}"
        for name in ("authorization", "keyvault", "machinelearningservices", "resources", "storage")
    ),
)
"""What others have written, and takes long to import."""
PACK = (
    *("up", "--door", "in-process", "--requester", "olga"),
    *("--policy-pack", "guardrails", "--policy-pack-config", "guardrails/guardrails.json"),
)
EXTRA = {"httptools", "trustme", "uvicorn", "uvloop"}
CODE = {".py", ".pyc"}
UNCHECKED = b"\1\0\0\0"
"""Says of compiled code that it isn't compared with its source (PEP 552)."""
PROJECT = {
    "Pulumi.yaml": "name: research\nruntime: python\n",
    "Pulumi.sandbox.yaml": "config: {azure-native:subscriptionId: 5a4d0b0c-0000-4000-8000-000000000001}\n",
    "infra/__init__.py": '"""Our own package."""\n',
    "infra/names.py": 'LOCATION = "westeurope"\n',
    "policies/__init__.py": '"""Our own package."""\n',
    "policies/tags.py": 'TAGS = {"team": "research"}\n',
    "description/platform.yml": "name: research\nlocation: westeurope\n",
    "program.py": """\
from azureml_infra import AmlCompute, AzureBlobDatastore, Compute, Datastore, Workspace
from infra.names import LOCATION
from policies.tags import TAGS


def build() -> Compute:
    workspace = Workspace("research", location=LOCATION, tags=TAGS)
    Datastore("raw", AzureBlobDatastore(name="raw", container_name="raw", create=True), workspace=workspace)
    return Compute("cpu", AmlCompute(name="cpu", size="Standard_E4s_v3", max_instances=8), workspace=workspace)
""",
    "__main__.py": """\
import pulumi

from program import build

cluster = build()
pulumi.export("cluster", cluster.id)
""",
    "test_program.py": """\
from azureml_sandbox import mock_azure
from program import build


def test_the_cluster_is_in_the_workspace() -> None:
    with mock_azure() as azure:
        build()
    (cluster,) = azure.resources("Microsoft.MachineLearningServices/workspaces/computes")
    assert cluster["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 8
""",
}
PLAIN = {
    "Pulumi.yaml": "name: plain\nruntime: python\n",
    "Pulumi.sandbox.yaml": PROJECT["Pulumi.sandbox.yaml"],
    "__main__.py": """\
from pulumi_azure_native import resources, storage

group = resources.ResourceGroup("data", location="westeurope", resource_group_name="rg-data")
storage.StorageAccount(
    "files",
    account_name="plainfiles",
    resource_group_name="rg-data",
    kind="StorageV2",
    sku={"name": "Standard_LRS"},
    allow_blob_public_access=True,
)
""",
}

Done = subprocess.CompletedProcess[str]


def run(*line: str | Path, cwd: Path) -> Done:
    """Run a command as a shell outside any environment would."""
    unwanted = ("PULUMI_", "PYTHON", "SANDBOX_", "UV_OFFLINE", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return subprocess.run(
        [str(word) for word in line], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def run_line(*line: str | Path, cwd: Path) -> str:
    done = run(*line, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def needs_network(done: Done) -> None:
    """Skip where an index of packages can't be reached; any other failure is one."""
    unreachable = re.search(r"error sending request for url \S+", done.stderr)
    if done.returncode and unreachable:
        pytest.skip(f"no package index: {unreachable[0]}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what `make dist` makes of the tracked files as they are now; files with a token lie beside them."""
    if not Path(UV).exists():
        pytest.skip("no uv: `make check` installs it")
    clone = tmp_path_factory.mktemp("dist")
    for name in run_line("git", "ls-files", "-z", cwd=ROOT).rstrip("\0").split("\0"):
        if (ROOT / name).exists():  # one deleted by hand is tracked until the next commit
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, clone / name)
    for line in (
        "init --quiet",
        "-c core.compression=0 add --all --force",
        "-c user.name=t -c user.email=t commit --quiet --message now",
    ):
        run_line("git", *line.split(), cwd=clone)
    for name in ("Pulumi.mine.yaml", "infra/azureml_infra/mine.py", "sandbox/azureml_sandbox/page/static/mine.js"):
        (clone / name).write_text("TOKEN = 'secret'\n", "utf-8")
    needs_network(run("make", "dist", f"UV={UV}", cwd=clone))
    return clone / "dist"


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    (found,) = dist.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def base(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the `bin` of an environment with the wheel and pytest, without the extra."""
    return install(tmp_path_factory.mktemp("base"), str(wheel), "pytest")


@pytest.fixture(scope="session")
def full(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the `bin` of an environment with the extra `sandbox`."""
    return install(tmp_path_factory.mktemp("full"), f"azureml-infra[sandbox] @ {wheel.as_uri()}")


def install(folder: Path, *what: str) -> Path:
    run_line(UV, "venv", "--quiet", "--python", sys.executable, folder / "venv", cwd=folder)
    command = ("pip", "install", "--quiet", "--python", folder / "venv", "-c", ROOT / "requirements-dev.lock")
    if run(UV, *command, "--offline", *what, cwd=folder).returncode:
        needs_network(run(UV, *command, *what, cwd=folder))
    share_bytecode(folder / "venv")
    return folder / "venv" / ("Scripts" if os.name == "nt" else "bin")


def share_bytecode(environment: Path) -> None:
    """Give an environment what is compiled here of the same files: theirs by a link, ours as good for any time."""
    here, there = (Path(sysconfig.get_path("purelib", vars={"base": str(at)})) for at in (sys.prefix, environment))
    for compiled in here.rglob("__pycache__/*.pyc"):
        folder = there / compiled.parent.relative_to(here)
        if folder.parent.is_dir():
            folder.mkdir(exist_ok=True)
            (folder / compiled.name).symlink_to(compiled)
    for package in PACKAGES:
        for source in (ROOT / package / f"azureml_{package}").rglob("*.py"):
            compiled, time = Path(cache_from_source(str(source))), int(source.stat().st_mtime)
            content = compiled.read_bytes() if compiled.is_file() else b""
            if content[8:12] == time.to_bytes(4, "little"):
                own = Path(cache_from_source(str(there / source.relative_to(ROOT / package))))
                own.parent.mkdir(exist_ok=True)
                own.write_bytes(content[:4] + UNCHECKED + content[8:])


@pytest.fixture(scope="session")
def warm_base(base: Path) -> Iterator[Path]:
    """Yield the Python of the same environment, which has imported what others have written."""
    with warm_environment(*OTHERS, python=base / "python") as environment:
        yield environment / "bin" / "python"


@pytest.fixture(scope="session")
def own_project(base: Path, warm_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what `init` has begun, with its pack."""
    folder = tmp_path_factory.mktemp("own")
    run_line(warm_base, base / "azureml-infra", "init", "mine", cwd=folder)
    run_line(warm_base, base / "azureml-policies", "init", "guardrails", cwd=folder / "mine")
    return folder / "mine"


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_files(tmp_path_factory.mktemp("project"), PROJECT)


def test_what_is_not_tracked_is_in_neither(dist: Path, wheel: Path) -> None:
    (source,) = dist.glob("*.tar.gz")
    with tarfile.open(source) as archive, zipfile.ZipFile(wheel) as zipped:
        names = [name.partition("/")[2] for name in archive.getnames()]
        assert "infra/azureml_infra/__init__.py" in names
        assert not [name for name in (*names, *zipped.namelist()) if "mine" in Path(name).name.split(".")]


def test_the_wheel_has_our_packages_their_data_and_no_other_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.partition("/")[0] for name in names if ".d" not in name.partition("/")[0]} == {
        "infra",
        *(f"azureml_{name}" for name in PACKAGES),
    }
    assert {name for name in names if name.startswith("infra/")} == {
        f"infra/dynamic/{name}.py" for name in ("purge", "routing", "upload")
    }
    for name in PACKAGES:
        tracked = run_line("git", "ls-files", f"azureml_{name}", cwd=ROOT / name).split()
        assert {path for path in tracked if Path(path).suffix not in CODE} <= names
        assert f"azureml_{name}/py.typed" in names


def test_the_schemas_are_in_the_environment(base: Path, own_project: Path) -> None:
    schemas = base.parent / "share" / "azureml-infra" / "schemas"
    for file in (ROOT / "schemas").iterdir():
        assert (schemas / file.name).read_bytes() == file.read_bytes()
    first = (own_project / "platform.yml").read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=.venv/share/azureml-infra/schemas/platform.schema.json"


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_answers(command: str, base: Path, warm_base: Path, tmp_path: Path) -> None:
    """The first answer of each is a cold one."""
    assert run_line(base / command, "--version", cwd=tmp_path) == f"{command} {version('azureml-infra')}\n"
    assert f"usage: {command}" in run_line(warm_base, base / command, "--help", cwd=tmp_path)


def test_a_program_beside_packages_named_as_our_folders_goes_up(base: Path, project: Path) -> None:
    assert re.search(r"\d+ created", run_line(base / "azureml-sandbox", "up", "--door", "in-process", cwd=project))


def test_a_test_of_that_program_passes_without_the_extra(base: Path, warm_base: Path, project: Path) -> None:
    listed = run_line(UV, "pip", "list", "--quiet", "--format", "freeze", "--python", base.parent, cwd=project)
    assert not {line.partition("==")[0] for line in listed.splitlines()} & EXTRA
    assert "1 passed" in run_line(warm_base, base / "pytest", "-q", "-p", "no:cacheprovider", cwd=project)


def test_its_description_is_valid(base: Path, warm_base: Path, project: Path) -> None:
    assert "valid" in run_line(warm_base, base / "azureml-infra", "validate", "description", cwd=project)


def test_mypy_resolves_every_import(base: Path, project: Path) -> None:
    """What is imported it finds with its types, and doesn't check again, as the gate has."""
    line = (sys.executable, "-m", "mypy", "--strict", "--follow-imports", "skip", "--python-executable")
    assert "Success: no issues" in run_line(*line, base / "python", ".", cwd=project)


def test_pyright_resolves_every_import(base: Path, project: Path) -> None:
    done = run(UV, "tool", "run", PYRIGHT, "--pythonpath", base / "python", ".", cwd=project)
    if not re.search(r"\d+ errors?, ", done.stdout):  # its package fetches another one, and node where there is none
        pytest.skip(f"no pyright: {(done.stdout + done.stderr).strip().splitlines()[-1]}")
    assert "0 errors, 0 warnings" in done.stdout, done.stdout


def test_what_is_begun_with_init_goes_up_under_its_pack(base: Path, warm_base: Path, own_project: Path) -> None:
    assert "12 created" in run_line(warm_base, base / "azureml-sandbox", *PACK, cwd=own_project)


def test_the_pack_judges_a_program_that_is_not_ours(
    base: Path, warm_base: Path, own_project: Path, tmp_path: Path
) -> None:
    write_files(tmp_path, PLAIN)
    shutil.copytree(own_project / "guardrails", tmp_path / "guardrails")
    done = run(warm_base, base / "azureml-sandbox", *PACK, cwd=tmp_path)
    assert done.returncode == 2
    assert "denied by storage-no-anonymous, storage-tls" in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["serve", "start"])
def test_the_server_without_the_extra_says_what_to_install(command: str, base: Path, tmp_path: Path) -> None:
    done = run(base / "azureml-sandbox", command, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.endswith("`pip install 'azureml-infra[sandbox]'`\n")


def test_the_server_with_the_extra_starts(full: Path, tmp_path: Path) -> None:
    assert "Azure is on https://" in run_line(full / "azureml-sandbox", "start", "--memory", cwd=tmp_path)
    assert "stopped process" in run_line(full / "azureml-sandbox", "stop", cwd=tmp_path)


def test_azures_own_client_resolves_beside_it(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "both.in").write_text(f"azureml-infra @ {wheel.as_uri()}\nazure-ai-ml>=1.35\n", "utf-8")
    done = run(UV, "pip", "compile", "--quiet", "both.in", cwd=tmp_path)
    needs_network(done)
    assert re.search(r"^azure-ai-ml==1\.", done.stdout, re.MULTILINE)
    assert re.search(r"^opentelemetry-sdk==", done.stdout, re.MULTILINE)
