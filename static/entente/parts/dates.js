// Repeats in words how a typed date is read, or says at once what is wrong with it.

export function startDates() {
  document.addEventListener("change", async (event) => {
    const input = event.target.closest("[data-partial-date]");
    if (!input) return;
    const frame = input.closest(".f");
    let line = frame.querySelector("[data-reads]");
    if (!line) {
      line = document.createElement("p");
      line.dataset.reads = "";
      line.setAttribute("role", "status");
      input.after(line);
    }
    line.className = "reads";
    line.textContent = "";
    if (!input.value.trim()) return;
    const answer = await fetch(`/engagements/read-date/?text=${encodeURIComponent(input.value)}`);
    if (!answer.ok) return;
    const read = await answer.json();
    line.className = read.error ? "errmsg" : "reads";
    line.textContent = read.error || read.text;
  });
}
