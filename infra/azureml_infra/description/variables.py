"""`${stack}` and `${region}`: what a description that several stacks share says of the stack that it is read for.

Names of compute instances and endpoints are unique in a region, so two stacks of one description need two of each.
"""

from dataclasses import dataclass, replace

from azureml_infra.yaml.nodes import Document, Map, Node, Scalar, Sequence

SHELL = ("command", "args")
"""Fields whose text a shell reads, where `${stack}` is a variable of its own."""


@dataclass(frozen=True)
class Variables:
    """The words that a text can have in `${…}`. What isn't known stands for itself, and names can be checked."""

    stack: str = "stack"
    region: str = "region"

    def fill(self, document: Document) -> Document:
        """Return a document with every variable filled in, in keys and values alike."""
        if not any(variable in line for line in document.lines for variable in self._values()):
            return document
        return document.with_value(self.fill_in(document.root))

    def fill_in(self, node: Node) -> Node:
        """Return a value with every variable filled in."""
        if isinstance(node, Map):
            entries = {
                self._fill_text(word): (self._fill_scalar(key), value if word in SHELL else self.fill_in(value))
                for word, (key, value) in node.entries.items()
            }
            return replace(node, entries=entries)
        if isinstance(node, Sequence):
            return replace(node, items=[self.fill_in(item) for item in node.items])
        return self._fill_scalar(node) if isinstance(node, Scalar) else node

    def _fill_scalar(self, node: Scalar) -> Scalar:
        text = self._fill_text(node.value) if isinstance(node.value, str) else node.value
        return node if text == node.value else replace(node, value=text, text=str(text))

    def _fill_text(self, text: str) -> str:
        for variable, value in self._values().items() if "${" in text else ():
            text = text.replace(variable, value)
        return text

    def _values(self) -> dict[str, str]:
        return {"${stack}": self.stack, "${region}": self.region}
