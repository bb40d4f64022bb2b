"""Jobs: submitted once per content."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi

from azureml_infra.components.base import SingleResource, refuse_foreign
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.known import by_content, wait_for
from azureml_infra.components.scope import Built, Scope
from azureml_infra.components.versions import take_back
from azureml_infra.entities import job as entities
from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import body
from azureml_infra.entities.data_import import DataImport as DataImportArgs
from azureml_infra.entities.job import former_name, job_name
from azureml_infra.entities.references import Reference
from azureml_infra.entities.words import snake

TOKEN = "machinelearningservices:Job"  # noqa: S105  (a type's token)


class Job(SingleResource):
    """A job that `up` submits. Its name derives from its content: an unchanged job is never run again.

    A changed one is another job; the earlier run and its history stay in the workspace. Once submitted, nothing of a
    job is ever sent again, whatever `@latest` has come to mean since.
    """

    model: ClassVar[type[Entity]] = entities.Job
    """What it is made of."""

    id: pulumi.Output[str]
    job_name: str

    def __init__(
        self,
        name: str,
        job: entities.Job | DataImportArgs,
        *,
        workspace: AnyWorkspace,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        kind = type(self).__name__
        refuse_foreign(kind, snake(kind), job, self.model)
        workspace = use(workspace)
        super().__init__(kind, name, workspace.inside(opts))
        scope = workspace.scope
        resolution = workspace.resolution()
        request = body(job, resolution)
        self.job_name = _name(scope, job, by_content(request))
        if scope.built.find(("jobs",), Reference("", "workspace", name=self.job_name)):
            raise pulumi.RunError(
                f"the job {name} runs just what another job of this program runs; remove one, or give one a `name`"
            )
        path = scope.path(id=self.job_name)
        kept = pulumi.ResourceOptions(
            depends_on=resolution.dependencies, ignore_changes=["properties"], retain_on_delete=True
        )
        options = pulumi.ResourceOptions.merge(kept, take_back(scope, TOKEN, path, None))
        self.make(TOKEN, self.job_name, path, request, options)
        own_id = scope.add("jobs", self.job_name, self.resource)
        if job.name:  # a schedule refers to it so
            scope.keep("jobs", job.name, Built(own_id, self.resource))
        self.id = wait_for(own_id, self.resource)


class DataImport(Job):
    """An import of data, which is a job; the data asset is what it writes."""

    model = DataImportArgs


def _name(scope: Scope, job: entities.Job | DataImportArgs, request: Mapping[str, Any]) -> str:
    """Return a job's name: the one that it was submitted under, where that was before titles had no part in it."""
    name, former = job_name(job, request), former_name(job, request)
    submitted = former != name and scope.live(TOKEN, scope.path(id=former)) is not None
    return former if submitted else name
