"""What may carry fields that an administrator adds: a subject declares its records, without a database.

A field belongs to a target; its values lie in a table of the subject, a narrow row each (`customers.FieldValue`).
A new subject makes such a table, declares a target and a group of facts, and its fields are everywhere.
"""

from dataclasses import dataclass

from vernost.core.registry import Registry


@dataclass(frozen=True, slots=True)
class FieldTarget:
    """Records that may have fields. `title` is a marked text.

    `model` is the table of values as `app.Model`, `record` its foreign key to the record, `records` the model of
    the records. `visible_to` is the path `module:function` of the subject's query that says which records an
    actor sees. `file_kind` is the kind of file of the exchange format whose columns the fields are, if any; `files` the
    table of the photos and documents on the card (`customers.AttachedFile`), if it has some.
    """

    code: str
    title: str
    model: str
    record: str
    records: str
    visible_to: str
    file_kind: str = ""
    files: str = ""

    @property
    def table(self) -> str:
        return self.model.replace(".", "_").lower()

    @property
    def column(self) -> str:
        return f"{self.record}_id"

    @property
    def subject(self) -> str:
        """The word by which the journal knows a record."""
        return self.code


targets: Registry[FieldTarget] = Registry("targets of fields")
