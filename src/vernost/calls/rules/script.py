"""The operator's script: a Liquid template in steps and objections, filled with the customer's facts.

A template sees the named facts and nothing else: no attributes of objects, no files, bounded loops and
output. A line `# Title` opens a step, `? Title` an objection whose answer is the text below it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from liquid import Environment, RenderContext
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import LiquidError
from liquid.stringify import to_liquid_string

from vernost.core.errors import DomainError
from vernost.core.i18n import _

STEP, OBJECTION = "# ", "? "
LONGEST = 20_000

# Private-use signs around every value, so that the page can mark the facts without trusting any markup.
_OPEN, _CLOSE = "\ue000", "\ue001"
_SIGNS = str.maketrans("", "", _OPEN + _CLOSE)
_BLANKS = re.compile(r"[ \t\r\n]+")
_FACT = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")


# What a script may name, with what it says: the same names in every programme.
FACTS: Mapping[str, str] = {
    "name": _("Name and patronymic"),
    "full_name": _("Full name"),
    "operator": _("The operator's name"),
    "branch": _("The branch"),
    "branch_phone": _("The branch's telephone"),
    "car": _("The car"),
    "plate": _("The plate"),
    "year": _("The model year"),
    "mileage": _("The predicted mileage in words"),
    "km": _("The predicted mileage as a number"),
    "reason": _("The reason of the call"),
    "programme": _("The programme"),
    "offer": _("The programme's offer"),
    "due": _("The due date"),
    "works": _("Works that were put off"),
    "last_visit": _("The day of the last visit"),
    "days_away": _("Days since the last visit, a number"),
}


class ScriptBroken(DomainError):
    code = "script_broken"
    text = _("The script has a mistake: %(problem)s")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words; `is_fact` when a value of the customer stands there."""

    text: str
    is_fact: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A step or an objection: paragraphs of pieces."""

    title: str
    paragraphs: Sequence[Sequence[Piece]]


@dataclass(frozen=True, slots=True)
class Script:
    steps: Sequence[Passage]
    objections: Sequence[Passage]


class _MarkedNode(OutputNode):
    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        value = to_liquid_string(self.expression.evaluate(context), context.autoescape)
        # One line, and no-break spaces stay what they are.
        words = _BLANKS.sub(" ", value.translate(_SIGNS)).strip(" ")
        return buffer.write(f"{_OPEN}{words}{_CLOSE}" if words else "")


class _MarkedOutput(Output):
    node_class = _MarkedNode


class _Sandbox(Environment):
    context_depth_limit = 8
    loop_iteration_limit = 1000
    local_namespace_limit = 50_000
    output_stream_limit = 50_000


def _sandbox() -> _Sandbox:
    environment = _Sandbox()
    environment.add_tag(_MarkedOutput)
    # Nothing of another file.
    for tag in ("include", "render"):
        environment.tags.pop(tag, None)
    return environment


_ENVIRONMENT = _sandbox()


def render(source: str, facts: Mapping[str, object]) -> Script:
    """Fill a script with facts (strings, numbers, lists and mappings of these); raise ScriptBroken."""
    if len(source) > LONGEST:
        raise ScriptBroken(problem=_("it is too long"))
    # For Liquid an empty text is true: `{% if works %}` must not hold where nothing is known.
    known = {name: value if value != "" else None for name, value in facts.items()}
    try:
        words = _ENVIRONMENT.from_string(source).render(**known)
    except (LiquidError, RecursionError) as error:
        raise ScriptBroken(problem=str(error).splitlines()[0]) from error
    return _cut(words)


def plain(source: str) -> Script:
    """Show a script that cannot be filled as it was written."""
    return _cut(source.translate(_SIGNS))


def _cut(words: str) -> Script:
    steps: list[tuple[str, list[str]]] = []
    objections: list[tuple[str, list[str]]] = []
    lines: list[str] = []
    for line in words.splitlines():
        # A customer's fact never opens a step: it stands between its signs.
        if line.startswith((STEP, OBJECTION)):
            lines = []
            found = steps if line.startswith(STEP) else objections
            found.append((_unmarked(line[2:]), lines))
            continue
        if not steps and not objections and line.strip():
            steps.append(("", lines))
        lines.append(line)
    return Script([_passage(*step) for step in steps], [_passage(*objection) for objection in objections])


def _passage(title: str, lines: Sequence[str]) -> Passage:
    blocks = [" ".join(block.split("\n")).strip() for block in "\n".join(lines).split("\n\n")]
    return Passage(title, [_pieces(block) for block in blocks if block])


def _pieces(words: str) -> list[Piece]:
    """Every second part of the split is what stood between the signs."""
    parts = _FACT.split(words)
    return [Piece(text, is_fact=index % 2 == 1) for index, text in enumerate(parts) if text]


def _unmarked(words: str) -> str:
    return words.translate(_SIGNS).strip()
