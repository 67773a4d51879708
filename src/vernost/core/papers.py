"""Papers as PDF: a title, facts, tables, lines to sign on. Values are data of the paper and never its markup."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

_MARKUP = rb"""
#let paper = json(bytes(sys.inputs.paper))
#set document(title: paper.title)
#set page(paper: "a4", margin: (x: 18mm, top: 16mm, bottom: 18mm), footer: context [
  #set text(size: 8pt, fill: luma(40%))
  #paper.foot #h(1fr) #counter(page).display("1 / 1", both: true)
])
#set text(lang: paper.lang, size: 9.5pt, hyphenate: true)
#set par(justify: false)
#show heading.where(level: 1): set text(size: 16pt)
#show heading.where(level: 2): set text(size: 11.5pt)
#heading(level: 1, paper.title)
#if paper.lead != "" { par(paper.lead) }
#v(2mm)
#grid(columns: (52mm, 1fr), row-gutter: 2mm, column-gutter: 4mm,
  ..paper.facts.map(pair => (text(fill: luma(35%), pair.at(0)), pair.at(1))).flatten())
#for section in paper.sections {
  v(3mm)
  heading(level: 2, section.title)
  if section.words != "" { par(section.words) }
  if section.facts.len() > 0 {
    grid(columns: (52mm, 1fr), row-gutter: 1.6mm, column-gutter: 4mm,
      ..section.facts.map(pair => (text(fill: luma(35%), pair.at(0)), pair.at(1))).flatten())
  }
  for file in section.files {
    if file.kind == "pdf" {
      pdf.attach(file.name, read(file.path, encoding: none), relationship: "supplement", mime-type: "application/pdf")
    } else {
      v(2mm)
      image(file.path, format: if file.kind == "png" { "png" } else { "jpg" }, width: 110mm)
    }
  }
  if section.rows.len() > 0 {
    set text(size: 8.5pt)
    table(columns: section.columns.len(), stroke: 0.4pt + luma(70%), inset: 1.6mm,
      table.header(..section.columns.map(title => strong(title))),
      ..section.rows.flatten())
  }
}
#if paper.signatures.len() > 0 {
  v(8mm)
  for who in paper.signatures {
    block(above: 9mm, breakable: false, grid(columns: (1fr, 45mm, 55mm), column-gutter: 4mm, align: bottom,
      who, line(length: 100%, stroke: 0.4pt), line(length: 100%, stroke: 0.4pt)))
  }
}
"""


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A file that goes with the paper: a photo is shown, a PDF attached under its `name`, which no other has.

    `path` is that in the paper's folder.
    """

    path: str
    name: str
    kind: Literal["jpeg", "png", "pdf"]


@dataclass(frozen=True, slots=True)
class PaperSection:
    """`facts` are pairs of a label and a value; `rows` have a value for each of `columns`. All is ready to read."""

    title: str
    words: str = ""
    facts: Sequence[tuple[str, str]] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    files: Sequence[PaperFile] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """`signatures` are the roles of those who sign; `foot` stands below each page; files lie in `folder`."""

    title: str
    lead: str = ""
    facts: Sequence[tuple[str, str]] = ()
    sections: Sequence[PaperSection] = ()
    signatures: Sequence[str] = ()
    foot: str = ""
    folder: str | None = None


def as_pdf(paper: Paper, *, language: str) -> bytes:
    """Return the paper as a PDF of A4 pages."""
    import typst  # noqa: PLC0415 - forty megabytes that only a paper needs

    content = json.dumps({**asdict(paper), "lang": language}, ensure_ascii=False)
    given = {"paper": content}
    # Its stub wants the paper and the folder to be of one type.
    made: bytes = typst.compile(_MARKUP, sys_inputs=given, root=paper.folder, ignore_system_fonts=True)  # type: ignore[type-var]
    return made
