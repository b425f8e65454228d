// Draws the charts of a page from the data beside them, in the colors of the theme, and offers them as pictures.

const PICTURE = { svg: "image/svg+xml", png: "image/png" };

let world;

export async function startCharts() {
  const figures = [...document.querySelectorAll("[data-chart]")];
  if (!figures.length) return;
  // The program is large: it comes when a chart comes into view, or for the printer.
  const near = new Set();
  const draw = async () => {
    if (!near.size) return;
    await import(figures[0].dataset.program);
    near.forEach((figure) => drawOne(figure));
  };
  const watch = new IntersectionObserver((seen) => {
    const fresh = seen.filter((one) => one.isIntersecting && !near.has(one.target)).map((one) => one.target);
    if (!fresh.length) return;
    fresh.forEach((figure) => { near.add(figure); watch.unobserve(figure); });
    import(figures[0].dataset.program).then(() => fresh.forEach((figure) => drawOne(figure)));
  }, { rootMargin: "200px" });
  figures.forEach((figure) => watch.observe(figure));
  window.addEventListener("beforeprint", () => { figures.forEach((figure) => near.add(figure)); draw(); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (Math.abs(window.innerWidth - width) < 40) return;
    width = window.innerWidth;
    draw();
  });
}

async function drawOne(figure) {
  const told = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const frame = figure.querySelector("[data-frame]");
  const width = frame.clientWidth || figure.clientWidth;
  figure.dataset.alt ??= frame.getAttribute("aria-label");
  if (figure.dataset.world) world ??= (await (await fetch(figure.dataset.world)).json()).features;
  const view = await drawInto(frame, figure, told, width, getComputedStyle(document.documentElement));
  offer(figure, view);
  await drawForPaper(frame, figure, told, width);
}

async function drawInto(frame, figure, told, width, colors) {
  const spec = fitted(withColors(told.spec, colors), width, told.rows);
  if (figure.dataset.world) spec.datasets = { world, rows: told.rows };
  else spec.data = { values: told.rows };
  spec.description = figure.dataset.alt;
  spec.config = config(colors, roomForNames(width, told.rows).labels);
  const { view } = await window.vegaEmbed(frame, spec, { mode: "vega-lite", renderer: "svg", actions: false, defaultStyle: false, tooltip: false, ast: true });
  frame.querySelector("svg").setAttribute("aria-hidden", "true");
  frame.setAttribute("role", "img");
  frame.setAttribute("aria-label", figure.dataset.alt);
  return view;
}

// Paper is white: beside a picture in dark colors stands one in light ones, for the printer only.
async function drawForPaper(frame, figure, told, width) {
  figure.querySelector("[data-paper]")?.remove();
  if (getComputedStyle(document.documentElement).colorScheme !== "dark") return;
  const paper = document.createElement("div");
  paper.dataset.paper = "";
  frame.after(paper);
  await drawInto(paper, figure, told, width, lightColors(told));
}

// The light theme's colors, read while the page wears it for a moment; nothing is painted in between.
function lightColors(told) {
  const root = document.documentElement;
  const worn = root.dataset.theme;
  root.dataset.theme = "light";
  const style = getComputedStyle(root);
  const names = [...JSON.stringify(told.spec).matchAll(/token:(--[\w-]+)/g)].map((found) => found[1]);
  const colors = new Map([...names, "--ink", "--ink-2", "--rule", "--rule-strong"].map((name) => [name, style.getPropertyValue(name)]));
  if (worn === undefined) delete root.dataset.theme;
  else root.dataset.theme = worn;
  return { getPropertyValue: (name) => colors.get(name) };
}

function withColors(value, colors) {
  if (typeof value === "string") return value.startsWith("token:") ? colors.getPropertyValue(value.slice(6)).trim() : value;
  if (Array.isArray(value)) return value.map((item) => withColors(item, colors));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withColors(item, colors)]));
  return value;
}

// The room the names of the bars take: they are cut where they would need more.
function roomForNames(width, rows) {
  const longest = Math.max(0, ...rows.map((row) => String(row.row ?? "").length));
  const names = longest ? Math.min(longest * 6.4 + 12, width * 0.45, 340) : 34;
  return { longest, names, labels: longest ? names - 12 : 0 }; // 0: numbers are never cut
}

// Small multiples side by side where there is room, each with room for the names of its bars.
function fitted(spec, width, rows) {
  if (spec.projection) return { ...spec, padding: 10, width: width - 30, height: Math.round(width * 0.5) }; // circles at the rim are whole
  const { longest, names } = roomForNames(width, rows);
  if (spec.encoding?.x?.type === "temporal") return { ...spec, width: Math.max(160, width - names - 20) };
  const across = new Set(rows.map((row) => row.with)).size; // each with each: squares, no broader than they are high
  if (across > 1) return { ...spec, width: Math.max(120, Math.min(width - names - 20, across * 26)) };
  if (!spec.facet) return { ...spec, width: Math.max(120, Math.min(width, 720) - names - 56) };
  const many = new Set(rows.map((row) => row.column)).size;
  const room = Math.max(1, Math.min(many, Math.floor((width - names) / 200)));
  const columns = many === 4 && room === 3 ? 2 : room;
  const each = Math.floor((width - names) / columns) - (longest ? 50 : 30);
  const inner = { ...spec.spec, width: Math.max(110, each) };
  if (!longest) { // bars over years: as broad as the years leave room
    const years = rows.map((row) => row.year);
    inner.mark = { ...inner.mark, size: Math.max(2, Math.min(18, Math.floor((inner.width / (Math.max(...years) - Math.min(...years) + 2)) * 0.7))) };
  }
  return { ...spec, columns, spec: inner };
}

function config(colors, labelLimit) {
  const color = (name) => colors.getPropertyValue(name).trim();
  const font = getComputedStyle(document.body).fontFamily;
  return {
    background: "transparent",
    aria: false, // the frame has the figures as its name
    font,
    view: { stroke: null },
    axis: { labelColor: color("--ink-2"), domainColor: color("--rule-strong"), gridColor: color("--rule"), ticks: false, labelFontSize: 12, labelPadding: 6 },
    axisY: { domain: false, labelLimit },
    header: { labelColor: color("--ink"), labelFontSize: 13 },
    text: { color: color("--ink-2"), fontSize: 12 },
    legend: { labelColor: color("--ink-2"), labelFontSize: 12, gradientLength: 160, gradientThickness: 10 },
  };
}

function offer(figure, view) {
  const place = figure.querySelector("[data-pictures]");
  if (!place || place.childElementCount) return;
  for (const [kind, type] of Object.entries(PICTURE)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "linklike";
    button.textContent = kind.toUpperCase();
    button.addEventListener("click", async () => {
      const address = kind === "svg" ? URL.createObjectURL(new Blob([await view.toSVG()], { type })) : await view.toImageURL("png", 2);
      const link = document.createElement("a");
      link.href = address;
      link.download = `${figure.dataset.name}.${kind}`;
      link.click();
    });
    place.append(button, " ");
  }
}
