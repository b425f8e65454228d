"""The search index: one table that the database keeps true by itself, whatever code writes.

``engagements_searchtext`` has one row for each row that can be searched: an engagement, a row that hangs on one, an
entry of a list or another spelling of it. ``target`` is the engagement or the entry; ``text`` its words, folded
(search_words.py); ``title`` those of title or name. Names are kept once, with their entry, and not with each record
that uses it: a new name is found at once in all of them, and a write costs only its own row.

PostgreSQL finds words by a tsvector with GIN (our own words: its parser and dictionaries are not asked), SQLite by FTS5 over
the same text. Where PostgreSQL has pg_trgm, misspelled words are found too.
"""

import logging
from contextlib import nullcontext
from dataclasses import dataclass

from django.db import DatabaseError, transaction

from engagements.search_words import DROPPED, GAP, LONGEST_TEXT, LONGEST_WORD, ONE_FOR_ONE, SIGNS, SPELLED_OUT, folded
from history import triggers

TABLE, INDEX = "engagements_searchtext", "engagements_searchindex"
SPELLING = f"{TABLE}_title"  # the index of trigrams
FILLING, AT_ONCE = "is being filled", 2_000  # said of the table meanwhile; rows
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Searched:
    """A table whose rows can be found: by which columns, and what a found row leads to."""

    table: str
    kind: str
    target: str
    title: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    key: str = "id"


def _part(name: str, *body: str, key: str = "id") -> Searched:
    return Searched(f"engagements_{name}", "engagement", "engagement_id", body=body, key=key)


def _entry(kind: str, *more: str) -> Searched:
    return Searched(f"catalog_{kind}", kind, "id", ("name", "code", *more))


# Lists with other spellings, and what their entries have besides name and code.
WITH_SPELLINGS = {
    "country": ("official_name", "iso2"),
    "organization": ("abbreviation",),
    "framework": ("abbreviation",),
    "strategy": (),
    "engagementtype": (),
    "theme": (),
    "domain": (),
    "outcometype": (),
    "challengecategory": (),
    "missiontask": (),
    "fundingsource": (),
}
# Who changes this list writes a migration that empties TABLE: then all of it is filled anew.
SEARCHED = [
    Searched("engagements_engagement", "engagement", "id", ("title", "reference"), ("place", "iteration", "summary")),
    _part("exercise", "forces", key="engagement_id"),
    _part("trainingprogram", "subject", "course", "certification", key="engagement_id"),
    _part("peacekeepingmission", "acronym", "mandate", "headquarters", "end_state", key="engagement_id"),
    _part("participation", "unit", "contribution"),
    _part("outcome", "statement", "indicator"),
    _part("challenge", "description", "mitigation"),
    _part("lesson", "observation", "lesson", "recommendation"),
    _part("source", "title", "publisher"),
    _part("externalid", "value"),
    Searched("engagements_casestudy", "casestudy", "id", ("title",), ("narrative", "sources")),
    *(_entry(kind, *more) for kind, more in WITH_SPELLINGS.items()),
    *(Searched(f"catalog_{kind}alias", kind, "entry_id", ("text",)) for kind in WITH_SPELLINGS),
    *(_entry(kind) for kind in ("region", "regionscheme", "objective", "legalbasis")),
]


# SQLite --------------------------------------------------------------------------------------------


