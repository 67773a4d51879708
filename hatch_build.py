"""A wheel carries the built styles, scripts and texts: whoever installs it needs neither Node nor npm."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        # A checkout builds by `make`, when its sources change.
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "src"))
        from vernost import assets  # noqa: PLC0415 - the path above
        from vernost.locale import compile as texts  # noqa: PLC0415 - as above

        self.app.display_info(assets.build(force=True))
        texts.compile_catalogue()
