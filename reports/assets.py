"""The program that draws charts in the browser: Vega-Lite, taken from an installed package when static files are collected."""

from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

NAME = "entente/vega.js"


class ChartProgramFinder(BaseFinder):
    """Finds one file, and makes it first where it is not there or of another version. Nothing is fetched from anywhere."""

    def __init__(self, *args, **kwargs):
        self.storage = FileSystemStorage(location=settings.DATA_DIR / "assets")
        super().__init__(*args, **kwargs)

    def check(self, **_kwargs):
        return []

    def find(self, path, find_all=False):
        if path != NAME:
            return []
        made = str(self.made())
        return [made] if find_all else made

    def list(self, ignore_patterns):
        self.made()
        yield NAME, self.storage

    def made(self) -> Path:
        """The path of the bundle, written if need be."""
        path = Path(self.storage.location) / NAME
        stamp, now = path.with_suffix(".version"), version("vl-convert-python")
        if not (path.exists() and stamp.exists() and stamp.read_text() == now):
            from vl_convert import javascript_bundle  # heavy, and needed only here

            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(javascript_bundle(), encoding="utf-8")
            stamp.write_text(now)
        return path
