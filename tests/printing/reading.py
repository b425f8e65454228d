"""Reading PDF files back."""

import io
import re

import pypdf


def pages(content: bytes) -> list[str]:
    """The text of each page; words that were parted at the end of a line are whole again."""
    return [
        re.sub(r"\s+", " ", re.sub("\N{SOFT HYPHEN}\n?|\N{ZERO WIDTH SPACE}|(?<=[a-z])-\n", "", page.extract_text()))
        for page in opened(content).pages
    ]


def text(content: bytes) -> str:
    return " ".join(pages(content))


def opened(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content), strict=True)


def flat(said: str) -> str:
    """Without blanks and hyphens: whether a word was parted at the end of a line makes no difference."""
    return re.sub(r"[\s\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}-]", "", said)
