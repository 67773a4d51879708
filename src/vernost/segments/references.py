"""What of this subject belongs to a customer."""

from vernost.core.references import Reference, references

references.add(Reference("segments_segmentmember", key=("segment_id",), once=("segment_id",), on_erase="keep"))
references.add(Reference("segments_segmentmove", once=("segment_id", '"on"'), on_erase="keep"))
