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
