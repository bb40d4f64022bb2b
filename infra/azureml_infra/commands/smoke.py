"""``azureml-infra smoke``: a first run on Azure, which makes a small platform in a resource group and deletes it."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from azureml_arm import clouds, credentials
from azureml_arm.clouds import CloudError
from azureml_arm.sandbox import SUBSCRIPTION
from azureml_infra.dynamic.clients import ArmClient
from azureml_infra.smoke import azure, checks
from azureml_infra.smoke.engine import ENGINES, engine
from azureml_infra.smoke.report import CheckOutcome, SmokeReport
from azureml_infra.smoke.story import Smoke

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

OK, FAILED, UNUSABLE = 0, 1, 2


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = (
        "What it makes costs little (a cluster without nodes, no endpoint) and is deleted again. It exits with 1 where "
        "a check failed, and with 2 where it can't begin. docs/first-run-on-azure.md says what it looks at."
    )
    option = parser.add_argument
    option("--resource-group", required=True, metavar="NAME", help="one that exists; best an empty one")
    option("--report", type=Path, default=Path("azure-smoke.md"), metavar="FILE", help="default: %(default)s")
    option(
        "--folder", type=Path, default=Path(".azure-smoke"), metavar="DIR", help="its project (default: %(default)s)"
    )
    option("--engine", choices=ENGINES, default="pulumi", help="sandbox: a rehearsal, under `azureml-sandbox run`")


def run(arguments: Namespace) -> int:
    """Make the checks and write the report."""
    subscription = os.environ.get("ARM_SUBSCRIPTION_ID") or os.environ.get("AZURE_SUBSCRIPTION_ID")
    if not subscription:
        return _refuse("which subscription? set ARM_SUBSCRIPTION_ID")
    if arguments.engine == "sandbox" and subscription != SUBSCRIPTION:
        return _refuse(f"--engine sandbox: {subscription} isn't the sandbox's; run it by `azureml-sandbox run -- …`")
    try:
        cloud = clouds.choose()
    except CloudError as error:
        return _refuse(str(error))
    title = f"Smoke run in {arguments.resource_group} of {subscription} ({cloud.name} cloud)"
    report = SmokeReport(arguments.report, title, lambda line: print(line, flush=True))
    who = credentials.credential(cloud)
    entry = _signed_in(who, cloud, report)
    if entry and _has_engine(arguments.engine, report):
        reader = azure.AzureReader(ArmClient(cloud, who), subscription, arguments.resource_group)
        folder = arguments.folder.resolve()
        Smoke(reader, engine(arguments.engine, folder), folder, report, entry).run()
    report.write()
    print(f"\n{'Something is wrong' if report.failed else 'All is well'}: {arguments.report} has it all.")
    return FAILED if report.failed else OK


def _signed_in(who: TokenCredential, cloud: clouds.AzureCloud, report: SmokeReport) -> dict[str, str]:
    """Return the entry of `access` for whoever is signed in; an empty one where nobody is."""
    from azure.core.exceptions import AzureError

    try:
        claims = credentials.claims_of(who.get_token(cloud.scope).token)
    except (AzureError, ValueError) as error:
        said = str(error) if isinstance(error, AzureError) else f"the token can't be read: {error}"
        report.add(checks.SIGN_IN, CheckOutcome.FAILED, said, checks.MEANINGS[checks.SIGN_IN])
        return {}
    is_app = claims.get("idtyp") == "app" or not (claims.get("upn") or claims.get("unique_name"))
    kind = "service_principal" if is_app else "user"
    name = claims.get("upn") or claims.get("unique_name") or claims.get("appid") or ""
    report.add(checks.SIGN_IN, CheckOutcome.OK, f"{kind} {claims.get('oid')} {name} of tenant {claims.get('tid')}")
    return {"principal": str(claims.get("oid")), "principal_type": kind}


def _has_engine(name: str, report: SmokeReport) -> bool:
    found = shutil.which("pulumi") if name == "pulumi" else sys.executable
    outcome = CheckOutcome.OK if found else CheckOutcome.FAILED
    report.add(checks.ENGINE, outcome, name if found else "there is no pulumi on PATH", checks.MEANINGS[checks.ENGINE])
    return bool(found)


def _refuse(why: str) -> int:
    sys.stderr.write(f"error: {why}\n")
    return UNUSABLE
