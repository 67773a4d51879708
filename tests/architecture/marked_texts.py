"""Finds the texts that the source marks for translation, as gettext would, without its tools."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.template.base import Lexer, Token, TokenType

from vernost.cli import spoken

ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy", "n_"}
CONTEXT = {"pgettext", "pgettext_lazy"}
CONTEXT_PLURAL = {"npgettext", "npgettext_lazy"}
# Decorators of the command line: the docstring below is the help.
COMMANDS = {"command", "group"}

_CONSTANT = re.compile(r"""_\((?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\)""")
_COMMENT = re.compile(r"\{% comment[^%]*%\}.*?\{% endcomment %\}", re.DOTALL)
_QUOTED = re.compile(r"""^(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')$""")


@dataclass(frozen=True, slots=True)
class Marked:
    """`context` is gettext's msgctxt; `where` is file and line, for people."""

    text: str
    where: str
    plural: str | None = None
    context: str | None = None

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.text


def in_package(package: Path) -> Iterator[Marked]:
    for path in sorted(package.rglob("*.py")):
        yield from in_code(path.read_text(encoding="utf-8"), path.relative_to(package.parents[1]).as_posix())
    for path in sorted(package.rglob("templates/**/*")):
        if path.suffix in {".html", ".txt"}:
            yield from in_template(path.read_text(encoding="utf-8"), path.relative_to(package.parents[1]).as_posix())


def in_code(source: str, name: str) -> Iterator[Marked]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and any(
            _called(decorator) in COMMANDS for decorator in node.decorator_list
        ):
            yield from (
                Marked(text, f"{name}:{node.lineno}") for text in spoken.paragraphs(ast.get_docstring(node) or "")
            )
        if not isinstance(node, ast.Call):
            continue
        called = _called(node)
        words = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
        where = f"{name}:{node.lineno}"
        # Marking must see the words: a variable is translated elsewhere, a put-together text nowhere.
        if called in ONE | PLURAL | CONTEXT | CONTEXT_PLURAL and any(
            isinstance(argument, ast.JoinedStr) for argument in node.args
        ):
            raise AssertionError(f"{where}: an f-string cannot be translated")
        match [called in ONE, called in PLURAL, called in CONTEXT, called in CONTEXT_PLURAL, *words]:
            case [True, _, _, _, str(text), *_]:
                yield Marked(text, where)
            case [_, True, _, _, str(text), str(plural), *_]:
                yield Marked(text, where, plural)
            case [_, _, True, _, str(context), str(text), *_]:
                yield Marked(text, where, context=context)
            case [_, _, _, True, str(context), str(text), str(plural), *_]:
                yield Marked(text, where, plural, context)


def _called(node: ast.expr) -> str:
    """Return the last name of what is called, or stands as a decorator without a call."""
    called = node.func if isinstance(node, ast.Call) else node
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def in_template(source: str, name: str) -> Iterator[Marked]:
    # The engine skips whole {% comment %} blocks, so they are skipped here.
    source = re.sub(
        r"\{% comment[^%]*%\}.*?\{% endcomment %\}",
        lambda comment: "\n" * comment[0].count("\n"),
        source,
        flags=re.DOTALL,
    )
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        where = f"{name}:{token.lineno}"
        if token.token_type not in {TokenType.BLOCK, TokenType.VAR}:
            continue
        for match in _CONSTANT.finditer(token.contents):
            yield Marked(_percent(match[1] or match[2]), where)
        tag = token.contents.split(maxsplit=1)[0] if token.token_type == TokenType.BLOCK else ""
        if tag in {"translate", "trans"}:
            yield from _translate(token.split_contents(), where)
        elif tag in {"blocktranslate", "blocktrans"}:
            yield _blocktranslate(token.split_contents(), tokens, where)


def _translate(bits: list[str], where: str) -> Iterator[Marked]:
    context = _unquoted(bits[bits.index("context") + 1]) if "context" in bits else None
    text = _unquoted(bits[1].split("|")[0])
    if text is not None:
        yield Marked(_percent(text), where, context=context)


def _blocktranslate(bits: list[str], tokens: Iterator[Token], where: str) -> Marked:
    context = _unquoted(bits[bits.index("context") + 1]) if "context" in bits else None
    singular: list[str] = []
    plural: list[str] | None = None
    for token in tokens:
        words = token.contents.split()
        if token.token_type == TokenType.BLOCK and words[0] in {"endblocktranslate", "endblocktrans"}:
            break
        if token.token_type == TokenType.BLOCK and words[0] == "plural":
            plural = []
            continue
        part = f"%({token.contents})s" if token.token_type == TokenType.VAR else _percent(token.contents)
        (singular if plural is None else plural).append(part)
    forms = ["".join(form) for form in (singular, plural) if form is not None]
    if "trimmed" in bits:
        forms = [" ".join(line.strip() for line in form.strip().splitlines()) for form in forms]
    return Marked(forms[0], where, forms[1] if len(forms) > 1 else None, context)


def _percent(text: str) -> str:
    """Templates double a per cent sign before they ask the catalogue."""
    return text.replace("%", "%%")


def _unquoted(bit: str) -> str | None:
    match = _QUOTED.match(bit)
    return (match[1] or match[2] or "").replace('\\"', '"').replace("\\'", "'") if match else None
