"""Files as tables: what a file is, and its rows one after the other. Knows neither the database nor what columns mean."""

from imports.reading.detecting import detect, look
from imports.reading.headings import heading_key
from imports.reading.options import Detected, FileOptions, Unreadable
from imports.reading.table import Table, open_table

__all__ = ["Detected", "FileOptions", "Table", "Unreadable", "detect", "heading_key", "look", "open_table"]
