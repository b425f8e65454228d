// A form that is answered with a file leaves its page where it is: once the file is on its way, back to where it was asked for.

const BEGAN = "download_began"; // as in engagements/views/export.py

export function startDownload() {
  const form = document.querySelector("form[data-download]");
  if (!form) return;
  form.addEventListener("submit", () => {
    const mark = crypto.getRandomValues(new Uint32Array(2)).join("");
    const field = form.elements.began || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "began" }));
    field.value = mark;
    const waiting = setInterval(() => {
      if (!document.cookie.split("; ").includes(`${BEGAN}=${mark}`)) return;
      clearInterval(waiting);
      location.assign(form.querySelector("[data-back]").href);
    }, 300);
  });
}
