import os

from django.apps import AppConfig
from django.conf import settings


class FactsConfig(AppConfig):
    name = "vernost.facts"

    def ready(self) -> None:
        # Read when numba is imported, which nothing does before its first kernel. An installed package is
        # often not writable and a service has no home; the data folder is always writable for who runs nights.
        os.environ.setdefault("NUMBA_CACHE_DIR", str(settings.DATA_DIR / "kernels"))
