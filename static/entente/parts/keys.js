// Shortcuts, wherever no text box has the focus.

let before = "";

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    const go = (selector) => document.querySelector(selector)?.click();
    const key = before + event.key;
    before = event.key === "g" && !before ? "g" : "";
    if (key === "/") { event.preventDefault(); document.querySelector("#find")?.focus(); }
    else if (key === "l") go(".mast-end .btn.primary");
    else if (key === "ge") go(".nav a[href='/engagements/']");
    else if (key === "gh") go(".wordmark");
    else if (key === "?") location.assign("/keyboard/");
    else if (key === "j" || key === "k") step(key === "j" ? 1 : -1);
  });
}

function step(by) {
  const links = [...document.querySelectorAll(".reg td.t a")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, at + by))].focus();
}
