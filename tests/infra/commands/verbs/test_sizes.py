"""``azureml-infra compute list-sizes`` without Azure, and what the help of each noun says."""

import json

import pytest

from azureml_infra.__main__ import NOUNS as HELP
from azureml_infra.__main__ import main
from azureml_infra.commands.verbs.nouns import NOUNS


def sizes(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["compute", "list-sizes", *words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = sizes(capsys, "--gpu", "--min-vcpus", "96", "-o", "table")
    assert code == 0
    assert out.split()[:3] == ["Name", "V_cp_us", "Memory_gb"]
    assert any(line.startswith("Standard_ND96isr_H100_v5 ") and "8" in line for line in out.splitlines())
    assert err.startswith("5 of 261 sizes. A region offers a part of them")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = sizes(capsys, "--category", "compute optimized", "--min-memory", "1000")
    assert (code, err) == (0, "")
    assert [size["name"] for size in json.loads(out)] == ["Standard_FX48mds"]


def test_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert sizes(capsys, "--min-vcpus", "9999") == (1, "", "error: no size meets these conditions\n")
    assert "did you mean " in sizes(capsys, "--family", "DS3v2x")[2]


@pytest.mark.parametrize("name", NOUNS)
def test_each_noun_and_verb_has_its_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert HELP.keys() == NOUNS.keys()
    for words in ((name,), *((name, verb) for verb in NOUNS[name].verbs)):
        with pytest.raises(SystemExit) as end:
            main([*words, "--help"])
        printed = capsys.readouterr().out
        assert end.value.code == 0
        assert printed.startswith(f"usage: azureml-infra {' '.join(words)} ")
        assert "``" not in printed
        if words[1:] == ("create",) and name != "job":
            assert {"--file", "--into", "--set", "--name"} <= set(printed.replace("[", " ").split())
