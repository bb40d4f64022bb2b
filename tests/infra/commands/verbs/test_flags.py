"""What az's flags do beyond writing a field: values inside of a field, secrets, registries, what is refused."""

from pathlib import Path
from typing import Any

import pytest

from kit.paths import EXAMPLES
from kit.verbs import GPU, Run, read_file

IDENTITY = (
    "/subscriptions/5a4d0b0c-0000-4000-8000-000000000001/resourceGroups/rg/providers"
    "/Microsoft.ManagedIdentity/userAssignedIdentities/"
)
LOGIN = ("--admin-username", "dana", "--admin-password")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("-i", "[system]"), {"identity": {"type": "system_assigned"}}),
        (("-i", "[system]", "--identity-type", "SystemAssigned"), {"identity": {"type": "SystemAssigned"}}),
        (
            ("--user-assigned-identities", f"{IDENTITY}a,{IDENTITY}b"),
            {
                "identity": {
                    "type": "user_assigned",
                    "user_assigned_identities": [{"resource_id": f"{IDENTITY}{one}"} for one in "ab"],
                }
            },
        ),
        (
            (*LOGIN, "${{secrets.GPU_PASSWORD}}"),
            {"ssh_settings": {"admin_password": "${{secrets.GPU_PASSWORD}}", "admin_username": "dana"}},
        ),
        (("--ssh-public-access-enabled",), {"ssh_public_access_enabled": True}),
        (
            ("--vnet-name", "net", "--subnet", "nodes", "--identity-type", "SystemAssigned", "-d", "300", "--no-wait"),
            {
                "network_settings": {"vnet_name": "net", "subnet": "nodes"},
                "identity": {"type": "SystemAssigned"},
                "idle_time_before_scale_down": 300,
            },
        ),
    ],
    ids=["system", "type", "user", "password", "switch", "network"],
)
def test_what_is_inside_of_a_field_has_azs_flags(
    words: tuple[str, ...], says: dict[str, Any], run: Run, project: Path
) -> None:
    made = run(*GPU, *words)
    assert (made.code, {word: made.data[word] for word in says}) == (0, says)
    assert made.data == {key: value for key, value in read_file(project, "computes/gpu.yml").items() if key[0] != "$"}


def test_a_password_in_clear_text_is_refused_with_the_way_to_give_it(run: Run, project: Path) -> None:
    found = run(*GPU, *LOGIN, "hunter2!")
    assert (found.code, found.out) == (1, "")
    assert "pulumi config set --secret" in found.err
    assert "hunter2" not in found.err
    assert not (project / "platform" / "computes" / "gpu.yml").exists()


def test_an_attached_compute_is_described(run: Run, project: Path) -> None:
    cluster = f"{IDENTITY.partition('/providers')[0]}/providers/Microsoft.ContainerService/managedClusters/aks"
    words = ("compute", "attach", "-n", "k8s", "--type", "Kubernetes", "--resource-id", cluster, "--namespace", "ml")
    assert run(*words, "--no-wait").code == 0
    assert read_file(project, "computes/k8s.yml")["namespace"] == "ml"


def test_an_environment_is_built_from_a_folder_of_the_description(run: Run, project: Path) -> None:
    (project / "platform" / "image").mkdir()
    (project / "platform" / "image" / "Other").write_text("FROM scratch\n", "utf-8")
    words = ("environment", "create", "-n", "built", "-v", "1", "-b", "platform/image", "-d", "Other")
    assert run(*words).code == 0
    assert read_file(project, "environments/built.yml")["build"] == {"path": "../image", "dockerfile_path": "Other"}


def test_a_new_deployment_gets_all_requests_of_its_endpoint(run: Run, project: Path) -> None:
    endpoint = project / "platform" / "endpoint" / "endpoint.yml"
    endpoint.write_text(f"# Ours.\n{endpoint.read_text('utf-8')}", "utf-8")
    file = endpoint.with_name("red.yml")
    file.write_text(endpoint.with_name("blue.yml").read_text("utf-8").replace("name: blue", "name: red"), "utf-8")
    made = run("online-deployment", "create", "-f", str(file), "--all-traffic")
    assert (made.code, made.err) == (0, "named endpoint/red.yml in platform.yml; `pulumi up` makes it\n")
    assert read_file(project, "endpoint/endpoint.yml")["traffic"] == {"red": 100}
    assert endpoint.read_text("utf-8").startswith("# Ours.\n$schema")


