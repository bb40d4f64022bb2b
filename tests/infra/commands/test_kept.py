"""A result is kept only until something that it depends on is another: what is changed at random shows at once."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_infra.commands import kept
from azureml_infra.commands.checking import check
from kit.descriptions import CLUSTER
from kit.rows import each

JOB = "$schema: commandJob.schema.json\ncommand: python a.py\ncode: ../src\nenvironment: azureml:sk:1\n"
DATA = "$schema: data.schema.json\nname: rows\ntype: mltable\npath: rows\n"
PIPELINE = (
    "type: pipeline\ncompute: serverless\nexperiment_name: e\n"
    "jobs:\n  one:\n    type: command\n    component: ./step.yml\n"
)
STEP = "$schema: commandComponent.schema.json\nname: one\ncommand: echo\nenvironment: azureml:sk:1\n"
PLATFORM = "name: shop\nlocation: westeurope\ncomputes: [entities/*.yml]\ninclude: [more/**/*.yml]\n"
STACK = "config:\n  azureml-infra:description: described\n  azureml-infra:mistyped: 1\n"
TEXTS = (CLUSTER, CLUSTER + "max_instance: 3\n", JOB, DATA, PIPELINE, STEP, PLATFORM, STACK, "no: [mapping", "")
NAMES = (
    "loose/cluster.yml",
    "loose/job.yml",
    "loose/rows.yml",
    "loose/rows/MLTable",
    "loose/pipeline.yml",
    "loose/step.yml",
    "src/a.py",
    "src",
    "loose",
    "loose/rows",
    "described/platform.yml",
    "described/entities/cluster.yml",
    "described/entities",
    "described/more/deep/cluster.yml",
    "Pulumi.dev.yaml",
    "elsewhere/cluster.yml",
)
FOLDERS = ("src", "loose", "loose/rows", "described/entities", "elsewhere")


def _write(root: Path, name: str, text: str) -> None:
    path = root / name
    if name in FOLDERS:
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _remove(root: Path, name: str, _text: str) -> None:
    path = root / name
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _touch(root: Path, name: str, _text: str) -> None:
    if (root / name).exists():
        os.utime(root / name)


def _move(root: Path, name: str, _text: str) -> None:
    if (root / name).exists():
        (root / name).rename((root / name).with_name(f"moved-{Path(name).name}"))


def _link(root: Path, name: str, _text: str) -> None:
    """Put a link in a path's place: to the same thing elsewhere, or to nothing."""
    _move(root, name, "")
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).symlink_to(root / Path(name).with_name(f"moved-{Path(name).name}"))


def _lock(root: Path, name: str, _text: str) -> None:
    if (root / name).exists():
        (root / name).chmod(0o000 if (root / name).stat().st_mode & 0o777 else 0o755)


CHANGES: tuple[Callable[[Path, str, str], None], ...] = (_write, _write, _write, _remove, _touch, _move, _link, _lock)
_CHANGE = st.tuples(st.sampled_from(CHANGES), st.sampled_from(NAMES), st.sampled_from(TEXTS))


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that results are kept in, and be in another one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "caches" / "azureml-infra"


def _make(root: Path) -> None:
    other = CLUSTER.replace("cpu", "gpu")
    texts = (CLUSTER, JOB, DATA, "", PIPELINE, STEP, "", "", "", "", PLATFORM, CLUSTER, "", other, STACK, CLUSTER)
    for name, text in zip(NAMES, texts, strict=True):
        _write(root, name, text)


