"""What the columns of a file mean: documents, guesses, and the reading of lines. Knows nothing of the database but its fields."""

from imports.mapping.lines import Compiled, compile_mapping, preview
from imports.mapping.parsed import ERROR, REVIEW, Named, ParsedLine, ParsedParticipant, Problem
from imports.mapping.spec import Mapping, Rule, When

__all__ = [
    "ERROR",
    "REVIEW",
    "Compiled",
    "Mapping",
    "Named",
    "ParsedLine",
    "ParsedParticipant",
    "Problem",
    "Rule",
    "When",
    "compile_mapping",
    "preview",
]
