"""Backup and restore of everything that is kept: the database of one moment, and the attached files that belong to it.

``making`` writes the archive and ``restoring`` reads it; what only one database can do is in ``on_sqlite`` and ``on_postgresql``.
"""
