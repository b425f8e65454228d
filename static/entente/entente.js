// What scripts add to pages that work without them.
import { startComboboxes } from "./parts/combobox.js";
import { startRows } from "./parts/rows.js";
import { startTypes } from "./parts/types.js";
import { startKeys } from "./parts/keys.js";
import { startForms } from "./parts/forms.js";

document.documentElement.classList.add("scripted");
startComboboxes();
startRows();
startTypes();
startKeys();
startForms();

// After a swap of the list, ticked boxes and chips may differ: the panel follows the address.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "results") return;
  const asked = new URLSearchParams(location.search);
  document.querySelectorAll("[data-filters] input[type=checkbox]").forEach((box) => {
    box.checked = asked.getAll(box.name).includes(box.value);
  });
});

// Links inside the results (sort, pages, chips) swap the list as the filters do.
document.addEventListener("click", (event) => {
  const link = event.target.closest("#results a[href^='?']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.htmx) return;
  event.preventDefault();
  const address = new URL(link.href, location.href);
  window.htmx.ajax("GET", address.href, { target: "#results", source: link }).then(() => {
    history.pushState({}, "", address.href);
    document.dispatchEvent(new CustomEvent("entente:address"));
    if (link.closest(".pager")) document.querySelector("#results").scrollIntoView();
  });
});
window.addEventListener("popstate", () => location.reload());