def test_a_deployment_can_be_the_default_of_a_batch_endpoint(run: Run, project: Path) -> None:
    platform = project / "platform" / "platform.yml"
    with platform.open("a", encoding="utf-8") as file:
        file.write("batch_endpoints:\n  - name: nightly-diabetes # in place\n")
    before = platform.read_bytes()
    words = ("batch-deployment", "create", "-n", "new", "--model", "azureml:m:1", "--compute", "azureml:aml-cluster")
    lost = run(*words, "-e", "nowhere", "--set-default")
    assert (lost.code, platform.read_bytes()) == (1, before)
    found = run(*words, "-e", "nightly-diabetes", "--set-default")
    assert (found.code, read_file(project, "platform.yml")["batch_endpoints"]) == (
        0,
        [{"name": "nightly-diabetes", "defaults": {"deployment_name": "new"}}],
    ), found.err
    assert "# in place" in platform.read_text("utf-8")


def test_a_workspace_has_the_isolation_of_its_network_by_a_word(run: Run) -> None:
    words = "workspace create -n mlw-new -l westeurope -m allow_internet_outbound --into new --provision-network-now -u"
    made = run(*words.split(), "--no-wait").data
    assert made["managed_network"] == {"isolation_mode": "allow_internet_outbound"}
    store = ("feature-store", "create", "-n", "features", "-l", "westeurope", "--into", "store", "-t", f"{IDENTITY}a")
    assert run(*store).data["materialization_identity"] == {"resource_id": f"{IDENTITY}a"}


def test_an_asset_is_shared_or_made_in_a_registry(run: Run, project: Path) -> None:
    registry = f"{IDENTITY.partition('/providers')[0]}/providers/Microsoft.MachineLearningServices/registries/shared"
    words = ("environment", "create", "-n", "sklearn", "-v", "2", "--image", "mcr.microsoft.com/a:1")
    assert run(*words, "--registry-name", registry).data["registry"] == registry
    share = ("environment", "share", "-n", "diabetes-env", "-v", "1", "--registry-name", registry)
    file = "share/shared-diabetes.yml"
    made = run(*share, "--share-with-name", "diabetes", "--share-with-version", "7")
    assert (made.code, made.err) == (
        0,
        f"wrote platform/{file}, named {file} in platform.yml; `pulumi up` makes it\n",
    )
    assert read_file(project, file) == {
        "environment": "azureml:diabetes-env:1",
        "registry": registry,
        "share_with_name": "diabetes",
        "share_with_version": 7,
    }
    wrong = run(*share, "--share-with-version", "7", "--into", "nowhere")
    assert wrong.err.startswith("error: nowhere has no platform.yml")


def test_data_is_imported_by_a_description(run: Run, project: Path) -> None:
    login = ("--type", "azure_sql_db", "--target", "Server=a", "--credentials", "{type: none}")
    assert run("connection", "create", "-n", "orders", *login).code == 0
    (project / "orders.yml").write_text((EXAMPLES / "monitoring/imports/orders.yml").read_text("utf-8"), "utf-8")
    made = run("data", "import", "-f", "orders.yml", "-n", "orders-daily", "--skip-validation")
    assert (made.code, made.data["source"]["query"]) == (0, "select * from orders")
    assert read_file(project, "data_imports/orders-daily.yml")["name"] == "orders-daily"
    flags = ("--type", "mltable", "--source", "{type: database, connection: azureml:orders, query: select 1}")
    assert run("data", "import", "-n", "few", *flags, "--path", "azureml://datastores/lake/paths/few").code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            "compute delete -n x",
            "there is no `compute delete` here: `up` does it: take the compute out of the description",
        ),
        ("job download -n x", "`az ml job download` does it"),
        ("connection show -n x --populate-secrets", "--populate-secrets: secrets are neither asked for nor shown"),
        ("index list", "there is no `index` here: the workspace's own service keeps them alone"),
        ("online-endpoint list --local", "--local: a container on one's own machine"),
        ("model list --stage Production", "--stage takes --name"),
    ],
)
def test_what_is_not_here_is_refused_with_what_to_do(words: str, says: str, run: Run) -> None:
    found = run(*words.split())
    assert (found.code in (1, 2), found.out) == (True, "")
    assert says in found.err
