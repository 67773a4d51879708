"""What was typed with the other keyboard layout on: «bdfyjd» is «иванов», «ЧЕФ» is «XTA»."""

from typing import Final

_LATIN: Final = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_CYRILLIC: Final = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_TO_CYRILLIC: Final = str.maketrans(_LATIN + _LATIN.upper() + '{}:"<>~', _CYRILLIC + _CYRILLIC.upper() + "ХЪЖЭБЮЁ")
_TO_LATIN: Final = str.maketrans(_CYRILLIC + _CYRILLIC.upper(), _LATIN + _LATIN.upper())


def switched(text: str) -> str:
    """Return what the same keys write in the other layout; a text without letters stays as it is."""
    if any("a" <= letter <= "z" for letter in text.lower()):
        return text.translate(_TO_CYRILLIC)
    return text.translate(_TO_LATIN)
