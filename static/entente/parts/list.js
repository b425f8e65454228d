// The list follows the filters; the address, the panel and the focus follow the list.

import { count } from "./facets.js";

const OPTIONS = ["columns", "sort", "page_size", "also", "year", "fiscal_year", "reason", "severity", "held_in", "area", "case_study"];

export function startList() {
  const results = document.querySelector("#results");
  const panel = document.querySelector("[data-filters]");
  if (!results || !panel || !window.htmx) return;
  let shown = location.search;
  count(panel, shown);
  let column = -1;

  // What is not asked stays out of the address.
  document.addEventListener("htmx:configRequest", (event) => {
    const asked = event.detail.formData;
    if (event.target !== panel) return;
    const given = [...asked.entries()].filter(([name, value]) => value !== "" && !(name === "region_mode" && value === "either"));
    [...new Set(asked.keys())].forEach((name) => asked.delete(name));
    given.forEach(([name, value]) => asked.append(name, value));
  });

  // Links inside the results (sort, pages, chips) swap the list as the filters do.
  results.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='?']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    column = link.closest("th") ? link.closest("th").cellIndex : -1;
    window.htmx.ajax("GET", new URL(link.href).pathname + new URL(link.href).search, { target: "#results", source: results });
  });

  // In the same moment as the rows: "back" a moment after them must find the address that they belong to.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target !== results) return;
    const address = new URL(event.detail.pathInfo.finalRequestPath, location.href);
    if (address.search !== location.search) history.pushState({}, "", address.pathname + address.search);
    shown = address.search;
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target !== results) return;
    const address = new URL(event.detail.pathInfo.finalRequestPath, location.href);
    fill(panel, address.searchParams);
    count(panel, address.search);
    panel.querySelector("[data-found]").textContent = results.querySelector(".count b")?.textContent || "";
    const told = results.querySelector(".count, #errors h2");
    document.querySelector("#told").textContent = told ? told.textContent.replace(/\s+/g, " ").trim() : "";
    // The control that was used is gone with the old rows: its like in the new ones, or their count, has the focus.
    if (document.activeElement !== document.body) return;
    const heading = results.querySelectorAll("thead th")[column]?.querySelector("a");
    (heading || told)?.focus({ preventScroll: Boolean(heading) });
    if (!heading && told && told.getBoundingClientRect().top < 0) told.scrollIntoView();
  });

  window.addEventListener("popstate", () => { if (location.search !== shown) location.reload(); });
}

function fill(panel, asked) {
  // A value that was ticked below its box now stands above it; the focus goes with it.
  const was = document.activeElement?.closest("[data-listed]") ? document.activeElement : null;
  panel.querySelectorAll("[data-listed] input").forEach((box) => { if (asked.getAll(box.name).includes(box.value)) box.closest("li").remove(); });
  panel.querySelectorAll("input[type=checkbox]").forEach((box) => { box.checked = asked.getAll(box.name).includes(box.value); });
  panel.querySelectorAll("input[type=radio]").forEach((box) => { box.checked = (asked.get(box.name) || "either") === box.value; });
  panel.querySelectorAll("input.field-mini").forEach((box) => {
    if (box !== document.activeElement || box.dataset.combobox) box.value = box.dataset.combobox ? "" : asked.get(box.name) || "";
  });
  // What was found by name stands as a ticked box above the box for the next one.
  panel.querySelectorAll("[data-chosen]").forEach((list) => {
    list.replaceChildren(...asked.getAll(list.dataset.chosen).map((value) => {
      const item = document.createElement("li");
      const label = document.createElement("label");
      const text = document.createElement("span");
      label.className = "facet";
      text.textContent = value;
      label.append(input("checkbox", list.dataset.chosen, value), text);
      item.append(label);
      return item;
    }));
  });
  if (was && !was.isConnected) panel.querySelector(`[data-chosen="${was.name}"] input[value="${CSS.escape(was.value)}"]`)?.focus();
  panel.querySelectorAll("input[type=hidden]").forEach((old) => old.remove());
  OPTIONS.forEach((name) => asked.getAll(name).forEach((value) => panel.append(input("hidden", name, value))));
}

function input(type, name, value) {
  const made = document.createElement("input");
  Object.assign(made, { type, name, value });
  made.checked = true;
  return made;
}
