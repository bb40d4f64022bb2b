"""Which cloud a run is in, and that what a cloud's hosts are stands in one place."""

import re
from pathlib import Path

import pytest
from azure.core import AzureClouds
from azure.mgmt.core.tools import get_arm_endpoints

from azureml_arm import clouds
from azureml_arm.clouds import CLOUDS, PUBLIC, AzureCloud, CloudError, choose
from kit.paths import ROOT
from kit.rows import each

NOWHERE = {"AZURE_CONFIG_DIR": "/nonexistent"}
CHOICES: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "nothing": ({}, {}, "public"),
    "the stack's setting": ({clouds.SETTING: "usgovernment"}, {"ARM_ENVIRONMENT": "china"}, "usgovernment"),
    "azure-native's variable": ({}, {"ARM_ENVIRONMENT": "china", "AZURE_ENVIRONMENT": "public"}, "china"),
    "its other variable": ({}, {"AZURE_ENVIRONMENT": "usgovernment"}, "usgovernment"),
    "an empty variable": ({}, {"ARM_ENVIRONMENT": "", "AZURE_ENVIRONMENT": "china"}, "china"),
    "azure-native's short name": ({}, {"ARM_ENVIRONMENT": "usgov"}, "usgovernment"),
    "the name of az": ({}, {"ARM_ENVIRONMENT": "AzureUSGovernment"}, "usgovernment"),
    "the name of the Go SDK": ({}, {"AZURE_ENVIRONMENT": "AzureUSGovernmentCloud"}, "usgovernment"),
    "the name of azure-core": ({clouds.SETTING: "AZURE_CHINA_CLOUD"}, {}, "china"),
    "azure-identity's variable": ({}, {"AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/"}, "usgovernment"),
    "the same without https": ({}, {"AZURE_AUTHORITY_HOST": "login.chinacloudapi.cn"}, "china"),
}


@each("case", CHOICES)
def test_a_cloud_is_chosen(case: str) -> None:
    config, environ, name = CHOICES[case]
    assert choose(config, {**NOWHERE, **environ}).name == name


def test_azure_clis_cloud_counts_last(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[cloud]\nname = AzureUSGovernment\n", "utf-8")
    here = {"AZURE_CONFIG_DIR": str(tmp_path)}
    assert choose({}, here).name == "usgovernment"
    assert choose({}, {**here, "ARM_ENVIRONMENT": "public"}).name == "public"
    (tmp_path / "config").write_bytes(b"\xff[cloud")
    assert choose({}, here) == PUBLIC


@each(
    ("config", "environ", "where"),
    [
        ({clouds.SETTING: "german"}, {}, "azure-native:environment: there is no cloud 'german'"),
        ({}, {"ARM_ENVIRONMENT": "moon"}, "ARM_ENVIRONMENT: there is no cloud 'moon'"),
        ({}, {"AZURE_ENVIRONMENT": "moon"}, "AZURE_ENVIRONMENT: there is no cloud 'moon'"),
    ],
)
def test_a_cloud_that_there_is_not(config: dict[str, str], environ: dict[str, str], where: str) -> None:
    with pytest.raises(CloudError, match=f"^{where}; expected public, usgovernment, china$"):
        choose(config, environ)


CUSTOM = {
    "ARM_ENVIRONMENT": "custom",
    "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": "https://localhost:8443/",
    "ARM_RESOURCE_MANAGER_ENDPOINT": "https://localhost:8443",
    "ARM_RESOURCE_MANAGER_AUDIENCE": "https://management.azure.com",
}


def test_a_cloud_of_ones_own() -> None:
    found = choose({}, CUSTOM)
    assert (found.sign_in_url, found.resource_manager) == ("https://localhost:8443", "https://localhost:8443")
    assert found.own_manager == PUBLIC.resource_manager
    assert found.authority_url == PUBLIC.authority_url, "what is made says the same, however Azure was reached"
    assert (found.scope, found.storage) == ("https://management.azure.com/.default", PUBLIC.storage)
    with pytest.raises(CloudError, match="set ARM_RESOURCE_MANAGER_ENDPOINT, or name one of public"):
        choose({}, {**CUSTOM, "ARM_RESOURCE_MANAGER_ENDPOINT": ""})


@each("ours", CLOUDS.values(), ids=list(CLOUDS))
def test_addresses_are_those_of_microsofts_own_package(ours: AzureCloud) -> None:
    (known,) = [one for one in AzureClouds if one.value.lower() in ours.also or one.name.lower() in ours.also]
    theirs = get_arm_endpoints(known)
    assert ours.resource_manager == theirs["resource_manager"].rstrip("/")
    assert [ours.scope] == theirs["credential_scopes"]


_NAMED = ("authority", "resource_manager", "storage", "key_vault", "registry", "studio")
HOST = re.compile("|".join(re.escape(getattr(cloud, name)) for cloud in CLOUDS.values() for name in _NAMED))
_PARTS = ("arm", "infra", "policies", "review", "fleet")
TOOLKIT = [file for part in _PARTS for file in sorted((ROOT / part).rglob("*.py"))]
"""Of the sandbox nothing: it models the public cloud, and says what that says."""


def test_no_other_module_names_a_clouds_host() -> None:
    named = {
        str(file.relative_to(ROOT))
        for file in [*TOOLKIT, *(ROOT / "examples").rglob("__main__.py")]
        if HOST.search(file.read_text("utf-8"))
    }
    assert named == {"arm/azureml_arm/clouds.py", "fleet/azureml_fleet/model.py"}, "the latter in documentation"
