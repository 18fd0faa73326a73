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
