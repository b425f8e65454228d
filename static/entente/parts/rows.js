// Adds a row to a formset without a page load; the first box of the new row gets the focus.

export function startRows() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add-row]");
    if (!button) return;
    event.preventDefault();
    const frame = button.closest("[data-rows]");
    const total = frame.querySelector(`[name="${frame.dataset.rows}-TOTAL_FORMS"]`);
    const template = frame.querySelector("[data-row-template]");
    const holder = document.createElement("div");
    holder.innerHTML = template.innerHTML.replaceAll("__prefix__", total.value);
    const row = holder.firstElementChild;
    total.value = String(Number(total.value) + 1);
    template.before(row);
    document.dispatchEvent(new CustomEvent("entente:row", { detail: row }));
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  });
}
