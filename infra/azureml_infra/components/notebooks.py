"""Notebooks and scripts that everyone finds on their compute instance, in the workspace's file share."""

from collections.abc import Sequence

import pulumi

from azureml_infra.components.base import Component
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.known import wait_for
from azureml_infra.components.scope import text
from azureml_infra.dynamic.notebooks import NotebooksUpload
from azureml_infra.entities.arguments import refuse_unless
from azureml_infra.entities.content import Content, content
from azureml_infra.entities.notebooks import IGNORED, NotebooksArgs

SHARE = ("workspaceworkingdirectory", "fileShareName")
"""The datastore of the file share that instances mount as ``~/cloudfiles/code``, and ARM's word for that share."""


class Notebooks(Component):
    """Local files and folders in the workspace's file share, written by the identity of whoever runs the program.

    `uploads` and `addresses` have one for each entry, by its place in the share. Files go when their entry does, except
    for what somebody has changed there.
    """

    uploads: dict[str, NotebooksUpload]
    addresses: dict[str, pulumi.Output[str]]
    """Where each entry is in the file share, over https."""

    def __init__(
        self,
        name: str,
        entries: Sequence[NotebooksArgs],
        *,
        workspace: AnyWorkspace,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        workspace = use(workspace)
        super().__init__("Notebooks", name, workspace.inside(opts))
        base = workspace.foundation
        made = base.made.get("storage")
        share, address = workspace.container_of(*SHARE), base.storage_endpoint("file")
        self.uploads, self.addresses = {}, {}
        for entry in entries:
            refuse_unless(entry, (NotebooksArgs,), "Notebooks", "entries", "a list of NotebooksArgs")
            self.uploads[entry.target] = NotebooksUpload(
                entry.target,
                _read(entry),
                entry.local.path,
                account_id=base.ids["storage"] or "",
                account_url=address,
                share=share,
                folder=entry.folder,
                opts=self.below(
                    depends_on=[workspace.scope.ready, *workspace.shared.waits],
                    deleted_with=made,  # the account takes its share along
                ),
            )
            made_at = text("{account}{share}/{path}", account=address, share=share, path=entry.target)
            self.addresses[entry.target] = wait_for(made_at, self.uploads[entry.target])
        self.register_outputs({})


def _read(entry: NotebooksArgs) -> Content:
    try:
        return content(entry.local.path, IGNORED)
    except ValueError as error:
        raise pulumi.RunError(f"notebooks: {error}") from error
