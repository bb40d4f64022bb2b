"""What a mistake says, and how many are said."""

from azureml_infra.yaml.problems import DescriptionError, Problem, nearest


def test_a_problem_reads_as_place_mistake_expectation_and_suggestion() -> None:
    assert str(Problem("a.yml", 2, 3, "x is y", "z", '"q"')) == 'a.yml:2:3: x is y; expected z; did you mean "q"?'
    assert str(Problem("a.yml", 2, 3, "x is y", severity="warning")) == "a.yml:2:3: warning: x is y"


def test_problems_are_sorted_once_each_and_not_endless() -> None:
    problems = [Problem("f.yml", line, 1, "wrong") for line in range(300, 0, -1)]
    lines = DescriptionError([*problems, *problems]).lines()
    assert lines[:2] == ["f.yml:1:1: wrong", "f.yml:2:1: wrong"]
    assert lines[-1] == "… and 100 more"


def test_suggestions_are_found_among_thousands_of_names() -> None:
    known = [f"cpu-cluster-{number}" for number in range(3000)]
    assert nearest("gpu-cluster-1234", known) == '"cpu-cluster-1234"'
    assert nearest("something-else", known) == ""
