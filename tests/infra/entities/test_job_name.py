"""A job's name is made of its content."""

import asyncio
from pathlib import Path

import pulumi
import pytest

from azureml_infra.entities.body import body
from azureml_infra.entities.job import CommandJob, PipelineJob, job_name
from kit.entity_bodies import PlainResolver, load
from kit.job_yaml import COMMAND

pytestmark = pytest.mark.usefixtures("folder")


def _name(text: str = COMMAND, **words: str) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    job = load(CommandJob, text)
    return job_name(job, body(job, PlainResolver()))


def test_a_jobs_name_is_its_content() -> None:
    assert _name() == _name()
    assert _name().startswith("diabetes-data-example-")
    assert _name(ro_mount="download") != _name()
    assert _name(main="other") != _name()
    assert _name(COMMAND + "name: mine\n").startswith("mine-")


def test_labels_make_no_other_run() -> None:
    assert _name(Train="Teach") == _name()
    assert _name(COMMAND + "tags: {a: b}\n") == _name()


def test_labels_of_steps_make_no_other_run() -> None:
    def name(more: str) -> str:
        job = load(PipelineJob, f"{{type: pipeline, jobs: {{a: {{component: 'azureml:train:1'{more}}}}}}}")
        return job_name(job, body(job, PlainResolver()))

    assert name(", display_name: Train, description: trains, tags: {a: b}") == name("")
    assert name(", compute: azureml:cpu") != name("")


def test_a_title_makes_no_other_name() -> None:
    plain = "command: x\nenvironment: {image: a/b}\n"
    assert _name(plain + "display_name: Neu\n") == _name(plain)


def test_a_jobs_name_follows_its_files_where_ids_are_not_known_yet(folder: Path) -> None:
    """A workspace whose name is an Output makes every id one, which hides what changed."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    request = {"properties": {"codeId": pulumi.Output.from_input("later")}}
    before = job_name(load(CommandJob, COMMAND), request)
    assert job_name(load(CommandJob, COMMAND), request) == before
    (folder / "src" / "main.py").write_text("print(2)\n", "utf-8")
    assert job_name(load(CommandJob, COMMAND), request) != before
