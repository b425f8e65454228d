"""The names that columns go by in the wild, for guesses; compared as plain words, the first of a list the likeliest."""

import re
import unicodedata

from catalog.canonical import canonical

# Target and role, and the phrases that a heading may be. Earlier ones go first where two fit equally well.
_PHRASES = """
title: title, name, exercise name, exercise, event, event name, event title, engagement, engagement title, mission name,
    mission title, operation, operation name, course title, course name, course, activity, activity name, visit, visit title,
    full name, mission full name, designation
mission.acronym: mission acronym, acronym, mission, mission code, abbreviation, short name
starts: start date, start, starts, date from, from date, begin date, begin, begins, date start, started, first day, date,
    start day, date of visit, date of event, date of exercise, commenced, launch date, launched, date of start, date begin,
    event date, visit date, year, start year, deployment date, beginning, arrival, arrival date, arrived, date of arrival
ends: end date, end, ends, date to, to date, until, finish date, date end, ended, last day, finish, completed on, end day,
    closing date, date of end, end year, close date, departure, departure date, departed, date of departure
strength.as_of: last reporting date, reporting date, as of, as of date, report date, month, reporting month
place: location, place, venue, city, town, site, mission location, base, area, locality, place of visit, location name
country: host country, to country, receiving country, receiving nation, visited nation, host nation, location country, held
    in, country of location, country held in, visited country, destination, destination country, theatre, theater, area of
    operation, host state, country of deployment, hosted in, country visited, countries visited, visited countries
latitude: latitude, lat, mission latitude, y, y coord, y coordinate, ycoord
longitude: longitude, lon, long, lng, mission longitude, x, x coord, x coordinate, xcoord
participant host: host, hosted by, host party
participant lead: lead, lead nation, lead country, framework nation, leading country, organized by, organiser
participant sponsor: sponsor, organizer, sponsoring country, donor, donor country
participant trainer: trainer, provider, provider country, training country, training provider
participant recipient: recipient, recipient country, trainee, trainee country, beneficiary, partner nation trained
participant troop_contributor: contributing country, troop contributing country, tcc, contributor, troop contributor,
    contributing nation
participant observer: observers, observer, observer countries, observer nations
participant: participants, participant, participating countries, participating nations, participating states, countries,
    country, nations, nation, partner, partners, partner country, partner nation, partner countries, states, state, visitor,
    visiting country, from country, visiting nation, sending country, country name, member states, participating country,
    party, parties, actors, country a, country b, state a, state b, side a, side b, country 1, country 2, guest, contributing
    countries, iso3, country code, iso code 3, isocode3, ccode, ccode1, ccode2, cow code, cowcode, stateabb, stateabb1,
    stateabb2
participant.role: role, participant role
participant.unit: unit, student unit, participating unit, units
participant.women: women, female participants, number of women
participant.personnel: personnel, quantity, troops, number of personnel, people, number of people, number of troops,
    strength, headcount, number of participants, students, number of students, soldiers
participant.personnel_planned: personnel planned, planned personnel
participant.delegation_level: delegation level, level of delegation, rank, head of delegation
strength.female: female personnel, female, females, women deployed
strength.male: male personnel, male, males, men
strength.total: total personnel, total troops, deployed strength, total
strength.personnel_type: personnel type, type of personnel, category of personnel
exercise.personnel_total: total participants, personnel total, total number of troops, total number of participants
exercise.ships: ships, number of ships, vessels
exercise.aircraft: aircraft, number of aircraft
mission.authorized_strength: authorized strength, authorised strength, strength authorized, strength authorised, mandated strength, ceiling
mission.mandate: mandate
mission.headquarters: headquarters, hq
mission.fatalities: fatalities, deaths
mission.mandating_body: mandating body, lead organization, lead organisation
type: type, exercise type, type of exercise, event type, mission type, type of mission, category, activity type
kind: kind
status: status, state of play
framework: framework, series, exercise series, framework or series
iteration: iteration, edition
domains: domain, domains, service, branch
themes: theme, themes, topic, topics
strategies: strategy, strategies
legal_bases: legal basis, resolution, authority
funding.actual: cost, total cost, actual cost, expenditure, cost usd, amount, total cost usd
funding.planned: budget, planned cost, estimated cost, planned budget
funding.currency: currency
funding.source: funding source, source of funding, fund, program, programme, funded by
funding.fiscal_year: fiscal year, fy, budget year
source.url: url, link, source url, source link, website, web address, hyperlink
source.publisher: publisher, source publisher
source.title: source, sources, reference source, source title, citation
summary: summary, description, notes, note, remarks, comments, comment, details, objective, objectives, purpose, aim
external_id: id, visit no, visit number, event no, serial, row, record id, event id, number, no, nr, code, reference, ref,
    identifier, uid, exercise id
"""
SYSTEM, LONGEST_SYSTEM = "source-file", 40
OPEN_OR_MISSING = ("-9", "-99", "-999", "n/a", "null", "none", "#n/a", "-", "--", "..")