def introduce(connection, **_kwargs) -> None:
    """Give SQLite the function that its triggers ask."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("entente_folded", -1, _folded_bytes, deterministic=True)


def _folded_bytes(*fields: bytes | None) -> str:
    """As SQLite stores it: also what is no text (``manage.py verify`` tells of it), which must stop no write."""
    return folded(*(field.decode("utf-8", "replace") for field in fields if field))


def _sqlite_tables() -> list[str]:
    return [
        f"""CREATE TABLE {TABLE} (id integer PRIMARY KEY, source text NOT NULL, of_row bigint NOT NULL, kind text NOT NULL,
            target bigint NOT NULL, title text NOT NULL, text text NOT NULL, UNIQUE (source, of_row))""",
        # The ASCII tokenizer takes the folded words as they are; where in the text they stand is not asked.
        f"""CREATE VIRTUAL TABLE {INDEX} USING fts5 (text, content='{TABLE}', content_rowid='id', tokenize='ascii', detail=none,
            columnsize=0)""",
    ]


def _sqlite_insert(item: Searched, row: str, source: str = "") -> str:
    def said(columns):
        given = ", ".join(f"CAST({row}.{column} AS BLOB)" for column in columns)
        return f"entente_folded({given})" if columns else "''"

    return (
        f"INSERT INTO {TABLE} (source, of_row, kind, target, title, text) SELECT '{item.table}', {row}.{item.key}, '{item.kind}',"
        f" {row}.{item.target}, {said(item.title)}, {said(item.title + item.body)} {source} WHERE {said(item.title + item.body)} <> '';"
    )


def _sqlite() -> list[str]:
    statements = []
    for item in SEARCHED:
        differs = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in (item.target, *item.title, *item.body))
        gone = f"DELETE FROM {TABLE} WHERE source = '{item.table}' AND of_row = {{}}.{item.key};"
        on = f"ON {item.table} FOR EACH ROW"
        fresh = f"{gone.format('NEW')} {_sqlite_insert(item, 'NEW')}"
        statements += [
            f"CREATE TRIGGER {item.table}_search_added AFTER INSERT {on} BEGIN {fresh} END",
            f"CREATE TRIGGER {item.table}_search_changed AFTER UPDATE {on} WHEN {differs} BEGIN {fresh} END",
            f"CREATE TRIGGER {item.table}_search_removed AFTER DELETE {on} BEGIN {gone.format('OLD')} END",
        ]
    return [*statements, *_sqlite_index()]


def _sqlite_index() -> list[str]:
    """The triggers that keep the index of words with the table."""
    told = f"INSERT INTO {INDEX} (rowid, text) VALUES (NEW.id, NEW.text);"
    forgotten = f"INSERT INTO {INDEX} ({INDEX}, rowid, text) VALUES ('delete', OLD.id, OLD.text);"
    return [
        f"CREATE TRIGGER {INDEX}_added AFTER INSERT ON {TABLE} FOR EACH ROW BEGIN {told} END",
        f"CREATE TRIGGER {INDEX}_removed AFTER DELETE ON {TABLE} FOR EACH ROW BEGIN {forgotten} END",
    ]


# PostgreSQL ----------------------------------------------------------------------------------------


def _postgresql_tables() -> list[str]:
    return [
        f"""CREATE TABLE {TABLE} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source text NOT NULL, of_row bigint NOT NULL,
            kind text NOT NULL, target bigint NOT NULL, title text NOT NULL, text text NOT NULL, words tsvector NOT NULL,
            UNIQUE (source, of_row))""",
        f"CREATE INDEX {TABLE}_words ON {TABLE} USING gin (words)",
    ]


def _folding() -> list[str]:
    pairs = {chr(one): chr(other) if isinstance(other, int) else other for one, other in ONE_FOR_ONE.items()}
    text = f"left(normalize(said, NFKD), {LONGEST_TEXT})"
    text = f"lower(regexp_replace({text}, '{DROPPED}', '', 'g'))"
    text = f"translate({text}, '{''.join(pairs)}', '{''.join(pairs.values())}')"
    for letter, spelled in SPELLED_OUT.items():
        text = f"replace({text}, '{letter}', '{spelled}')"
    return [
        # Most texts are plain ASCII, where there is nothing but case to fold.
        f"""CREATE OR REPLACE FUNCTION entente_folded(said text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN
            IF said = '' THEN RETURN ''; END IF;
            said := left(said, {LONGEST_TEXT});
            IF octet_length(said) = length(said) THEN said := lower(said COLLATE "C"); ELSE said := {text}; END IF;
            said := btrim(replace(regexp_replace(said, '{SIGNS}+', ' ', 'g'), chr(1), ' {GAP} '), ' ');
            IF btrim(said, ' {GAP}') = '' THEN RETURN ''; END IF;
            RETURN ' ' || said || ' '; END $$""",
        f"""CREATE OR REPLACE FUNCTION entente_words(said text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
            DECLARE words text[] := array_remove(string_to_array(replace(said, '{GAP}', ' '), ' '), ''); BEGIN
            IF length(said) > {LONGEST_WORD} THEN words := ARRAY(SELECT left(w, {LONGEST_WORD}) FROM unnest(words) w); END IF;
            RETURN array_to_tsvector(words); END $$""",
    ]


def _postgresql_insert(item: Searched, rows: str) -> str:
    def given(columns):
        return ", ".join(f"NULLIF(r.{column}, '')" for column in columns)

    def said(columns):
        return f"entente_folded(concat_ws(chr(1), {given(columns)}))" if columns else "''"

    # Each part is folded once; rows without a text, as most participations are, not at all.
    return (
        f"INSERT INTO {TABLE} (source, of_row, kind, target, title, text, words)"
        f" SELECT '{item.table}', r.{item.key}, '{item.kind}', r.{item.target}, f.title, w.text, entente_words(w.text)"
        f" FROM {rows} CROSS JOIN LATERAL (SELECT {said(item.title)} AS title, {said(item.body)} AS body OFFSET 0) f"
        f" CROSS JOIN LATERAL (SELECT concat_ws('{GAP}', NULLIF(f.title, ''), NULLIF(f.body, '')) AS text OFFSET 0) w"
        f" WHERE COALESCE({given(item.title + item.body)}) IS NOT NULL AND w.text <> ''"
        " ON CONFLICT (source, of_row) DO UPDATE SET kind = excluded.kind, target = excluded.target, title = excluded.title,"
        " text = excluded.text, words = excluded.words;"
    )


def _postgresql() -> list[str]:
    statements = _folding()
    for item in SEARCHED:
        differs = " OR ".join(f"o.{column} IS DISTINCT FROM r.{column}" for column in (item.target, *item.title, *item.body))
        changed = f"fresh r JOIN stale o ON o.{item.key} = r.{item.key} AND ({differs})"
        gone = f"DELETE FROM {TABLE} s USING {{}} WHERE s.source = '{item.table}' AND s.of_row = {{}}.{item.key};"
        bodies = {
            "added": ("INSERT", "REFERENCING NEW TABLE AS fresh", _postgresql_insert(item, "fresh r")),
            "changed": (
                "UPDATE",
                "REFERENCING OLD TABLE AS stale NEW TABLE AS fresh",
                # Most updates change no word: then nothing is written.
                f"IF EXISTS (SELECT 1 FROM {changed}) THEN {gone.format(changed, 'r')} {_postgresql_insert(item, changed)} END IF;",
            ),
            "removed": ("DELETE", "REFERENCING OLD TABLE AS stale", gone.format("stale o", "o")),
            "emptied": ("TRUNCATE", "", f"DELETE FROM {TABLE} WHERE source = '{item.table}';"),
        }
        for what, (event, tables, body) in bodies.items():
            name = f"{item.table}_search_{what}"
            statements += [
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$",
                f"CREATE TRIGGER {name} AFTER {event} ON {item.table} {tables} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
            ]
    return statements


# Both ----------------------------------------------------------------------------------------------


def create(connection) -> None:
    """The table and its index; they are filled when the triggers are installed."""
    with connection.cursor() as cursor:
        for statement in _postgresql_tables() if connection.vendor == "postgresql" else _sqlite_tables():
            cursor.execute(statement)


def drop(connection) -> None:
    """Triggers, functions, index and table."""
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            words = statement.replace("(", " (").split()
            if words[:2] == ["CREATE", "TRIGGER"] and connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {words[2]}")
            elif words[:4] == ["CREATE", "OR", "REPLACE", "FUNCTION"]:
                cursor.execute(f"DROP FUNCTION IF EXISTS {words[4]} CASCADE")
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TABLE IF EXISTS {INDEX}")
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def install(connection) -> None:
    """Write the triggers into the database; they replace older ones. Fills an index that is empty.

    SQLite loses the triggers of a table that a migration rebuilds, so there the index is filled anew.
    """
    triggers.write(connection, _statements(connection.vendor))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT NOT EXISTS (SELECT 1 FROM {TABLE})")
        is_empty = cursor.fetchone()[0]
    if connection.vendor == "sqlite":
        fill(connection)
        return
    forgive_typing_errors(connection)
    if is_empty or _is_half_filled(connection):
        fill(connection) if connection.in_atomic_block else _fill_while_people_work(connection)


def _is_half_filled(connection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT obj_description('{TABLE}'::regclass, 'pg_class')")
        return cursor.fetchone()[0] == FILLING


def _fill_while_people_work(connection) -> None:
    """As ``fill``, for PostgreSQL: some rows at a time, so that whoever saves one of them waits for these only."""
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE {TABLE} IS '{FILLING}'")
        for item in SEARCHED:
            cursor.execute(f"SELECT min({item.key}), max({item.key}) FROM {item.table}")
            first, last = cursor.fetchone()
            for start in range(first, last + 1, AT_ONCE) if first is not None else ():
                # Locked: what is written is what stands there, and what is saved later comes later.
                rows = f"{item.table} WHERE {item.key} BETWEEN {start} AND {start + AT_ONCE - 1} ORDER BY {item.key} FOR SHARE"
                triggers.quietly(connection, [_postgresql_insert(item, f"(SELECT * FROM {rows}) r")])
        cursor.execute(f"COMMENT ON TABLE {TABLE} IS NULL")


def fill(connection) -> None:
    """Write the whole index from the tables."""
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(f"DELETE FROM {TABLE}")
            for item in SEARCHED:
                cursor.execute(_postgresql_insert(item, f"{item.table} r"))
            return
        # The words are taken from the finished table at once, so an index that is behind it does no harm.
        for statement in _sqlite_index():
            cursor.execute(f"DROP TRIGGER IF EXISTS {statement.split()[2]}")
        cursor.execute(f"DELETE FROM {TABLE}")
        for item in SEARCHED:
            cursor.execute(_sqlite_insert(item, "r", f"FROM {item.table} r"))
        cursor.execute(f"INSERT INTO {INDEX} ({INDEX}) VALUES ('rebuild')")
        for statement in _sqlite_index():
            cursor.execute(statement)


def forgive_typing_errors(connection) -> None:
    """Trigrams of titles and names, where the database lets us have them; without them, words are found as they are spelled."""
    try:
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        with transaction.atomic(connection.alias) if connection.in_atomic_block else nullcontext(), connection.cursor() as cursor:
            # Asked first: also an index that is there already is waited for by who makes it, in everybody's way.
            cursor.execute(f"SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('{SPELLING}')")
            there = cursor.fetchone()
            if there != (True,):
                how = "" if connection.in_atomic_block else "CONCURRENTLY"
                cursor.execute(f"DROP INDEX {how} IF EXISTS {SPELLING}")  # one that was broken off
                cursor.execute(f"CREATE INDEX {how} {SPELLING} ON {TABLE} USING gin (title gin_trgm_ops) WHERE title <> ''")
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        log.warning(
            "Search works, but forgives fewer typing errors: this account may not create the extension pg_trgm (%s)."
            " Let the owner of the database run CREATE EXTENSION pg_trgm.",
            reason,
        )


def _statements(vendor: str) -> list[str]:
    return _postgresql() if vendor == "postgresql" else _sqlite()


def take_in(connection) -> None:
    """Take what was written lately into the indexes of PostgreSQL, where it waits in lists that each search reads."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT gin_clean_pending_list(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            f" JOIN pg_am a ON a.oid = c.relam WHERE i.indrelid = '{TABLE}'::regclass AND i.indisvalid AND a.amname = 'gin'"
        )


def is_derived(table: str) -> bool:
    """Whether ``table`` holds only what can be read from the others: it is in no backup's count, and a restore fills it anew."""
    return table == TABLE or table.startswith(INDEX)


def trigger_names(connection) -> set[str]:
    """The triggers that ``install`` writes on this database."""
    return {statement.split()[2] for statement in _statements(connection.vendor) if statement.startswith("CREATE TRIGGER")}
