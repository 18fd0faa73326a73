// The form of a page that predicts by itself, and its answer: what the pages of the
// server show, made here.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const form = $("form"), samples = JSON.parse($("samples").textContent);
  const prefix = "in.";
  const controls = [...form.elements].filter((e) => e.name?.startsWith(prefix));
  let model = null, asked = false;

  // h makes an element: its attributes, and what is in it.
  const h = (name, attributes, ...content) => {
    const svg = ["svg", "rect"].includes(name);
    const e = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes ?? {})) e.setAttribute(key, value);
    e.append(...content.flat().filter((c) => c !== null && c !== undefined));
    return e;
  };
  const sentence = (text) => (text && text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : "."));
  const quoted = (text) => "“" + text + "”";

  // object gives what was filled in as the API takes it: what is empty is left out, and
  // numbers are numbers.
  const object = () => {
    const out = {};
    for (const c of controls) {
      const text = c.tagName === "TEXTAREA" ? c.value : c.value.trim();
      if (text === "") continue;
      const v = model.parseFloat64(text);
      out[c.name.slice(prefix.length)] = c.closest(".field").classList.contains("number") && v === v ? v : text;
    }
    return out;
  };

  // blame shows what is wrong, at each field and on top.
  const blame = (faults) => {
    for (const field of form.querySelectorAll(".field.wrong")) {
      field.classList.remove("wrong");
      field.querySelector("p.fault")?.remove();
    }
    for (const c of controls) {
      c.removeAttribute("aria-invalid");
      const hint = c.id + "-hint";
      if ($(hint)) c.setAttribute("aria-describedby", hint); else c.removeAttribute("aria-describedby");
    }
    $("faults").replaceChildren();
    if (!faults.length) return;
    const items = faults.map((fault) => {
      const c = controls.find((c) => c.name === prefix + fault.field), field = c.closest(".field");
      let help = typeof fault.allowed === "string" ? sentence("it takes " + fault.allowed) : "";
      if (fault.hint) help = (help + " " + sentence(fault.hint)).trim();
      const point = c.value.replace(",", ".");
      if (field.classList.contains("number") && point !== c.value && model.parseFloat64(point.trim()) === model.parseFloat64(point.trim())) help = "Did you mean " + point.trim() + "?";
      field.classList.add("wrong");
      c.setAttribute("aria-invalid", "true");
      c.setAttribute("aria-describedby", ((c.getAttribute("aria-describedby") ?? "") + " " + c.id + "-fault").trim());
      field.append(h("p", { class: "fault", id: c.id + "-fault" }, sentence(fault.message) + (help ? " " + help : "")));
      return h("li", null, h("a", { href: "#" + c.id }, sentence(fault.message)));
    });
    $("faults").append(h("div", { class: "error", role: "alert", tabindex: "-1" },
      h("p", { class: "label" }, faults.length === 1 ? "One thing is to be put right" : faults.length + " things are to be put right"), h("ul", null, items)));
  };

  const bar = (kind, width, whole) => h("td", { class: "bar" }, h("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    whole ? h("rect", { class: "whole", width: 100, height: 6, rx: 1 }) : null, h("rect", { class: kind, width, height: 6, rx: 1 })));
  const table = (name, caption, rows) => h("table", { class: name }, h("caption", { class: "away" }, caption), h("tbody", null, rows));

  const span = (a, unit) => {
    const { low, high, level } = a.interval, at = high > low ? Math.min(Math.max((a.value - low) / (high - low), 0), 1) * 100 : 50;
    return h("div", { class: "span" },
      h("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
        h("rect", { class: "span-range", x: 0, y: 2.6, width: 100, height: 2.8, rx: 1.4 }),
        h("rect", { class: "span-at", x: (2 + .96 * at).toFixed(1), y: 0, width: 1.2, height: 8, rx: .6 })),
      h("p", null, h("span", null, model.amount(low, unit)), " ", h("span", null, model.amount(high, unit))),
      h("p", { class: "hint" }, `The truth lies between these in ${model.fixed(100 * level, 0)} % of unseen cases.`));
  };
  const shares = (a) => {
    const classes = model.doc.classes, code = (x, y) => (x < y ? -1 : 1);
    const all = a.probabilities.map((p, c) => ({ name: classes[c], p, first: c === a.class && !a.abstained })).sort((x, y) => y.p - x.p || code(x.name, y.name));
    const row = (s) => h("tr", s.first ? { class: "first" } : {}, h("th", { scope: "row" }, s.name), bar("for", (100 * Math.min(Math.max(s.p, 0), 1)).toFixed(2), true), h("td", { class: "num" }, model.percent(s.p)));
    const n = all.length === 6 ? 6 : Math.min(5, all.length), others = all.slice(n);
    return [table("shares", "Probability of each class", all.slice(0, n).map(row)),
      others.length ? h("details", null, h("summary", null, others.length + " less likely ones"), table("shares", "Probability of the less likely classes", others.map(row))) : null];
  };
  const reasons = (a, unit, row) => {
    const { classes, fields } = model.doc, { typical, rest } = a.why, minus = (text) => text.replace("-", "−");
    const all = [...a.why.for, ...a.why.against].sort((x, y) => Math.abs(y.weight) - Math.abs(x.weight));
    if (!all.length) return null;
    const most = Math.abs(all[0].weight), together = all.reduce((sum, r) => sum + Math.abs(r.weight), 0);
    const signed = (v) => (v > 0 ? "+" : "") + minus((Math.abs(v) < 1000 ? model.significant(v, 3) : model.amount(v, "")) + (unit ? " " + unit : ""));
    const said = (v) => {
      if (classes && typical === undefined) return `${model.fixed(100 * Math.abs(v) / together, 0)} % ${v < 0 ? "against" : "for"}`;
      return classes ? minus((v < 0 ? "" : "+") + model.fixed(100 * v, 1)) + " points" : signed(v);
    };
    const of = (f, v) => (f.type === "number" ? (v !== v ? "nothing" : model.exact(v) + (f.unit ? " " + f.unit : "")) : f.type === "date" ? "" : v || "nothing");
    const name = (r) => {
      const f = r.term ? null : fields.find((f) => f.name === r.name);
      const own = f && typical !== undefined ? of(f, row[f.name]) : "";
      return h("th", { scope: "row" }, r.name, own ? h("span", { class: "sub" }, `${own}, typical is ${of(f, model.typical[f.name])}`) : null);
    };
    const line = (v) => {
      const width = 50 * Math.abs(v) / (most || 1);
      return h("td", { class: "bar" }, h("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" }, h("rect", { class: "whole", x: 49.7, width: .6, height: 6 }),
        h("rect", { class: v < 0 ? "against" : "for", x: (v < 0 ? 50 - width : 50).toFixed(2), width: width.toFixed(2), height: 6 })));
    };
    const words = all.some((r) => r.term), usual = typical === undefined ? "" : classes ? `${classes[a.class]} with ${model.percent(typical)}` : model.amount(typical, unit);
    const rows = all.map((r) => h("tr", null, name(r), line(r.weight), h("td", { class: "num" }, said(r.weight))));
    if (rest !== undefined) rows.push(h("tr", null, h("th", { scope: "row" }, "all others"), h("td", { class: "bar" }), h("td", { class: "num" }, said(rest))));
    return [h("h3", null, words ? "What in the text speaks for it" : "Why"),
      usual ? h("p", { class: "hint" }, `A typical one would be ${usual}. What makes this one another:`) : words ? h("p", { class: "hint" }, "Each with its share of the weight of all that are listed.") : null,
      table("shares reasons", "What each adds", rows)];
  };

  const show = (a, row) => {
    const { target, classes } = model.doc, unit = target.unit ?? "";
    const value = classes ? (a.abstained ? "no answer" : classes[a.class]) : model.amount(a.value, unit);
    let set = null;
    if (a.set) {
      const level = model.fixed(100 * a.set.level, 0);
      set = a.set.classes.length === 1 ? `In ${level} % of unseen cases the class is in a set, which here is this one alone.` : `In ${level} % of unseen cases it is one of: ${a.set.classes.join(", ")}.`;
    }
    $("answer-title").textContent = "Answer";
    $("said").classList.remove("blank");
    $("said").classList.add("result");
    $("said").replaceChildren(...[
      h("p", { class: "hint" }, target.name),
      h("p", { class: "value-big" + (classes ? " word" : "") }, value),
      a.interval ? span(a, unit) : null,
      set ? h("p", { class: "hint" }, set) : null,
      a.threshold ? h("p", { class: "hint" }, `${a.threshold.positive} is answered from ${model.percent(a.threshold.at)} on.`) : null,
      classes ? shares(a) : null,
      a.warnings.length ? h("ul", { class: "findings" }, a.warnings.map((w) => h("li", { class: "warning-level" }, h("span", { class: "level" }, "unusual"), " ", h("span", null, w.message)))) : null,
      a.why ? reasons(a, unit, row) : null,
    ].flat().filter(Boolean));
  };
  const refuse = (e) => {
    $("answer-title").textContent = "No answer";
    $("said").classList.remove("result");
    $("said").classList.add("blank");
    $("said").replaceChildren(h("div", { class: "error" }, h("p", null, sentence(e.message.replace(/^row 1: /, ""))), e.wanted ? h("p", { class: "hint" }, sentence("it takes " + e.wanted)) : "", e.hint ? h("p", { class: "hint" }, sentence(e.hint)) : ""));
  };

  // answer says what the model does, or what is wrong. moved: the focus goes there.
  const answer = (moved) => {
    const { row, faults } = model.read(object());
    blame(faults);
    if (faults.length) {
      if (moved) $("faults").firstChild.focus();
      return;
    }
    asked = true;
    try {
      show(model.answer(row), row);
    } catch (e) {
      if (!(e instanceof model.Refusal)) throw e;
      refuse(e);
    }
    if (!moved) return;
    $("answer").focus({ preventScroll: true });
    $("answer").scrollIntoView({ block: "nearest" });
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  $("predict").addEventListener("click", (event) => { // also by Enter; a frame that may send no forms gets no submit
    event.preventDefault();
    if (model) answer(true);
  });
  let resting = 0;
  form.addEventListener("input", () => {
    for (const b of document.querySelectorAll("[data-sample]")) b.setAttribute("aria-pressed", "false");
    if (!asked) return;
    clearTimeout(resting);
    resting = setTimeout(() => answer(false), 200);
  });
  for (const button of document.querySelectorAll("[data-sample]")) {
    button.addEventListener("click", () => {
      const input = samples[button.dataset.sample];
      for (const c of controls) {
        const v = input[c.name.slice(prefix.length)], text = v === undefined || v === null ? "" : String(v);
        if (c.tagName === "SELECT" && text && ![...c.options].some((o) => o.value === text)) c.append(h("option", { value: text }, text));
        c.value = text;
      }
      for (const b of document.querySelectorAll("[data-sample]")) b.setAttribute("aria-pressed", String(b === button));
      if (model) answer(false);
    });
  }

  const begin = async () => {
    const lists = await labbookUnpack(JSON.parse($("lists").textContent));
    $("lists").remove();
    model = labbookModel(JSON.parse($("model").textContent), lists);
    $("predict").disabled = false;
    $("ready").textContent = "";
  };
  const fail = (e) => {
    $("ready").textContent = "";
    $("trouble").hidden = false;
    $("trouble").textContent = typeof DecompressionStream === "undefined" ? "This browser is too old to read the model: Chrome and Edge do from version 103 on, Firefox from 113, Safari from 16.4." : "The model in this file cannot be read: it may have been cut on its way. (" + e.message + ")";
  };
  setTimeout(() => begin().catch(fail), 20);
  window.labbook = { answer: (input) => { const { row, faults } = model.read(input); return faults.length ? { faults } : model.json(model.answer(row)); }, ready: () => model !== null };
})();
