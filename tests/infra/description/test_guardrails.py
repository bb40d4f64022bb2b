"""What a description's author reads about guardrails."""

from pathlib import Path

import pytest

from azureml_arm.actions import WORKSPACE
from azureml_infra import DescriptionError, load
from azureml_infra.entities.guardrails import DATA_SCIENTIST
from kit.guardrail_platforms import ACCESS, HEAD, POLICY

CLUSTER_YML = "computes:\n  - {name: cpu, type: amlcompute, size: Standard_E4s_v3, max_instances: 50}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            ACCESS,
            f'platform.yml:4:11: the role "{DATA_SCIENTIST}" isn\'t made here; expected '
            "`guardrails: {data_scientist_role: true}`, too",
        ),
        pytest.param(
            "guardrails: {allowed_compute: {sizes: [Standard_DS3_v9]}}\n",
            'platform.yml:3:40: "Standard_DS3_v9" is not a VM size that Azure ML offers; expected one of '
            "`azureml-infra compute list-sizes`; did you mean Standard_DS3_v2",
        ),
        pytest.param(
            "guardrails: {allowed_compute: {kinds: [amlcluster]}}\n",
            'platform.yml:3:40: item 1 of "kinds" is "amlcluster"; expected amlcompute, computeinstance, '
            'kubernetes, virtualmachine, databricks, synapsespark or serverless; did you mean "amlcompute"?',
        ),
        pytest.param(
            "guardrails: {allowed_compute: {effect: audit}}\n",
            "platform.yml:3:31: allowed_compute allows everything; expected kinds, sizes or max_instances",
        ),
        pytest.param(
            "guardrails: {allowed_compute: {max_instances: 2, effect: refuse}}\n",
            'platform.yml:3:58: "effect" is "refuse"; expected deny, audit or disabled',
        ),
        pytest.param(
            "guardrails: {data_scientist_rol: true}\n",
            'platform.yml:3:14: unknown field "data_scientist_rol" in "guardrails"; '
            'did you mean "data_scientist_role"?',
        ),
        pytest.param(
            "guardrails: {data_scientist_role: "
            "{not_actions: [Microsoft.MachineLearningServices/workspace/jobs/write]}}\n",
            'platform.yml:3:50: "Microsoft.MachineLearningServices/workspace/jobs/write" is not one of '
            f"the role's actions; expected {WORKSPACE}/…/read, write, delete or action, with * for any part; "
            f"did you mean {WORKSPACE}/jobs/write?",
        ),
        pytest.param(
            "guardrails: {data_scientist_role: {name: reader}}\n",
            'platform.yml:3:42: "reader" is a built-in role; expected another name',
        ),
        pytest.param(
            POLICY + CLUSTER_YML,
            'platform.yml:9:41: "Standard_E4s_v3" is not a size in allowed_compute; '
            "expected Standard_DS3_v2 or Standard_NC6s_v3\n"
            "platform.yml:9:73: 50 is more than allowed_compute allows; expected 10 or less",
        ),
        pytest.param(
            "guardrails: {allowed_compute: {kinds: [computeinstance]}}\n" + CLUSTER_YML,
            'platform.yml:5:23: "amlcompute" is not a kind in allowed_compute; expected computeinstance',
        ),
    ],
)
def test_mistakes_are_reported_where_they_are(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "platform.yml").write_text(HEAD + text)
    with pytest.raises(DescriptionError) as refused:
        load(tmp_path)
    said, wanted = refused.value.lines(), message.splitlines()
    assert [line[: len(start)] for line, start in zip(said, wanted, strict=True)] == wanted


def test_an_audited_description_may_ask_for_more(tmp_path: Path) -> None:
    (tmp_path / "platform.yml").write_text(HEAD + POLICY + "    effect: audit\n" + CLUSTER_YML)
    assert len(load(tmp_path).entities) == 1
