  // ---- A row's answer.

  const severalViews = doc.features.views.length > 1;
  prepare(doc.features);
  ready(doc.formula);
  if (doc.interval?.features) prepare(doc.interval.features);
  if (doc.interval?.spread) ready(doc.interval.spread);
  const expect = (f) => {
    if (f.trees?.cover) f.trees.expectations = Array.from(f.trees.starts, (at) => expected(f.trees, at));
    for (const p of f.parts ?? []) expect(p.formula);
  };
  expect(doc.formula);
  const hasText = doc.fields.some((f) => f.type === "text");
  const tellsWhy = explains(doc.formula) || sums(doc.formula) || !hasText;
  const target = doc.target, classes = doc.classes;

  const check = (view, missing, model) => {
    const at = view.values.findIndex((v) => v - v !== 0 && !(missing && v !== v));
    if (at < 0) return;
    const lacks = view.values[at] !== view.values[at];
    throw new Refusal(`row 1: ${nameOf(view.view, view.columns[at])} ${lacks ? "is missing" : "cannot be used"}, and the ${model} model needs a number there`,
      "a finite number", "give the value");
  };
  const checkParts = (f, all) => {
    for (const p of f.parts ?? []) {
      for (const v of p.view ? [seen(all, doc.features, p.view)] : all) check(v, p.missing, p.name);
      checkParts(p.formula, all);
    }
  };
  const inverse = (v) => (doc.transform === "log" ? N.exp(v) : doc.transform === "log1p" ? N.expm1(v) : v);
  const hold = (v) => (doc.bounds ? Math.min(Math.max(v, doc.bounds.low), doc.bounds.high) : v);
  const calibrate = (row) => {
    const m = doc.calibration;
    if (!m) return row;
    if (m.method === "temperature") {
      const power = 1 / m.temperature, logs = row.map((p) => power * N.log(Math.max(p, m.floor)));
      const top = logs.reduce((a, b) => Math.max(a, b), -Infinity);
      return scaleToOne(logs.map((v) => N.exp(v - top)));
    }
    if (m.curves.length === 1) {
      const second = along(m.curves[0].said, m.curves[0].true, row[1]);
      return [1 - second, second];
    }
    return scaleToOne(m.curves.map((c, i) => along(c.said, c.true, row[i])));
  };
  const scaleToOne = (row) => {
    let sum = 0;
    for (const p of row) sum += p;
    return row.map((p) => p / sum);
  };
  const likeliest = (row) => row.reduce((best, p, i) => (p > row[best] ? i : best), 0);
  const label = (row) => (doc.threshold ? (row[doc.threshold.positive] >= doc.threshold.at ? doc.threshold.positive : 1 - doc.threshold.positive) : likeliest(row));

  // unlike says in what a row is unlike those of training, and whether a number is
  // outside what it showed.
  const unlike = (row) => {
    const warnings = [];
    let outside = false;
    const amountOf = (v, unit) => shortest(v) + (unit ? " " + unit : "");
    for (const f of doc.fields) {
      const v = row[f.name], s = f.seen;
      if (!s) continue;
      if (f.type === "number" && s.count > 0) {
        const [min, max] = [s.min ?? 0, s.max ?? 0];
        if (v < min) warnings.push({ field: f.name, message: `${f.name} ${amountOf(v, f.unit)} is below the smallest in training (${amountOf(min, f.unit)})` });
        if (v > max) warnings.push({ field: f.name, message: `${f.name} ${amountOf(v, f.unit)} is above the largest in training (${amountOf(max, f.unit)})` });
        outside ||= v < min || v > max;
      }
      if (f.type === "category" && v !== "") {
        const at = (f.levels ?? []).indexOf(v);
        if (!(at >= 0 && (s.counts?.[at] ?? 0) > 0)) warnings.push({ field: f.name, message: `${f.name} was never ${quote(v)} in training` });
      }
    }
    return [warnings, outside];
  };
  // strange says which texts have no term that training had.
  const strange = (row, x) => {
    const empty = new Map();
    for (const { view, columns } of x) {
      if (!view.sparse) continue;
      for (const p of view.parts ?? []) {
        if (p.terms) empty.set(p.column, (empty.get(p.column) ?? true) && !columns.some((c) => c >= p.start && c < p.start + p.width));
      }
    }
    return [...empty].filter(([name, is]) => is && row[name] !== "").map(([name]) => ({ field: name, message: `${name} has nothing in common with any text in training: the answer says nothing about it` }));
  };

