// Focus on the errors, a question before typed text is left, and a send button that works once.

export function startForms() {
  document.querySelector("#errors")?.focus();
  document.querySelectorAll("[data-record-form]").forEach((form) => {
    let changed = Boolean(document.querySelector("#errors"));
    let sent = false;
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("submit", (event) => {
      if (sent) { event.preventDefault(); return; }
      sent = true;
    });
    window.addEventListener("pageshow", () => { sent = false; });
    window.addEventListener("beforeunload", (event) => {
      if (changed && !sent) event.preventDefault();
    });
  });
  // A menu closes when the reader goes elsewhere.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.pop[open], details.menu[open], details.menu-export[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll("details.pop[open], details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });
}
