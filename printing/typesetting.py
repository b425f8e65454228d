"""A document as PDF: tagged for screen readers, with its fonts inside, made without any other program or address."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language

from accounts.choices import Handling
from printing.document import Document

TEMPLATE = Path(__file__).with_name("document.typ")
# The first comes with the program; for letters it lacks those of the machine and of PDF_FONTS step in.
LONG_WORD = re.compile(r"[^\s/-]{24}(?=[^\s/-])")
FONTS = ["Libertinus Serif", "Noto Serif", "Noto Sans", "DejaVu Serif", "DejaVu Sans"]


def as_pdf(document: Document) -> bytes:
    """The file. Whatever the texts say: they reach the template as one value and are set as they are."""
    values = document.values() | {
        "marking_word": str(Handling(document.marking).label).upper(),
        "paper": settings.PDF_PAPER,
        "language": (get_language() or "en").split("-")[0],
        "fonts": FONTS,
    }
    return typst.compile(
        TEMPLATE, root=TEMPLATE.parent, font_paths=_fonts(), sys_inputs={"document": json.dumps(_settable(values))}, format="pdf"
    )


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """The file as a download of this name, which nothing keeps."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@cache
def _fonts() -> typst.Fonts:
    """Looked for once: reading the folders of the machine takes longer than a page."""
    return typst.Fonts(font_paths=[settings.PDF_FONTS] if settings.PDF_FONTS else [])


def _settable(value: Any) -> Any:
    """``value`` without control characters, which have no picture and which no PDF may hold; a word too long for its line can part."""
    if isinstance(value, str):
        if value.startswith("<svg"):
            return value
        kept = "".join(letter for letter in value.replace("\r\n", "\n") if letter in "\n\t" or letter.isprintable() or letter.isspace())
        return LONG_WORD.sub("\\g<0>\N{ZERO WIDTH SPACE}", kept)
    if isinstance(value, dict):
        return {key: _settable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_settable(item) for item in value]
    return value
