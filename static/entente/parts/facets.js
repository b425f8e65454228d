// Beside each value of the filter panel, how many results it would leave; of the long lists, the first ones by name.

const asked = (panel, search) => `${panel.dataset.facets}${search}`;

export async function count(panel, search) {
  panel.dataset.counting = search;
  if (document.querySelector("#errors")) return; // nothing is found, and why stands there
  const answer = await fetch(asked(panel, search));
  if (!answer.ok || panel.dataset.counting !== search) return;
  const { listed, total, ...numbers } = await answer.json();
  complete(panel, total);
  panel.querySelectorAll("label.facet > input[type=checkbox]").forEach((box) => {
    if (box.name in numbers) tell(box.parentElement, numbers[box.name][box.value] || 0);
  });
  panel.querySelectorAll("[data-listed]").forEach((frame) => fill(panel, frame, listed[frame.dataset.listed]));
}

// The list says at once that there are more than it counted; how many comes with the other numbers.
function complete(panel, total) {
  const link = document.querySelector("#results a[data-exact]");
  if (!link) return;
  const said = link.closest(".count");
  const figure = total.toLocaleString(document.documentElement.lang);
  said.querySelector("b").textContent = figure;
  if (link === document.activeElement) said.focus({ preventScroll: true });
  link.remove();
  document.querySelectorAll("#results [data-of]").forEach((place) => { place.textContent = place.dataset.of.replace("%n", figure); });
  panel.querySelector("[data-found]").textContent = figure;
  document.querySelector("#told").textContent = said.textContent.replace(/\s+/g, " ").trim();
}

function tell(label, number) {
  let place = label.querySelector(".c");
  if (!place) {
    place = document.createElement("span");
    place.className = "c";
    label.append(place);
  }
  place.textContent = number.toLocaleString(document.documentElement.lang);
  label.classList.toggle("zero", number === 0);
}

// What is chosen stands above, with its name; below are the values that leave most.
function fill(panel, frame, found) {
  const name = frame.dataset.listed;
  const chosen = panel.querySelector(`[data-chosen="${name}"]`);
  for (const entry of found.chosen) {
    const box = [...chosen.querySelectorAll("input")].find((one) => one.value === entry.code);
    if (!box) continue;
    box.parentElement.querySelector("span").textContent = entry.label;
    tell(box.parentElement, entry.count);
  }
  const button = frame.querySelector("button");
  const list = frame.querySelector("ul") || frame.insertBefore(document.createElement("ul"), button);
  const taken = new Set(found.chosen.map((entry) => entry.code));
  const show = (entries) => list.replaceChildren(...entries.filter((entry) => !taken.has(entry.code)).map((entry) => item(name, entry)));
  const close = () => {
    show(found.first);
    delete frame.dataset.open;
    button.textContent = button.dataset.more.replace("%n", found.all.toLocaleString(document.documentElement.lang));
    button.setAttribute("aria-expanded", "false");
  };
  const open = async () => {
    const search = panel.dataset.counting;
    const answer = await fetch(`${asked(panel, search)}${search ? "&" : "?"}of=${name}`);
    if (!answer.ok || panel.dataset.counting !== search) return;
    show(await answer.json());
    frame.dataset.open = "yes";
    button.textContent = button.dataset.fewer;
    button.setAttribute("aria-expanded", "true");
  };
  button.hidden = found.all <= found.first.length;
  button.onclick = () => ("open" in frame.dataset ? close() : open());
  frame.hidden = found.all === 0;
  if ("open" in frame.dataset && !button.hidden) open();
  else close();
}

function item(name, entry) {
  const made = document.createElement("li");
  const label = document.createElement("label");
  const text = document.createElement("span");
  label.className = "facet";
  text.textContent = entry.label;
  label.append(box(name, entry.code), text);
  tell(label, entry.count);
  made.append(label);
  return made;
}

function box(name, value) {
  const made = document.createElement("input");
  Object.assign(made, { type: "checkbox", name, value });
  return made;
}
