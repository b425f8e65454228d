// The definition of the chosen type stands under the list of types.

export function startTypes() {
  document.querySelectorAll("[data-type-pick]").forEach((frame) => {
    const select = frame.querySelector("select");
    const shown = frame.querySelector("[data-type-definition]");
    const tell = () => {
      const found = frame.querySelector(`[data-type="${CSS.escape(select.value)}"]`);
      shown.hidden = !found;
      shown.replaceChildren();
      if (!found) return;
      const name = document.createElement("b");
      name.textContent = `${found.querySelector("dt").textContent}. `;
      shown.append(name, found.querySelector("dd").textContent);
    };
    select.addEventListener("change", tell);
    tell();
  });
}
