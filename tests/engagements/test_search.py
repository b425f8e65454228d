# ruff: noqa: RUF001 - letters and signs that look like others are what is tested
"""Search: the same words find the same records on both databases, at once, whatever was typed."""

import pytest
from django.db import connection

from catalog.models import CountryAlias, FrameworkAlias
from engagements import search_in_database, search_index
from engagements.models import Engagement, Outcome, Participation, Source
from engagements.search_hits import Words, ids_having
from engagements.search_words import folded, marked, snippet, terms_of
from engagements.sets import Sets
from engagements.tracking import after_migrations
from tests import make

pytestmark = pytest.mark.django_db

HARMLESS = [
    '"unclosed', '"', '""', ":*", "NEAR(", "(a+)+$", "%_%", "%", "_", "\\", "'", "';--", "🙂", "é" * 200, "a" * 200, "a b " * 50,
    "-", "--", "- -", "a AND", "OR", "NOT x", "^", "*", "word*", "col:val", "{text}: a", "a:b&c|!d", "<->", "<script>", "\x01",
    "a\x01b", "|", "\u202e", "ﷺ" * 30, "İ", "０１２", '-"', '-"a', "''''", "$$", "{}", "%s", "%(a)s", "...",
]  # fmt: skip


def found(text, rows=None):
    return sorted((rows or Engagement.objects).search(text).values_list("title", flat=True))


def stored():
    with connection.cursor() as cursor:
        words = ", words::text" if connection.vendor == "postgresql" else ""
        cursor.execute(f"SELECT source, of_row, kind, target, title, text{words} FROM {search_in_database.TABLE} ORDER BY source, of_row")
        return cursor.fetchall()


# Words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Côte d’Ivoire", " cote d ivoire "),
        ("U.S.–Łódź (2+2)", " u s lodz 2 2 "),
        ("Tromsø, GROSSE Straße, Þingvellir, ŒUVRE", " tromso grosse strasse thingvellir oeuvre "),
        ("ΟΔΟΣ İstanbul ﬁne ①", " οδοσ istanbul fine 1 "),
        ("co\u00adoper\u200bation", " cooperation "),
        ("  ", ""),
        ("%_%", ""),
    ],
)
def test_words_are_folded(text, words):
    assert folded(text) == words


