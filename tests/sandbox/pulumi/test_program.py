"""A project's folder is run as Pulumi runs it, and leaves nothing behind in this process."""

import os
import pickle
import signal
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest

from azureml_sandbox import EngineError, RunFailedError, Sandbox
from kit.paths import write_files

Write = Callable[..., Path]

PULUMI = "name: shop\nruntime: python\n"


@pytest.fixture
def project(tmp_path: Path) -> Write:
    """Write files (``__main__.py`` from the text given) into a project's folder."""

    def write(program: str, **files: str) -> Path:
        named = {name.replace("__", "."): text for name, text in files.items()}
        texts = {"Pulumi.yaml": PULUMI, "__main__.py": program, **named}
        return write_files(tmp_path, {name: textwrap.dedent(text) for name, text in texts.items()})

    return write


def outputs(folder: Path) -> dict[str, object]:
    return Sandbox().preview(folder).outputs


def test_a_program_sees_its_project_folder_and_modules(project: Write) -> None:
    folder = project(
        """
        import os, sys, pulumi, helper
        pulumi.export("where", [os.getcwd(), sys.path[0], __name__, pulumi.get_project(), pulumi.get_stack()])
        pulumi.export("helper", helper.VALUE)
        """,
        helper__py="VALUE = 1",
    )
    found = outputs(folder)
    assert found["where"] == [str(folder), str(folder), "__main__", "shop", "sandbox"]
    (folder / "helper.py").write_text("VALUE = 'edited'", encoding="utf-8")
    assert outputs(folder)["helper"] == "edited"


def test_nothing_of_a_run_is_left(project: Write) -> None:
    folder = project(
        """
        import os, pickle, signal, sys, pulumi
        import left_behind
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.argv.append("--odd")
        os.chdir("/")
        pickle._Pickler.save_dict
        pulumi.runtime.set_config("shop:leak", "1")
        """,
        left_behind__py="",
    )
    before = (list(sys.path), list(sys.argv), Path.cwd(), signal.getsignal(signal.SIGINT), pickle._Pickler.save_dict)  # type: ignore[attr-defined]
    main = sys.modules["__main__"]
    Sandbox().preview(folder)
    after = (list(sys.path), list(sys.argv), Path.cwd(), signal.getsignal(signal.SIGINT), pickle._Pickler.save_dict)  # type: ignore[attr-defined]
    assert before == after
    assert "left_behind" not in sys.modules
    assert sys.modules["__main__"] is main
    assert pulumi.Config("shop").get("leak") is None


def test_main_may_be_elsewhere(project: Write) -> None:
    folder = project("raise SystemExit('wrong one')", Pulumi__yaml=PULUMI + "main: src\n")
    (folder / "src").mkdir()
    (folder / "src" / "__main__.py").write_text("import pulumi\npulumi.export('a', 1)", encoding="utf-8")
    assert outputs(folder) == {"a": 1}


def test_configuration_comes_from_the_project_and_the_stack(project: Write) -> None:
    folder = project(
        """
        import pulumi
        config = pulumi.Config()
        pulumi.export("all", [config.get("size"), config.get("tier"), config.get_bool("on"), config.get_object("many"),
                              pulumi.Config("azure-native").get("location")])
        """,
        Pulumi__yaml=PULUMI + "config: {tier: {type: string, default: basic}, size: 1}\n",
        Pulumi__sandbox__yaml=(
            "config: {shop:size: 5, azure-native:location: westeurope, shop:on: true, shop:many: [1, a]}"
        ),
    )
    assert outputs(folder)["all"] == ["5", "basic", True, [1, "a"], "westeurope"]


SECRET_PROGRAM = "import pulumi\npulumi.export('pw', pulumi.Config().require_secret('pw'))"


def test_a_secret_in_clear_is_refused(project: Write) -> None:
    folder = project(SECRET_PROGRAM, Pulumi__sandbox__yaml="config: {shop:pw: {secure: hush}}")
    with pytest.raises(EngineError, match=r"Pulumi\.sandbox\.yaml: the secret 'shop:pw' is not encrypted.*--secret"):
        outputs(folder)


