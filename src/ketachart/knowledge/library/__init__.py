"""Everything the data folder says, as passages that a person reads: by subject, by day, with its sources."""

from ketachart.knowledge.library.passages import Block, Passage, passages
from ketachart.knowledge.library.reading import Change, changes, cited_by, find, on_shelf
from ketachart.knowledge.library.shelves import SHELVES, Shelf

__all__ = ["SHELVES", "Block", "Change", "Passage", "Shelf", "changes", "cited_by", "find", "on_shelf", "passages"]
