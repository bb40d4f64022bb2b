"""What a process has worked out and would work out again: kept for itself, and for the other workers of a test run."""

import hashlib
import os
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Key = tuple[str, ...]


@dataclass
class Shelf:
    """Values by what they were worked out from, in files of a folder where there is one."""

    folder: Path | None = None
    _values: dict[Key, Any] = field(default_factory=dict)

    def get(self, key: Key) -> Any:
        """Return a value, or None where nobody has worked it out yet."""
        if key not in self._values and self.folder is not None and self._file(key).is_file():
            self._values[key] = pickle.loads(self._file(key).read_bytes())
        return self._values.get(key)

    def put(self, key: Key, value: Any) -> None:
        """Keep a value."""
        self._values[key] = value
        if self.folder is not None:
            own = self._file(key).with_suffix(f".{os.getpid()}")
            own.write_bytes(pickle.dumps(value))
            own.replace(self._file(key))

    def _file(self, key: Key) -> Path:
        assert self.folder is not None
        return self.folder / hashlib.sha256("\0".join(key).encode()).hexdigest()


RUNS = Shelf()
"""What runs of the examples left (`kit.scenarios`)."""
