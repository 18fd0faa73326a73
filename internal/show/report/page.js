// A nicety, not a need: one button that opens or closes all folds.
(() => {
  const folds = document.querySelectorAll("details");
  if (folds.length < 4) return;
  const button = document.createElement("button");
  const place = document.createElement("p");
  let open = false;
  const label = () => { button.textContent = open ? "Close all folds" : "Open all folds"; };
  button.type = "button";
  button.addEventListener("click", () => {
    open = !open;
    for (const fold of folds) fold.open = open;
    label();
  });
  label();
  place.className = "tools";
  place.append(button);
  document.querySelector(".front").prepend(place);
})();
// Where many columns are explored, one field finds those of a name: their figures, and
// their rows in tables.
for (const cell of document.querySelectorAll(".cell")) {
  const figures = [...cell.querySelectorAll(".gallery .plot")];
  if (cell.querySelector(".kind")?.textContent !== "explore" || figures.length < 6) continue;
  const rows = [...cell.querySelectorAll("table:not(.figure-data table) tbody tr")].filter((r) => r.parentElement.rows.length > 5);
  const field = document.createElement("input"), said = document.createElement("output"), place = document.createElement("p");
  field.type = "search";
  field.placeholder = "Find a column";
  field.setAttribute("aria-label", "Find a column in " + cell.querySelector("h2").textContent);
  place.className = "finder";
  place.append(field, " ", said);
  cell.querySelector("header").after(place);
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase(), has = (text) => text.toLowerCase().includes(wanted);
    for (const f of figures) f.hidden = !has(f.querySelector(".figure-title")?.textContent ?? "");
    for (const fold of cell.querySelectorAll("details")) if (fold.querySelector(".plot")) fold.open = wanted && fold.querySelector(".plot:not([hidden])") !== null;
    for (const r of rows) r.hidden = !has(r.cells[0].textContent);
    const left = figures.filter((f) => !f.hidden).length;
    said.textContent = wanted ? left + " of " + figures.length + " figures" : "";
  });
}
// What a link leads to is seen, though it lies in a fold.
const unfold = () => { const at = document.getElementById(location.hash.slice(1))?.closest("details"); if (at && !at.open) at.open = true, document.getElementById(location.hash.slice(1)).scrollIntoView(); };
addEventListener("hashchange", unfold);
unfold();
// A drawing that scrolls begins where most of it is seen: in its middle.
for (const box of document.querySelectorAll(".dag")) box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2;
// Whoever frames the notebook may ask for its place, and bring a newer one there:
// to a cell, so far below the top of the window as it was.
if (parent !== window) addEventListener("message", (event) => {
  const asked = event.data;
  if (event.source !== parent || !asked || !["place", "go"].includes(asked.labbook)) return;
  if (asked.labbook === "go") {
    const cell = document.getElementById(asked.cell);
    document.documentElement.style.scrollBehavior = "auto";
    if (cell && typeof asked.offset === "number") scrollTo(0, scrollY + cell.getBoundingClientRect().top - asked.offset);
    else cell?.scrollIntoView();
    document.documentElement.style.scrollBehavior = "";
    document.getElementById(asked.changed)?.classList.add("new");
  }
  const cells = [...document.querySelectorAll(".cell")];
  const at = cells.findLast((c) => c.getBoundingClientRect().top < innerHeight / 2);
  parent.postMessage({ labbook: "place", cell: at ? at.id : "content", offset: (at || document.getElementById("content")).getBoundingClientRect().top }, "*");
});
