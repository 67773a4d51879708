"""How often Python looks for objects that only refer to each other."""

import gc
from typing import Final

# Putting definitions together makes a million small objects that live. With a look for every 700 new ones, and one at
# all of them whenever they have grown by a quarter, the looks take a tenth to a fifth of it. A hundred thousand objects
# that wait are some ten megabytes.
_NEW_OBJECTS: Final = 100_000
_LOOKS_AT_THE_NEW: Final = 20
_LOOKS_AT_THE_YOUNG: Final = 50


def look_seldom() -> None:
    """Let this process, and those that it forks, look for garbage seldom."""
    gc.set_threshold(_NEW_OBJECTS, _LOOKS_AT_THE_NEW, _LOOKS_AT_THE_YOUNG)
