// The exact values of figures: what is nearest to the pointer, next in order by the
// arrow keys while a figure has the focus, or all of them as a table; and series that
// are hidden and shown again.
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
    const hidden = new Set();
    const asked = () => JSON.parse(data.textContent);
    // seriesOf gives which of the series a text is of, -1 for none.
    const seriesOf = (text, names) => {
      let best = -1;
      names.forEach((name, i) => { if (text.startsWith(name + ": ") && (best < 0 || name.length > names[best].length)) best = i; });
      return best;
    };
    // What can be said of the drawing that is shown, made when first asked for.
    const load = () => {
      const svg = [...box.querySelectorAll("svg")].find((s) => s.getClientRects().length > 0);
      if (!svg || svg === drawn) return svg;
      const values = asked(), names = values.series || [];
      drawn = svg, at = -1, spots = [];
      const places = (svg.dataset.at || "").split(" ").map(Number);
      (values.texts || []).forEach((text, i) => { if (!hidden.has(seriesOf(text, names))) spots.push([places[2 * i], places[2 * i + 1], text]); });
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
      if (e.key === "Enter" && at >= 0) {
        const door = load()?.querySelector(`[data-spot="${at}"]`);
        if (door) location.href = door.href.baseVal;
        return;
      }
      if (!step && e.key !== "Home" && e.key !== "End") return;
      const svg = load();
      if (!svg || !spots.length) return;
      e.preventDefault();
      const n = spots.length;
      show(svg, e.key === "Home" ? 0 : e.key === "End" ? n - 1 : at < 0 ? (step > 0 ? 0 : n - 1) : (at + step + n) % n);
    });
    // What can be done with it, below.
    const tools = document.createElement("p"), { series = [], names = [] } = asked();
    tools.className = "figure-tools";
    const button = (text, act) => {
      const b = document.createElement("button");
      b.type = "button", b.textContent = text;
      b.addEventListener("click", () => act(b));
      tools.append(b);
      return b;
    };
    let table;
    button("Data", (b) => {
      if (table) table.remove(), table = null;
      else if (load()) {
        table = document.createElement("div");
        table.className = "figure-data", table.tabIndex = 0;
        table.setAttribute("role", "region");
        table.setAttribute("aria-label", "Data of " + (box.parentElement.querySelector(".figure-title")?.textContent || "the figure"));
        const of = (tag, cells, scope) => {
          const row = document.createElement("tr");
          cells.forEach((text, i) => {
            const cell = document.createElement(i && tag === "td" ? "td" : "th");
            if (cell.tagName === "TH") cell.scope = scope;
            cell.textContent = text;
            row.append(cell);
          });
          return row;
        };
        // A text is what it is of, and what is there.
        const rows = spots.map(([, , text]) => {
          const s = seriesOf(text, series), rest = s < 0 ? text : text.slice(series[s].length + 2);
          const arrow = rest.indexOf(" → "), colon = rest.lastIndexOf(": ");
          const [what, value] = arrow >= 0 ? [rest.slice(0, arrow), rest.slice(arrow + 3)] : colon >= 0 ? [rest.slice(0, colon), rest.slice(colon + 2)] : [rest, ""];
          return series.length ? [s < 0 ? "" : series[s], what, value] : [what, value];
        });
        const grid = document.createElement("table"), head = document.createElement("thead"), body = document.createElement("tbody");
        head.append(of("th", [...(series.length ? ["series"] : []), names[0] || "of", names[1] || "value"], "col"));
        body.append(...rows.map((r) => of("td", r, "row")));
        grid.append(head, body);
        table.append(grid);
        tools.after(table);
      }
      b.setAttribute("aria-expanded", String(!!table));
    }).setAttribute("aria-expanded", "false");
    series.forEach((name, i) => button(name, (b) => {
      if (!hidden.delete(i)) hidden.add(i);
      for (const g of box.querySelectorAll(`[data-series="${i}"]`)) g.toggleAttribute("hidden", hidden.has(i));
      b.setAttribute("aria-pressed", String(!hidden.has(i)));
      drawn = null;
      hide();
      if (table) tools.firstChild.click(), tools.firstChild.click();
    }).setAttribute("aria-pressed", "true"));
    data.after(tools);
  }
})();
