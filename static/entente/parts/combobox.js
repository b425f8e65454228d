// A text box with suggestions: arrow keys move, Enter takes, Escape leaves. ARIA 1.2 combobox.

let number = 0;

export function startComboboxes() {
  document.querySelectorAll("[data-combobox]").forEach(attach);
  document.addEventListener("entente:row", (event) => event.detail.querySelectorAll("[data-combobox]").forEach(attach));
}

function attach(input) {
  if (input.dataset.attached || input.closest("template")) return;
  input.dataset.attached = "yes";
  const list = document.createElement("ul");
  list.className = "listbox";
  list.id = `listbox-${++number}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.getAttribute("aria-label") || input.labels?.[0]?.textContent.trim() || "");
  list.hidden = true;
  const frame = document.createElement("div");
  frame.className = "combo";
  input.replaceWith(frame);
  frame.append(input, list);
  // A text of several lines stays one: it may not become a combobox, only have suggestions.
  const lines = input.tagName === "TEXTAREA";
  const said = { "aria-controls": list.id, "aria-autocomplete": "list", ...(lines ? { "aria-haspopup": "listbox" } : { role: "combobox", "aria-expanded": "false" }) };
  for (const [name, value] of Object.entries(said)) input.setAttribute(name, value);
  const box = { input, list, lines, many: "many" in input.dataset, chosen: -1, asked: "" };
  input.addEventListener("input", () => ask(box));
  input.addEventListener("focus", () => { if (!input.value) recent(box); });
  input.addEventListener("blur", () => setTimeout(() => close(box), 120));
  input.addEventListener("keydown", (event) => press(box, event));
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault();
    take(box, option);
  });
}

function typed(box) {
  if (box.lines) return mention(box)?.[1] || "";
  return box.many ? box.input.value.split(";").pop().trim() : box.input.value.trim();
}

// The name that is being typed after an @, just before the cursor.
function mention(box) {
  return /(?:^|[^\p{L}\p{N}_.@+-])@([\p{L}\p{N}_.+-]{1,60})$/u.exec(box.input.value.slice(0, box.input.selectionStart));
}

async function ask(box) {
  const text = typed(box);
  box.asked = text;
  if (!text) return recent(box);
  await new Promise((done) => setTimeout(done, 110));
  if (box.asked !== text) return;
  const kind = box.input.dataset.combobox;
  const address = box.input.dataset.mention || (kind === "engagement" ? "/engagements/suggest/" : "/suggest/");
  // In the filter panel each value comes with the number of results that it would leave.
  const panel = "counted" in box.input.dataset && box.input.closest("[data-facets]");
  const asked = panel && panel.dataset.counting !== undefined
    ? `${panel.dataset.facets}${panel.dataset.counting}${panel.dataset.counting ? "&" : "?"}of=${kind}&match=${encodeURIComponent(text)}`
    : `${address}?kind=${encodeURIComponent(kind)}&q=${encodeURIComponent(text)}`;
  const answer = await fetch(asked, { headers: { Accept: "application/json" } });
  if (!answer.ok || box.asked !== text || document.activeElement !== box.input) return;
  show(box, await answer.json(), text);
}

function recent(box) {
  const form = box.input.closest("form");
  if (box.input.dataset.combobox !== "party" || !form?.dataset.recent) return close(box);
  show(box, form.dataset.recent.split("|").filter(Boolean).map((value) => ({ value, label: value.replace(/ \([^()]*\)$/, ""), code: (/\(([^()]*)\)$/.exec(value) || [])[1] || "" })), "");
}

function show(box, found, text) {
  box.list.replaceChildren();
  found.forEach((item, place) => {
    const option = document.createElement("li");
    option.id = `${box.list.id}-${place}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    // A filter takes the code alone: the one in brackets, as what is shown beside a name may be an abbreviation.
    option.dataset.value = "codeOnly" in box.input.dataset ? (/\(([^()]*)\)$/.exec(item.value) || [])[1] || item.value : item.value;
    const name = document.createElement("span");
    mark(name, item.label, text);
    const code = document.createElement("span");
    code.className = /^[A-Z]{3}$/.test(item.code) ? "cc" : "quiet";
    code.textContent = item.code;
    option.append(name, code);
    if (item.count !== undefined) {
      const number = document.createElement("span");
      number.className = "c";
      number.textContent = item.count.toLocaleString(document.documentElement.lang);
      option.append(number);
    }
    box.list.append(option);
  });
  box.chosen = -1;
  const open = found.length > 0;
  box.list.hidden = !open;
  if (!box.lines) box.input.setAttribute("aria-expanded", String(open));
  box.input.removeAttribute("aria-activedescendant");
  if (open && text) move(box, 0);
}

function mark(element, label, text) {
  const at = text ? label.toLocaleLowerCase().indexOf(text.toLocaleLowerCase()) : -1;
  if (at < 0) { element.textContent = label; return; }
  const found = document.createElement("mark");
  found.textContent = label.slice(at, at + text.length);
  element.append(label.slice(0, at), found, label.slice(at + text.length));
}

function options(box) {
  return [...box.list.querySelectorAll("[role=option]")];
}

function move(box, to) {
  const all = options(box);
  if (!all.length) return;
  box.chosen = (to + all.length) % all.length;
  all.forEach((option, place) => option.setAttribute("aria-selected", String(place === box.chosen)));
  box.input.setAttribute("aria-activedescendant", all[box.chosen].id);
  all[box.chosen].scrollIntoView({ block: "nearest" });
}

function press(box, event) {
  const open = !box.list.hidden;
  if (box.lines && !open) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (open) move(box, box.chosen + (event.key === "ArrowDown" ? 1 : -1));
    else ask(box);
  } else if (event.key === "Enter" && open && box.chosen >= 0) {
    event.preventDefault();
    take(box, options(box)[box.chosen]);
  } else if (event.key === "Tab" && open && box.chosen >= 0 && typed(box)) {
    take(box, options(box)[box.chosen]);
  } else if (event.key === "Escape" && open) {
    event.preventDefault();
    close(box);
  }
}

function take(box, option) {
  if (box.lines) return name(box, option.dataset.value);
  const before = box.many ? box.input.value.split(";").slice(0, -1).map((part) => part.trim()) : [];
  box.input.value = [...before, option.dataset.value].join("; ");
  close(box);
  box.asked = "";
  box.input.dispatchEvent(new Event("change", { bubbles: true }));
}

// The name that was being typed becomes the whole one.
function name(box, value) {
  const end = box.input.selectionStart;
  const start = end - (mention(box)?.[1].length ?? 0) - 1;
  if (start >= 0) box.input.setRangeText(`${value} `, start, end, "end");
  close(box);
  box.asked = "";
}

function close(box) {
  box.list.hidden = true;
  if (!box.lines) box.input.setAttribute("aria-expanded", "false");
  box.input.removeAttribute("aria-activedescendant");
}