def words(heading: str) -> str:
    """A heading as plain words: "Contributing_Country" and "startDate" are "contributing country" and "start date"."""
    text = unicodedata.normalize("NFKC", heading)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    return " ".join(re.findall(r"[a-z0-9]+", canonical(text)))


def _names() -> list[tuple[str, str, tuple[str, ...]]]:
    """Target, role, phrases."""
    found = []
    for line in re.sub(r"\n\s+", " ", _PHRASES.strip()).splitlines():
        head, _colon, phrases = line.partition(": ")
        to, _blank, role = head.partition(" ")
        found.append((to, role, tuple(phrases.split(", "))))
    return found


NAMES = _names()

ONLY_WHOLE = {"external_id", "kind", "latitude", "longitude", "mission.acronym"}  # their words are part of too many headings

UNITS = re.compile(r"[(\[][^()\[\]]*[)\]]")  # a row below the heading that says what is counted: (days), [EUR]


def meaning_of(heading: str) -> tuple[str, str, int]:
    """Target, role and how sure: 3 for the very words, 1 where they are only part of the heading."""
    parts = heading.split(" / ")
    while len(parts) > 1 and UNITS.fullmatch(parts[-1].strip()):
        parts.pop()
    said = words(parts[-1]) or words(heading)
    for to, role, phrases in NAMES:
        if said in phrases:
            return to, role, 3
    best = ("", "", 0)
    longest = 0
    for to, role, phrases in NAMES:
        for phrase in phrases if to not in ONLY_WHOLE else ():
            if to == "title" and (not phrase.endswith(("name", "title")) or OF_A_PERSON.search(said)):
                continue
            if len(phrase) > max(longest, 3) and re.search(rf"\b{re.escape(phrase)}\b", said):
                best, longest = (to, role, 1), len(phrase)
    return best


_SEXES = dict.fromkeys(("m", "male", "males", "men"), "male") | dict.fromkeys(("f", "female", "females", "women"), "female")
_PERSONNEL = {
    "troop": "troops", "troops": "troops", "contingent": "troops", "unpol": "individual_police", "ip": "individual_police",
    "individual police": "individual_police", "police": "individual_police", "fpu": "formed_police", "formed police": "formed_police",
    "formed police unit": "formed_police", "formed police units": "formed_police", "unmem": "military_observers",
    "unmo": "military_observers",
    "eom": "military_observers", "experts": "military_observers", "experts on mission": "military_observers",
    "military observers": "military_observers", "military experts": "military_observers", "staff officer": "staff_officers",
    "staff officers": "staff_officers", "so": "staff_officers", "civilian": "civilian_staff", "civilians": "civilian_staff",
    "contingent troop": "troops", "contingent troops": "troops", "un police": "individual_police", "police officers": "individual_police",
    "individual police officer": "individual_police", "formed police officers": "formed_police", "expert on mission": "military_observers",
    "military expert": "military_observers", "military observer": "military_observers", "military staff officers": "staff_officers",
}  # fmt: skip
YEARS = {"year", "reporting year", "data year", "calendar year", "year of data", "observation year"}
FIGURES = {"count", "number", "personnel", "total", "total personnel", "people", "strength", "headcount", "value", "figure", "n"}
# Whose name or title a column holds, where it is not that of the engagement.
OF_A_PERSON = re.compile(r"\b(?:leader|person|official|minister|head|delegate|contact|first|last|family|author|student|instructor|unit)\b")


def personnel_of(cell: str) -> str:
    """The type of personnel that a cell such as "Contingent Troop" names; empty where none is known by it."""
    return _PERSONNEL.get(words(cell), "")


def sex_of(cell: str) -> str:
    """female, male, or empty."""
    return _SEXES.get(words(cell), "")


def figure_of(heading: str) -> tuple[str, str] | None:
    """Sex and type of personnel of a heading such as "Troops M": ("male", "troops")."""
    said = words(heading).split()
    sexes = [word for word in said if word in _SEXES]
    kind = _PERSONNEL.get(" ".join(word for word in said if word not in _SEXES and word not in {"total", "number", "of"}))
    return (_SEXES[sexes[0]], kind) if len(sexes) == 1 and kind else None


def system_of(name: str) -> str:
    """Whose the numbers of a file are, by its name without dates and editions: number 1 of one source is not that of another."""
    stem = re.sub(r"(?:\.(?:csv|tsv|txt|xlsx|gz))+$", "", name, flags=re.IGNORECASE)
    kept = [word for word in words(re.sub(r"[0-9]+", " ", stem)).split() if len(word) > 1]
    return "-".join(kept)[:LONGEST_SYSTEM].strip("-") or SYSTEM