@pytest.mark.only_postgresql
def test_the_database_folds_as_python_does():
    texts = [*HARMLESS, "Côte d’Ivoire", "ΟΔΟΣ Æ ø ĐÐ þ ẞ ß ı İ ﬁ ① ½ ² ª", "Жуков Ёлка", "日本 中国", "a\x01b", "\x01", " x ", "ʻokina ʼx"]
    texts += ["".join(map(chr, range(start, start + 64))) for start in range(0x20, 0x2400, 64)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT t, entente_folded(t) FROM unnest(%s::text[]) t", [texts])
        assert dict(cursor.fetchall()) == {text: folded(text) for text in texts}


def test_a_query_is_read_as_words_phrases_and_exclusions():
    assert [(t.words, t.is_open, t.is_unwanted) for t in terms_of('Cobra "Able Archer 83" -U.S. af T-port cobra')] == [
        (("cobra",), True, False),
        (("able", "archer", "83"), False, False),
        (("u", "s"), False, True),
        (("af",), False, False),
        (("t", "port"), True, False),
    ]
    assert len(terms_of(" ".join(map(str, range(100))))) == 12


def test_found_words_are_marked_and_everything_else_is_escaped():
    assert marked("<b>Côte</b> & cotes", terms_of("cote")) == "&lt;b&gt;<mark>Côte</mark>&lt;/b&gt; &amp; <mark>cotes</mark>"
    assert marked("Talks", terms_of("-talks")) == "Talks"
    assert snippet([("A", "nothing"), ("B", "x " * 200 + "gold cobra " + "y " * 300)], terms_of("cobra gold"))[0] == "B"
    assert snippet([("A", "nothing")], terms_of("cobra")) == ("", "")
    assert len(snippet([("", "word " * 5_000)], terms_of("word"))[1]) < 300


# What is found -------------------------------------------------------------------------------------


def test_every_word_counts_and_from_three_letters_on_stands_for_its_beginnings():
    make.engagement(title="Cobra Gold 82", summary="Held in Thailand.")
    make.engagement(title="Cobra Warrior", summary="Gold was not there; an afternoon.")
    assert found("cobra") == found("COB") == ["Cobra Gold 82", "Cobra Warrior"]
    assert found("cobra thai") == ["Cobra Gold 82"]
    assert found('"cobra gold"') == ["Cobra Gold 82"]
    assert found('"cobra gol"') == []
    assert found("cobra -thailand") == ["Cobra Warrior"]
    assert found("-cobra") == []
    assert found("co") == []
    assert found("82") == ["Cobra Gold 82"]
    assert found("ngland") == []


def test_a_phrase_does_not_reach_over_two_fields():
    make.engagement(title="Able", place="Archer")
    assert found('"able archer"') == []
    assert found("able archer") == ["Able"]


def test_accents_and_case_make_no_difference():
    make.engagement(title="Exercício em São Tomé")
    assert found("exercicio sao TOME") == found("EXERCÍCIO são tomé") == ["Exercício em São Tomé"]


def test_signs_alone_are_looked_for_as_they_are():
    make.engagement(title="100 % of it")
    make.engagement(title="Half of it 🙂")
    assert found("%") == ["100 % of it"]
    assert found("🙂") == ["Half of it 🙂"]
    assert found("_") == []


@pytest.mark.parametrize("text", HARMLESS, ids=range(len(HARMLESS)))
def test_any_text_is_harmless(text, signed_in, people):
    make.engagement(title="Talks", summary="What was said: word, word*.")
    list(Engagement.objects.search(text).best_first(text))
    client = signed_in(people.analyst)
    status = 400 if "\x01" in text else 200  # control characters are refused before any view
    assert client.get("/search/", {"q": text}).status_code == status
    assert client.get("/engagements/", {"q": text}).status_code == status


def test_a_word_longer_than_an_index_takes_is_saved():
    made = make.engagement(title="Long", summary="x" * 5_000 + " " + " ".join(f"word{number}" for number in range(20_000)))
    assert found("x" * 150) == found("word77") == [made.title]


# Where a word may stand ----------------------------------------------------------------------------


def test_a_word_is_found_wherever_it_stands_in_the_record_and_gone_when_it_goes():
    record = make.engagement(title="Talks", kind="peacekeeping", detail={"acronym": "MINUXA"}, place="Accra", iteration="XVII")
    outcome = make.outcome(record, statement="Radios agreed")
    challenge = make.challenge(record, description="Runway flooded")
    lesson = make.lesson(record, observation="Tents leaked")
    source = make.source(record, title="Gazette", publisher="Herald")
    name = make.external_id(record, system="legacy", value="OLD-4711")
    for words in [
        "minuxa",
        "accra",
        "xvii",
        "radios",
        "runway",
        "tents",
        "gazette herald",
        "old-4711",
        "talks radios tents",
        record.reference,
    ]:
        assert found(words) == ["Talks"], words
    Outcome.objects.filter(pk=outcome.pk).update(statement="Trucks agreed")
    assert (found("radios"), found("trucks")) == ([], ["Talks"])
    for row, word in [(outcome, "trucks"), (challenge, "runway"), (lesson, "tents"), (source, "gazette"), (name, "4711")]:
        row.delete()
        assert found(word) == [], word
    type(record.mission).objects.filter(pk=record.pk).update(acronym="MINUXB")
    assert (found("minuxa"), found("minuxb")) == ([], ["Talks"])
    Engagement.objects.filter(pk=record.pk).update(title="Visit", summary="Harbor")
    assert (found("talks"), found("visit harbor")) == ([], ["Visit"])


def test_a_record_is_found_by_the_names_of_what_it_points_to():
    country, host, third = make.country("QZZ", name="Ruritania"), make.country(name="Graustark"), make.country(name="Syldavia")
    army = make.organization("r-army", name="Royal Army", kind="armed_force", country=third)
    framework = make.framework(name="Northern Viking", abbreviation="NVK")
    record = make.engagement(
        title="Talks", country=host, countries=[country], framework=framework,
        strategies=[make.strategy(name="Capacity")], themes=[make.theme(name="Demining")],
    )  # fmt: skip
    make.engagement(title="Other")
    Participation.objects.create(engagement=record, organization=army)
    for words in [
        "ruritania",
        "qzz",
        "graustark",
        "royal army",
        "syldavia",
        "northern",
        "nvk",
        "capacity",
        "demining",
        "ruritania demining",
    ]:
        assert found(words) == ["Talks"], words


def test_a_new_name_is_found_at_once_and_the_old_one_no_longer():
    country, framework = make.country(name="Zaire"), make.framework(name="Obangame")
    make.engagement(title="Talks", countries=[country], framework=framework)
    type(country).objects.filter(pk=country.pk).update(name="Congo")
    assert (found("zaire"), found("congo")) == ([], ["Talks"])
    alias = CountryAlias.objects.create(entry=country, text="Léopoldville")
    assert found("leopoldville") == ["Talks"]
    alias.delete()
    assert found("leopoldville") == []
    FrameworkAlias.objects.bulk_create([FrameworkAlias(entry=framework, text="Saharan Express", key="saharan express")])
    assert found("saharan") == ["Talks"]


def test_a_changed_participant_is_found_at_once():
    first, second = make.country(name="Ruritania"), make.country(name="Graustark")
    record = make.engagement(title="Talks", countries=[first])
    record.participations.update(country=second)
    assert (found("ruritania"), found("graustark")) == ([], ["Talks"])
    record.participations.all().delete()
    assert found("graustark") == []


def test_a_record_that_goes_leaves_nothing_in_the_index():
    before = stored()
    record = make.engagement(title="Talks")
    make.source(record, title="Gazette")
    assert len(stored()) > len(before)
    record.sources.all().delete()
    record.delete()
    assert [row for row in stored() if row[2] == "engagement"] == [row for row in before if row[2] == "engagement"]


def test_an_update_that_changes_no_word_writes_nothing():
    record = make.engagement(title="Talks")
    row = f"{search_in_database.TABLE} {{}} WHERE source = 'engagements_engagement' AND of_row = {record.pk}"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE " + row.format("SET title = 'as it was'"))
        Engagement.objects.filter(pk=record.pk).update(status="ongoing", version=9)
        cursor.execute("SELECT title FROM " + row.format(""))
        assert cursor.fetchall() == [("as it was",)]
        Engagement.objects.filter(pk=record.pk).update(title="Visit")
        cursor.execute("SELECT title FROM " + row.format(""))
        assert cursor.fetchall() == [(folded("Visit", record.reference),)]


# The database keeps it -----------------------------------------------------------------------------


def test_every_trigger_is_there():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        assert search_in_database.trigger_names(connection) <= {name for (name,) in cursor.fetchall()}


def test_they_can_be_installed_again_and_the_index_filled_anew():
    make.engagement(title="Talks")
    before = stored()
    search_in_database.install(connection)
    search_in_database.fill(connection)
    assert stored() == before
    assert found("talks") == ["Talks"]


def test_what_the_triggers_wrote_while_loading_is_what_filling_anew_writes(seeded):
    before = stored()
    assert len(before) > 5_000
    search_in_database.fill(connection)
    assert stored() == before


def test_records_that_were_there_before_are_found_after_the_migration():
    make.engagement(title="Talks")
    search_in_database.drop(connection)
    make.engagement(title="Talks without an index")
    search_in_database.create(connection)
    after_migrations(using="default", plan=["something"])
    assert found("talks") == ["Talks", "Talks without an index"]


@pytest.mark.only_sqlite
def test_an_index_that_fell_behind_is_filled_anew():
    make.engagement(title="Talks")
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {search_in_database.INDEX} ({search_in_database.INDEX}) VALUES ('delete-all')")
    assert found("talks") == []
    search_in_database.fill(connection)
    assert found("talks") == ["Talks"]
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {search_in_database.INDEX} ({search_in_database.INDEX}) VALUES ('integrity-check')")


@pytest.mark.only_sqlite
def test_bytes_that_are_no_text_hide_no_other_word():
    record = make.engagement(title="Talks")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE engagements_engagement SET summary = CAST(x'4163637261208042' AS TEXT) WHERE id = {record.pk}")
    assert Engagement.objects.search("accra talks b").values_list("pk", flat=True).get() == record.pk


@pytest.fixture
def _asked_anew_what_the_database_can():
    search_index.forgives.cache_clear()
    yield
    search_index.forgives.cache_clear()


@pytest.mark.only_postgresql
@pytest.mark.usefixtures("_asked_anew_what_the_database_can")
def test_an_account_that_may_create_no_extension_does_without_and_is_told(monkeypatch):
    said = []
    monkeypatch.setattr(search_in_database.log, "warning", lambda sentence, reason: said.append(sentence % reason))
    make.engagement(title="Talks")
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")
        cursor.execute("CREATE ROLE entente_with_few_rights; SET ROLE entente_with_few_rights")
        search_in_database.forgive_typing_errors(connection)
        cursor.execute("RESET ROLE")
    (sentence,) = said
    assert sentence.startswith("Search works, but forgives fewer typing errors: this account may not create the extension pg_trgm (")
    assert sentence.endswith("Let the owner of the database run CREATE EXTENSION pg_trgm.")
    assert not search_index.forgives("default")
    assert (found("talks"), list(Engagement.objects.spelled_like("tolks"))) == (["Talks"], [])


QUERIES = [
    "cobra", "cobra gold", '"cobra gold"', "japan", "jpn", "senegal air", "united nations", "un", "u.s.", "alert",
    "côte d'ivoire", "cote d ivoire", "training", "training mali", "training -mali", "-training", "mali -training -mission",
    "eng-2026", "2012", "2+2", "ivory coast", "zaire", "ussr", '"status of forces"', "sofa", "minusma", "nato", "african union",
    "AFRICAN UNION", "peacekeeping", "dialogue", "defence", "defense", "maritime secur", "exercise", "exercise flintlock",
    "flintlock", "são", "sao tome", "korea", "rok", "republic of korea", '"republic of korea"', "deu", "germany", "port visit",
    "staff talks", "treaty", "treaty 1949", "nuclear", "missile", "pentagon", "air force", "t-72", "zz", "a", "of", "the", "d",
    "x-ray", "ecowas", "au", "somalia", "amisom", "kfor", "balkans", "interoperability", "cyber", "demining", "entente",
]  # fmt: skip


def test_sixty_queries_find_what_a_plain_reading_of_the_register_finds(seeded):
    texts = plain_reading()
    missed = {}
    for query in QUERIES:
        terms = terms_of(query)
        expected = {
            pk for pk, own in texts.items() if all(any(term.is_in(text) for text in own) != term.is_unwanted for term in terms)
        }  # fmt: skip
        words = Words(terms, "default")
        tried = words.among(terms, texts)
        ways = [
            set(Engagement.objects.search(query).values_list("pk", flat=True)),
            set(ids_having(Sets("default"), query)),
            {pk for pk in texts if all((pk in tried[term]) != term.is_unwanted for term in terms)},
        ]
        if any(answer != expected for answer in ways):
            missed[query] = [(len(answer - expected), len(expected - answer)) for answer in ways]
    assert missed == {}
    assert len(QUERIES) >= 60


def plain_reading():
    """All that can be found of each engagement, folded, field by field; read by plain queries."""
    texts = {pk: [] for pk in Engagement.objects.values_list("pk", flat=True)}

    def read(rows, pk, *names):
        for row in rows.values_list(pk, *names):
            if row[0] in texts:
                texts[row[0]] += [folded(value) for value in row[1:] if value]

    def read_entries(path, pk="pk", rows=Engagement.objects, more=(), spelled=True):
        names = [f"{path}__{name}" for name in ("name", "code", *more)]
        read(rows, pk, *names, *([f"{path}__aliases__text"] if spelled else []))

    taking_part = Participation.objects
    read(Engagement.objects, "pk", "title", "reference", "place", "iteration", "summary")
    read(
        Engagement.objects, "pk", "mission__acronym", "mission__mandate", "mission__headquarters", "mission__end_state", "exercise__forces"
    )
    read(Engagement.objects, "pk", "training__subject", "training__course", "training__certification", "external_ids__value")
    read(taking_part, "engagement", "unit", "contribution")
    read(Outcome.objects, "engagement", "statement", "indicator")
    read(Source.objects, "engagement", "title", "publisher")
    read(Engagement.objects, "pk", "challenges__description", "challenges__mitigation", "lessons__observation", "lessons__lesson")
    read(Engagement.objects, "pk", "lessons__recommendation")
    for path in ("country", "also_held_in"):
        read_entries(path, more=("official_name", "iso2"))
    read_entries("acts_for", "engagement", taking_part, ("official_name", "iso2"))
    read_entries("organization", "engagement", taking_part, ("abbreviation",))
    read_entries("mission__mandating_body", more=("abbreviation",))
    read_entries("framework", more=("abbreviation",))
    for path in ("type", "strategies", "themes", "domains", "outcomes__type", "challenges__category"):
        read_entries(path)
    for path in ("objectives", "legal_bases"):
        read_entries(path, spelled=False)
    return texts