def test_a_sealed_secret_needs_its_passphrase(project: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    salt, sealed = seal("right", "hush")
    folder = project(
        SECRET_PROGRAM, Pulumi__sandbox__yaml=f"encryptionsalt: {salt}\nconfig: {{shop:pw: {{secure: '{sealed}'}}}}"
    )
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    with pytest.raises(EngineError, match="can't be decrypted without PULUMI_CONFIG_PASSPHRASE"):
        outputs(folder)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    with pytest.raises(EngineError, match="the passphrase is not the one"):
        outputs(folder)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "right")
    result = Sandbox().preview(folder)
    assert (result.outputs, list(result.secret_outputs)) == ({"pw": "hush"}, ["pw"])


def seal(passphrase: str, text: str) -> tuple[str, str]:
    """Return the salt line and the value, as Pulumi's passphrase provider writes them."""
    import base64
    import hashlib

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = b"saltsalt", b"nonce-nonce-"
    key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, 1_000_000, 32)

    def encrypt(plain: str) -> str:
        parts = (nonce, AESGCM(key).encrypt(nonce, plain.encode(), None))
        return "v1:" + ":".join(base64.b64encode(part).decode() for part in parts)

    return f"v1:{base64.b64encode(salt).decode()}:{encrypt('pulumi')}", encrypt(text)


def test_the_sandbox_can_be_given_secrets_of_its_own(project: Write) -> None:
    folder = project(SECRET_PROGRAM, Pulumi__sandbox__yaml="config: {shop:pw: {secure: v1:a:b}}")
    (folder / ".sandbox").mkdir()
    (folder / ".sandbox" / "secrets.yaml").write_text("pw: local\n", encoding="utf-8")
    result = Sandbox().preview(folder)
    assert (result.outputs, list(result.secret_outputs)) == ({"pw": "local"}, ["pw"])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"Pulumi__yaml": "name: [\n"}, r"Pulumi\.yaml: not readable as YAML"),
        ({"Pulumi__yaml": "- a\n"}, r"Pulumi\.yaml: expected a mapping"),
        ({"Pulumi__yaml": "name: x\nruntime: nodejs\n"}, r"runtime is 'nodejs'; only python"),
        ({"Pulumi__yaml": "runtime: python\n"}, "a project needs a name"),
        ({"Pulumi__yaml": PULUMI + "main: nowhere\n"}, "nowhere: there is no program"),
    ],
)
def test_a_broken_project_is_reported(project: Write, files: dict[str, str], message: str) -> None:
    with pytest.raises(EngineError, match=message):
        outputs(project("", **files))


def test_a_folder_without_a_project_is_reported(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"there is no Pulumi\.yaml"):
        outputs(tmp_path)


def test_an_asynchronous_program_is_awaited(project: Write) -> None:
    folder = project(
        """
        import asyncio, pulumi
        async def main():
            await asyncio.sleep(0)
            return {"done": True}
        pulumi.run(main)
        """
    )
    assert outputs(folder) == {"done": True}


def test_leaving_early_is_an_end_or_an_error(project: Write) -> None:
    assert outputs(project("import pulumi\npulumi.export('a', 1)\nraise SystemExit(0)")) == {"a": 1}
    with pytest.raises(RunFailedError, match="3"):
        outputs(project("raise SystemExit(3)"))


def test_a_dynamic_resource_of_the_program_is_deleted_without_running_it(project: Write) -> None:
    folder = project(
        """
        from shelf import Item
        Item("item")
        """,
        shelf__py="""
        import os, pathlib
        import pulumi
        from pulumi.dynamic import CreateResult, Resource, ResourceProvider

        class Shelf(ResourceProvider):
            def create(self, props):
                pathlib.Path("log").write_text("made in " + os.getcwd())
                return CreateResult("1", {})

            def delete(self, id, props):
                pathlib.Path("log").write_text("deleted in " + os.getcwd())

        class Item(Resource):
            def __init__(self, name):
                super().__init__(Shelf(), name, {})
        """,
    )
    sandbox = Sandbox()
    sandbox.up(folder)
    assert (folder / "log").read_text() == f"made in {folder}"
    (folder / "__main__.py").write_text("raise SystemExit('not run')", encoding="utf-8")
    sandbox.destroy(folder)
    assert (folder / "log").read_text() == f"deleted in {folder}"
    assert os.fspath(folder) not in sys.path
