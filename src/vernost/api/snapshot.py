"""The description of the API as it is committed: `python -m vernost.api.snapshot` writes it anew."""

import json
import os
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("openapi.json")


def text() -> str:
    from vernost.api import urls  # noqa: PLC0415 - Django wakes first, and the addresses fill the API
    from vernost.api.service import api  # noqa: PLC0415 - as above

    schema = api.get_openapi_schema(path_prefix=f"/{urls.ROOT}")
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    import django  # noqa: PLC0415 - as above

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vernost.config.settings")
    django.setup()
    FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
