"""What a browser would post: the fields of a form page as they stand, changed where a test says so."""

from html.parser import HTMLParser
from urllib.parse import urlencode


class _Fields(HTMLParser):
    def __init__(self, form_id=None):
        super().__init__()
        self.form_id = form_id
        self.fields: dict[str, list[str]] = {}
        self.inside_template = 0
        self.in_form = False
        self.select = self.textarea = None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "template":
            self.inside_template += 1
        if tag == "form":
            self.in_form = given.get("id") == self.form_id if self.form_id else "data-record-form" in given or "data-form" in given
        if self.inside_template or not self.in_form:
            return
        name = given.get("name")
        if tag == "input" and name and given.get("type") not in {"submit", "button"}:
            if given.get("type") in {"checkbox", "radio"} and "checked" not in given:
                return
            self.fields.setdefault(name, []).append(given.get("value") or ("on" if given.get("type") == "checkbox" else ""))
        elif tag == "select":
            self.select, self.chosen, self.first, self.takes_several = name, [], None, "multiple" in given
        elif tag == "option" and self.select:
            value = given.get("value", "")
            self.first = value if self.first is None else self.first
            if "selected" in given:
                self.chosen.append(value)
        elif tag == "textarea":
            self.textarea = name
            self.fields[name] = [""]

    def handle_data(self, data):
        if self.textarea and not self.inside_template:
            self.fields[self.textarea][-1] += data

    def handle_endtag(self, tag):
        if tag == "template":
            self.inside_template -= 1
        if tag == "select" and self.select:
            self.fields.setdefault(self.select, []).extend(self.chosen or ([] if self.takes_several else [self.first or ""]))
            self.select = None
        if tag == "textarea" and self.textarea:
            # The first line break after <textarea> belongs to the mark-up.
            self.fields[self.textarea][-1] = self.fields[self.textarea][-1].removeprefix("\n")
            self.textarea = None
        if tag == "form":
            self.in_form = False


def posted(response, form_id=None, **changes) -> dict[str, list[str]]:
    """The fields of the record form on a page, with ``changes``; a change to None takes the field away.

    A page of the admin has no record form: its form is named by its id.
    """
    reader = _Fields(form_id)
    reader.feed(response.content.decode())
    fields = dict(reader.fields)
    for name, value in changes.items():
        if value is None:
            fields.pop(name, None)
        else:
            fields[name] = [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]
    return fields


def send(client, address, fields):
    """Post as a browser does: urlencoded, not multipart as Django's test client."""
    return client.post(address, urlencode(fields, doseq=True), content_type="application/x-www-form-urlencoded")
