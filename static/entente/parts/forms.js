// Focus on the errors, a question before typed text is left, and a send button that works once.

export function startForms() {
  const errors = document.querySelector("#errors");
  errors?.focus();
  document.querySelectorAll("[data-record-form]").forEach((form) => {
    let changed = Boolean(errors);
    let sent = false;
    if ("startHere" in form.dataset && !errors && !location.hash) form.querySelector("select, input:not([type=hidden])")?.focus();
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("submit", (event) => {
      if (sent) { event.preventDefault(); return; }
      sent = true;
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
    });
    window.addEventListener("pageshow", () => { sent = false; });
    window.addEventListener("beforeunload", (event) => {
      if (changed && !sent) event.preventDefault();
    });
  });
  // Who types another answer has chosen it.
  document.addEventListener("input", (event) => {
    const choice = event.target.closest(".qother")?.querySelector("input[type=radio]");
    if (choice && choice !== event.target && event.target.value) choice.checked = true;
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".errsum a[href^='#']");
    const place = link && document.getElementById(link.hash.slice(1));
    if (place) { event.preventDefault(); lead(place); }
    // A menu closes when the reader goes elsewhere.
    document.querySelectorAll("details.pop[open], details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll("details.pop[open], details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });
}

// To the field of an error: what is folded around it unfolds, and its label stays in sight.
function lead(place) {
  for (let fold = place.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  const inside = place.id === "main" ? null : place.querySelector("input:not([type=hidden]), select, textarea");
  const field = inside || place;
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center" });
}
