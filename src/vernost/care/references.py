"""What of this subject belongs to a customer."""

from vernost.core.references import Reference, references

references.add(Reference("care_surveyanswer", imported=True))