@settings(max_examples=25)
@given(changes=st.lists(_CHANGE, min_size=4, max_size=12))
def test_what_is_kept_is_what_a_new_run_says(
    changes: list[tuple[Callable[[Path, str, str], None], str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each change is told at once, and what is as it was before is told from what is kept."""
    root = tmp_path_factory.mktemp("work")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("caches")))
        patch.setattr(kept, "_modules", lambda: [kept.__file__])  # all of a test run's, each time, take most of it
        patch.chdir(root)
        _make(root)
        missed: list[str] = []
        for change, name, text in changes:
            try:
                change(root, name, text)
            except OSError:
                continue  # what is there doesn't allow it: a file below a file
            for paths, stacks in ((["loose"], []), (["described"], []), (["."], ["dev"]), (["loose/job.yml"], [])):
                words, expected = ["validate", *paths], check(paths, stacks)
                assert kept.result_of(words, partial(check, paths, stacks)) == expected, (change, name)
                again = partial(_miss, missed, expected)
                assert kept.result_of(words, again) == expected, (change, name)
    assert not missed


def _miss(missed: list[str], expected: tuple[int, str]) -> tuple[int, str]:
    missed.append(expected[1])
    return expected


def _never() -> tuple[int, str]:
    raise AssertionError("this is kept")


def test_the_command_says_the_same_without_its_models(caches: Path) -> None:
    """A second run of what hasn't changed imports neither pydantic nor YAML."""
    _make(Path())
    run = (
        "import sys; from azureml_infra.__main__ import main; code = main(sys.argv[1:]); "
        "print('pydantic' in sys.modules, 'yaml' in sys.modules, file=sys.stderr); sys.exit(code)"
    )

    def validate(*more: str) -> tuple[str, str, int]:
        line = [sys.executable, "-c", run, "validate", "loose", *more]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        return done.stdout, done.stderr.strip(), done.returncode

    first, second = validate(), validate()
    assert first[1:] == ("True True", 0), first[0]
    assert second == (first[0], "False False", 0)
    assert len(list(caches.iterdir())) == 1
    assert validate("--no-cache") == first
    Path("loose/cluster.yml").write_text(CLUSTER + "max_instance: 3\n")
    assert validate()[1:] == ("True True", 1)


def _count_runs() -> tuple[Callable[[], tuple[int, str]], list[int]]:
    runs: list[int] = []

    def work() -> tuple[int, str]:
        runs.append(1)
        return 0, Path("cluster.yml").read_text()

    return work, runs


DAMAGE: dict[str, Callable[[bytes, bytes], bytes]] = {
    "empty": lambda _digest, _content: b"",
    "cut off": lambda digest, content: digest + b"\n" + content[: len(content) // 2],
    "another text": lambda digest, content: digest + b"\n" + content.replace(b"cpu-cluster", b"gpu-cluster"),
    "no text": lambda _digest, _content: b"\xff" * 100,
    "another program's": lambda _digest, _content: b'{"text": 1}',
}


def test_a_link_to_itself_hides_nothing_beside_it(caches: Path) -> None:
    """What can't be told of one entry of a folder is no reason to overlook another one."""
    Path("folder").mkdir()
    Path("folder/link.yml").symlink_to("link.yml")
    assert kept.result_of(["w"], partial(check, ["folder"], [])) == check(["folder"], [])
    Path("folder/cluster.yml").write_text(CLUSTER)
    assert kept.result_of(["w"], partial(check, ["folder"], [])) == check(["folder"], [])
    assert len(list(caches.iterdir())) == 1


@each("damage", DAMAGE.values(), ids=list(DAMAGE))
def test_what_is_no_whole_result_is_not_taken(damage: Callable[[bytes, bytes], bytes], caches: Path) -> None:
    """It is ignored, and written anew."""
    Path("cluster.yml").write_text(CLUSTER)
    work, _ = _count_runs()
    kept.result_of(["w"], work)
    (file,) = caches.iterdir()
    whole = file.read_bytes()
    digest, _, content = whole.partition(b"\n")
    file.write_bytes(damage(digest, content))
    assert kept.result_of(["w"], work) == (0, CLUSTER)
    assert file.read_bytes() == whole


def test_a_change_while_it_works_is_not_kept(caches: Path) -> None:
    Path("cluster.yml").write_text(CLUSTER)

    def work() -> tuple[int, str]:
        before = Path("cluster.yml").read_text()
        Path("cluster.yml").write_text("changed by an editor\n")
        return 0, before + Path("cluster.yml").read_text()

    kept.result_of(["w"], work)
    assert not caches.exists()


def test_who_asks_for_an_open_file_keeps_nothing(caches: Path) -> None:
    def work() -> tuple[int, str]:
        with Path("cluster.yml").open("w") as file:
            os.stat(file.fileno())  # noqa: PTH116
        return 0, ""

    kept.result_of(["w"], work)
    assert not caches.exists()


@pytest.mark.usefixtures("caches")
def test_another_module_is_another_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes the code, or installs another version of a package, gets its answer."""
    module = Path("answering.txt").resolve()
    module.write_text("1")
    Path("cluster.yml").write_text(CLUSTER)
    monkeypatch.setitem(sys.modules, "answering", type(sys)("answering"))
    monkeypatch.setattr(sys.modules["answering"], "__file__", str(module), raising=False)
    work, runs = _count_runs()
    kept.result_of(["w"], work)
    kept.result_of(["w"], work)
    assert len(runs) == 1
    module.write_text("2")
    kept.result_of(["w"], work)
    assert len(runs) == 2


def test_the_oldest_results_go(caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 3)
    for number in range(5):
        kept.result_of([str(number)], lambda: (0, ""))
        time.sleep(0.01)
    assert len(list(caches.iterdir())) == 3
    kept.result_of(["4"], _never)


@each("place", ["file", "relative", "/proc/none"])
def test_without_a_place_nothing_is_kept(place: str, caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = caches.parent.parent / "file"
    file.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(file) if place == "file" else place)
    assert kept.result_of(["w"], lambda: (1, "said")) == (1, "said")
    assert not caches.exists()
    assert list(Path().iterdir()) == []
