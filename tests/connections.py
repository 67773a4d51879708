"""How a connection to the mirror ends. A version that one holds stays on disk, with whom somebody asked to forget."""

import gc
import weakref
from collections.abc import Callable

from ibis.backends.duckdb import Backend

from vernost import facts


def ends_with_its_user(use: Callable[[Backend], object]) -> bool:
    """Tell whether a connection is closed as soon as `use` has returned, without a collector."""
    gc.collect()
    gc.disable()
    try:
        con = facts.connect()
        held = weakref.ref(con)
        use(con)
        del con
        return held() is None
    finally:
        gc.enable()
