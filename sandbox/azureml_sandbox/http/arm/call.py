"""One request to ARM, with what the handlers ask of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from azureml_arm.ids import ResourceId
from azureml_sandbox.azure import Azure, parse
from azureml_sandbox.faults import Subject
from azureml_sandbox.http.arm.checks import body_of
from azureml_sandbox.http.message import Request
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.resource import ResourceType
from azureml_sandbox.services import answers


@dataclass(frozen=True)
class Call:
    """A request that has passed ARM's own checks."""

    azure: Azure
    request: Request
    subject: Subject
    """What fault rules are held against."""

    @property
    def path(self) -> str:
        """Return the path without a slash at its end."""
        return self.request.path.rstrip("/")

    @property
    def query(self) -> Mapping[str, str]:
        """Return the query's parameters, their names in lower case."""
        return self.request.query

    @cached_property
    def target(self) -> ResourceId:
        """Return the resource whose id the path is; ArmError where it is none."""
        return parse(self.path)

    @cached_property
    def kind(self) -> ResourceType:
        """Return the model of the resource's type; ArmError where there is none."""
        return self.azure.kind(self.target)

    @cached_property
    def body(self) -> dict[str, Any]:
        """Return the JSON object that was sent."""
        return body_of(self.request)

    def render(self, resource: Body, *, listed: bool = False) -> Body:
        """Return a resource as its service answers it to this request, by itself or in a list."""
        method = answers.LIST if listed else self.request.method
        return answers.render(resource, self.query.get("api-version", ""), method)

    @property
    def caller(self) -> str | None:
        """Return the object id of who asks."""
        return (self.request.claims or {}).get("oid")
