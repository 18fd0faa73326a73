  // ---- Formulas of models.

  const links = [
    (s) => s,
    (s) => s.map(N.exp),
    (s) => {
      const p = 1 / (1 + N.exp(-s[0]));
      return [1 - p, p];
    },
    (s) => {
      const top = s.reduce((a, b) => (a > b ? a : b), -Infinity), e = s.map((v) => N.exp(v - top));
      let sum = 0;
      for (const v of e) sum += v;
      return e.map((v) => v / sum);
    },
    (s, l) => {
      const p = s.map((v, c) => 1 / (1 + N.exp(l.Slopes[c] * v + l.Offsets[c])));
      let sum = 0;
      for (const v of p) sum += v;
      return p.map((v) => (sum === 0 ? 1 / p.length : v / sum));
    },
  ];
  const ready = (f) => {
    for (const name of ["weights", "means"]) if (f[name]) f[name] = list(f[name]);
    if (f.trees) {
      for (const name of ["starts", "scores", "column", "skip", "value", "flags", "leaves", "cover", "mean"]) f.trees[name] = or(f.trees[name]);
      f.trees.sets = (f.trees.sets ?? []).map((codes) => new Set(codes));
    }
    for (const p of f.parts ?? []) ready(p.formula);
    return f;
  };
  const goesLeft = (t, at, v) => {
    if (v !== v) return (t.flags[at] & 1) === 1;
    if (t.flags[at] & 2) return t.sets[t.value[at]].has(Math.trunc(v));
    return Math.fround(v) < t.value[at];
  };
  const dense = (x) => {
    const row = new Float64Array(x.width);
    x.columns.forEach((c, i) => { row[c] = x.values[i]; });
    return row;
  };
  const predict = {
    constant: (f) => f.values,
    affine: (f, x) => {
      const k = f.bias.length, scores = f.bias.slice();
      x.columns.forEach((column, i) => {
        const v = x.values[i];
        if (v === 0 && !f.means) return;
        for (let c = 0; c < k; c++) scores[c] += v * f.weights[column * k + c];
      });
      return links[f.link.Kind](scores, f.link);
    },
    trees: (f, x) => {
      const t = f.trees, sums = f.base.slice(), row = dense(x);
      for (let k = 0; k < t.starts.length; k++) {
        let at = t.starts[k];
        while (t.column[at] > 0) at += goesLeft(t, at, row[t.column[at] - 1]) ? 1 : t.skip[at];
        if (!t.width) sums[t.scores[k]] += t.value[at];
        else for (let c = 0; c < t.width; c++) sums[c] += t.leaves[t.value[at] * t.width + c];
      }
      return links[f.link.Kind](f.count ? sums.map((v) => v / f.count) : sums, f.link);
    },
    sum: (f, x, all, features) => {
      const out = new Array(f.outputs).fill(0);
      let step = 0, made = 0;
      for (const p of f.parts) {
        if ((p.step ?? 0) > step) { made = out[0]; step = p.step; }
        let own = p.view ? seen(all, features, p.view) : x;
        if (p.step) own = wider(own, made);
        predict[p.formula.k](p.formula, own, all, features).forEach((v, i) => { out[i] += p.weight * v; });
      }
      return f.most ? out.map((v) => Math.min(v, f.most)) : out;
    },
  };

