"""Whether a job's code is what was registered: looked at where the job acts in its submitter's name.

"Snapshots are protected by checksum validation ... the job may fail"
(https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication).
"""

from azureml_arm.snapshots import VERSION, File, snapshot_hash
from azureml_sandbox.data.blobs import Blobs
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.machinelearning.uploads import place_of


def refusal(azure: Cloud, job: Body) -> str | None:
    """Return why a job's code isn't trusted; None where it is, or where nothing is checked."""
    if str(dig(job, "properties.identity.identityType") or "").lower() != "useridentity":
        return None
    code_id = str(job["properties"].get("codeId") or "")
    found = azure.find(code_id) if code_id.startswith("/") else None
    if found is None:
        return None
    code = found["properties"]
    hashes = code.get("properties") or {}
    actual = _hash(azure.part(Blobs), str(code.get("codeUri") or "")) if hashes.get("hash_sha256") else None
    if actual is None or (hashes.get("hash_sha256"), str(hashes.get("hash_version"))) == (actual, VERSION):
        return None
    return (
        "The code snapshot's checksum isn't the registered one, so the job can't run in its submitter's name: "
        f"hash_sha256 of {code_id} must be {actual} with hash_version {VERSION}."
    )


def _hash(blobs: Blobs, uri: str) -> str | None:
    """Return the hash of what lies at an address; None for an address that leads to no file here."""
    account, container, prefix = place_of(uri)
    try:
        found = [blob for blob in blobs.list(account, container, f"{prefix}/") if not blob.is_folder]
    except ArmError:
        return None
    files: dict[str, File] = {
        blob.name.removeprefix(f"{prefix}/"): (
            blob.size,
            lambda name=blob.name: [blobs.get(account, container, name)],  # type: ignore[misc]
        )
        for blob in found
    }
    return snapshot_hash(files) if files else None
