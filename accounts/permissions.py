"""Which role may do what, to which model; Django's own permission names.

A person also needs to be able to see the row (``visible_to``): a permission alone opens no record.
"""

from accounts.choices import Role

CATALOG = {
    "country", "regionscheme", "region", "countryregion", "organization", "membership", "framework", "legalbasis",
    "strategy", "objective", "engagementtype", "theme", "domain", "outcometype", "challengecategory", "missiontask",
    "fundingsource",
}  # fmt: skip
ALIASES = {
    "countryalias", "organizationalias", "frameworkalias", "strategyalias", "engagementtypealias", "themealias",
    "domainalias", "outcometypealias", "challengecategoryalias", "missiontaskalias", "fundingsourcealias",
}  # fmt: skip
RECORD = {
    "engagement", "exercise", "trainingprogram", "peacekeepingmission", "participation", "strengthreport", "outcome",
    "assessment", "challenge", "followup", "afteractionreview", "lesson", "fundingline", "source", "externalid",
}  # fmt: skip
STORIES = {"casestudy"}
ATTACHED = {"attachment", "comment", "mention"}
PEOPLE = {"user", "team"}


def _all(app: str, models: set[str], *actions: str) -> frozenset[str]:
    return frozenset(f"{app}.{action}_{model}" for model in models for action in actions)


_SEE = _all("catalog", CATALOG | ALIASES, "view") | _all("engagements", RECORD | STORIES | ATTACHED, "view")
_TALK = _all("engagements", {"comment"}, "add")
_WRITE_RECORD = _all("engagements", RECORD, "add", "change", "delete")
_REQUESTS = _all("engagements", {"handlingrequest", "reviewstep"}, "view")
_LOGS = _all("history", {"change", "access"}, "view")
_PAIRS = _all("engagements", {"merger", "nottwins"}, "view")
# The batches of one's teams, whose names one answers, and the mappings one saves. Who enters records by form brings in files.
_ANSWER = _all("imports", {"batch"}, "view") | _all("imports", {"savedmapping"}, "add", "view", "change", "delete")
_IMPORT = _ANSWER | _all("imports", {"batch"}, "add")
PERMISSIONS: dict[str, frozenset[str]] = {
    Role.VIEWER: _SEE | _TALK,
    Role.ANALYST: _SEE | _TALK | _WRITE_RECORD | _REQUESTS | _IMPORT,
    Role.MANAGER: _SEE
    | _TALK
    | _WRITE_RECORD
    | _REQUESTS
    | _LOGS
    | _PAIRS
    | _IMPORT
    | _all("engagements", STORIES, "add", "change", "delete")
    | frozenset({"engagements.verify_engagement", "engagements.decide_handlingrequest"}),
    Role.STEWARD: _SEE
    | _TALK
    | _ANSWER
    | _all("catalog", CATALOG | ALIASES, "add", "change", "delete")
    | _all("catalog", {"lookalike"}, "view")
    | _all("engagements", STORIES, "add", "change", "delete"),
    Role.ADMINISTRATOR: _SEE | _LOGS | _all("jobs", {"job"}, "view") | _all("accounts", PEOPLE, "view", "add", "change"),
}
USES_ADMIN = {Role.MANAGER, Role.STEWARD, Role.ADMINISTRATOR}
