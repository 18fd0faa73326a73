// The exact values of figures: what is nearest to the pointer, or next in order
// by the arrow keys while a figure has the focus.
(() => {
  const say = (v, scale) => scale === "date" ? new Date(v * 1000).toISOString().slice(0, 10)
    : Number(v.toPrecision(5)).toLocaleString("en", { maximumSignificantDigits: 5 });
  const along = (axis, t) => {
    const [a, b] = axis.ends;
    return axis.scale === "log" ? Math.exp(Math.log(a) + t * Math.log(b / a)) : a + t * (b - a);
  };
  const within = (axis, v) => {
    const [a, b] = axis.ends;
    return axis.scale === "log" ? Math.log(v / a) / Math.log(b / a) : (v - a) / (b - a);
  };
  for (const box of document.querySelectorAll(".drawing")) {
    const data = box.nextElementSibling;
    if (!data || data.type !== "application/json") continue;
    let out, ring, spots, drawn, at = -1;
    // What can be said of the drawing that is shown, made when first asked for.
    const load = () => {
      const svg = [...box.querySelectorAll("svg")].find((s) => s.getClientRects().length > 0);
      if (!svg || svg === drawn) return svg;
      const values = JSON.parse(data.textContent);
      drawn = svg, at = -1, spots = [];
      const places = (svg.dataset.at || "").split(" ").map(Number);
      (values.texts || []).forEach((text, i) => spots.push([places[2 * i], places[2 * i + 1], text]));
      if (svg.dataset.box) {
        const [left, top, width, height] = svg.dataset.box.split(" ").map(Number), { x: X, y: Y, bins, points } = values;
        const put = (x, y, text) => spots.push([left + x * width, top + (1 - y) * height, text]);
        const named = (about, x, y) => `${X.name || "x"} ${about}${say(x, X.scale)}, ${Y.name || "y"} ${about}${say(y, Y.scale)}`;
        for (const [row, first, ...counts] of bins?.runs || []) counts.forEach((n, k) => {
          const x = (first + k + .5) / bins.columns, y = (row + .5) / bins.rows;
          put(x, y, `${named("about ", along(X, x), along(Y, y))}: ${n.toLocaleString("en")} ${n === 1 ? "row" : "rows"}`);
        });
        for (let i = 0; i < (points || []).length; i += 2) put(within(X, points[i]), within(Y, points[i + 1]), named("", points[i], points[i + 1]));
      }
      if (!out) {
        out = document.createElement("output");
        out.className = "readout";
        box.parentElement.append(out);
      }
      ring?.remove();
      ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      ring.setAttribute("class", "spotlight");
      ring.setAttribute("r", "6");
      return svg;
    };
    const hide = () => { if (out) out.textContent = ""; ring?.remove(); };
    const show = (svg, i) => {
      at = i;
      const [x, y, text] = spots[i], card = box.parentElement.getBoundingClientRect(), r = svg.getBoundingClientRect();
      const scale = r.width / svg.viewBox.baseVal.width;
      ring.setAttribute("cx", x);
      ring.setAttribute("cy", y);
      svg.append(ring);
      out.textContent = text;
      const px = r.left - card.left + x * scale, py = r.top - card.top + y * scale;
      out.style.left = Math.max(4, Math.min(px - out.offsetWidth / 2, card.width - out.offsetWidth - 4)) + "px";
      out.style.top = (py - out.offsetHeight - 12 < 0 ? py + 14 : py - out.offsetHeight - 12) + "px";
    };
    box.addEventListener("pointermove", (e) => {
      const svg = load();
      if (!svg || !spots.length) return;
      const r = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / r.width;
      const x = (e.clientX - r.left) * scale, y = (e.clientY - r.top) * scale;
      let near = 0, least = Infinity;
      spots.forEach(([a, b], i) => {
        const d = (a - x) ** 2 + (b - y) ** 2;
        if (d < least) least = d, near = i;
      });
      if (least < 60 ** 2) show(svg, near); else hide();
    });
    box.addEventListener("pointerleave", hide);
    box.addEventListener("blur", hide);
    box.addEventListener("keydown", (e) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
      if (e.key === "Escape") return hide();
      if (!step && e.key !== "Home" && e.key !== "End") return;
      const svg = load();
      if (!svg || !spots.length) return;
      e.preventDefault();
      const n = spots.length;
      show(svg, e.key === "Home" ? 0 : e.key === "End" ? n - 1 : at < 0 ? (step > 0 ? 0 : n - 1) : (at + step + n) % n);
    });
  }
})();
