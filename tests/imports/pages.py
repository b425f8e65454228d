"""What a person does on the pages of an import, as tests say it: send a file, say what it means, check it, write it."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict

from imports.models import Batch
from jobs import work
from jobs.models import Job

VISITS = (
    "Date,Title,Visitor,Host,Remarks\n"
    "2016-05-03,Talks in Warsaw,Norland,Polania,first\n"
    "2018-11-17,Talks in Paris,Norland,Gallia,second\n"
    "2019-04-31,Talks in Rome,Norland,Italica,no such day\n"
)
NEEDED = {"k-kind": "engagement", "k-status": "completed"}


def send(client, content: str | bytes = VISITS, name="visits.csv", **answers):
    """The answer to the form that takes a file."""
    data = content.encode() if isinstance(content, str) else content
    return client.post("/imports/new/", {"file": SimpleUploadedFile(name, data), **needed(client), **answers})


def needed(client) -> dict:
    form = client.get("/imports/new/").context["form"]
    return {"team": form["team"].initial or form.initial.get("team", ""), "handling": form.initial["handling"], "mapping": ""}


def brought_in(client, content: str | bytes = VISITS, name="visits.csv", **answers) -> Batch:
    """A batch as it is after the file was sent."""
    response = send(client, content, name, **answers)
    assert response.status_code == 302, response.context["form"].errors
    return Batch.objects.get(key=response["Location"].split("/")[2])


def typed(page) -> dict:
    """Everything that the mapping page holds, as a browser would send it."""
    data = QueryDict(mutable=True)
    for found in page.context["slots"]:
        data.appendlist("slot", str(found.place))
        for name, on in (("group", found.groups), ("identity", found.identifies)):
            if on:
                data[f"c{found.place}-{name}"] = "on"
        for meaning in found.meanings:
            data[f"{meaning.prefix}-to"] = meaning.to
            data[f"{meaning.prefix}-asked"] = " ".join(option.asked for option in meaning.options)
            for option in meaning.options:
                if option.kind != "tick":
                    data[f"{meaning.prefix}-{option.name}"] = option.value
                elif option.value:
                    data[f"{meaning.prefix}-{option.name}"] = "on"
    for one in page.context["usual"]:
        data[f"k-{one.name}"] = one.value
    for number, (party, role) in page.context["parties"]:
        data[f"p{number}-party"], data[f"p{number}-role"] = party, role
    for number, (name, value) in page.context["others"]:
        data[f"k{number}-name"], data[f"k{number}-value"] = name, value
    sums = page.context["sums"]
    for name in ("column", "how", "text", "people", "cost"):
        data[f"a-{name}"] = sums[name]
    for number, key in enumerate(sums["keys"]):
        data[f"a-key{number}"] = key
    for number, flag in page.context["flags"]:
        for name in ("column", "how", "text", "say"):
            data[f"f{number}-{name}"] = flag.get(name, "")
    for name, value in {
        "missing": page.context["missing"], "doubled": page.context["doubled"], "whole": "1", "seen": page.context["seen"],
        "page": str(page.context["number"]), "name": page.context["document"].get("name", ""),
    }.items():  # fmt: skip
        data[name] = value
    return data


def say(client, batch: Batch, do="preview", **changed):
    """Change some fields of the mapping page (``c1-0-to`` as ``c1_0_to``) and press a button."""
    address = f"/imports/{batch.key}/mapping/"
    data = typed(client.get(address))
    for name, value in changed.items():
        name = name.replace("_", "-")
        if value is None:
            data.pop(name, None)
        elif isinstance(value, list):
            data.setlist(name, value)
        else:
            data[name] = value
    data["do"] = do
    response = client.post(address, data.urlencode(), content_type="application/x-www-form-urlencoded")
    batch.refresh_from_db()
    return response


def work_off() -> None:
    """What the worker would do now."""
    for job in Job.objects.filter(state="waiting"):
        work.run_now(job)


def press(client, batch: Batch, name: str, **data):
    """One of the buttons of a batch, and what the worker does because of it."""
    response = client.post(f"/imports/{batch.key}/do/{name}/", data)
    work_off()
    batch.refresh_from_db()
    return response


def checked(client, batch: Batch, **changed) -> Batch:
    """The batch after it was checked."""
    response = say(client, batch, do="check", **changed)
    assert response.status_code == 302, [str(message) for message in response.context["messages"]]
    work_off()
    batch.refresh_from_db()
    return batch
