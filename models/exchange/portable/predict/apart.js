  // ---- What takes predictions apart.

  // Shapley values of trees: Lundberg, Erion and Lee, "Consistent Individualized Feature
  // Attribution for Tree Ensembles", 2018, algorithm 2. A path holds the columns above a
  // node: the share of rows that come through when a column is unknown (zero) and known
  // (one), and the weight of the sets of known columns of each size. That of a node lies
  // behind that of its parent, from which it is copied.
  const pathColumn = new Int32Array(1 << 16), pathZero = new Float64Array(1 << 16), pathOne = new Float64Array(1 << 16), pathWeight = new Float64Array(1 << 16);
  const unwind = (at, n, i) => { // as if the i-th column of n + 1 had never been there
    const zero = pathZero[at + i], one = pathOne[at + i];
    let next = pathWeight[at + n];
    for (let j = n - 1; j >= 0; j--) {
      if (one !== 0) {
        const w = pathWeight[at + j];
        pathWeight[at + j] = next * (n + 1) / ((j + 1) * one);
        next = w - pathWeight[at + j] * zero * (n - j) / (n + 1);
      } else pathWeight[at + j] *= (n + 1) / (zero * (n - j));
    }
    for (let j = at + i; j < at + n; j++) {
      pathColumn[j] = pathColumn[j + 1];
      pathZero[j] = pathZero[j + 1];
      pathOne[j] = pathOne[j + 1];
    }
  };
  const unwound = (at, n, i) => { // the sum of the weights then
    const zero = pathZero[at + i], one = pathOne[at + i];
    let next = pathWeight[at + n], sum = 0;
    for (let j = n - 1; j >= 0; j--) {
      if (one !== 0) {
        const w = next * (n + 1) / ((j + 1) * one);
        sum += w;
        next = pathWeight[at + j] - w * zero * (n - j) / (n + 1);
      } else if (zero !== 0) sum += pathWeight[at + j] * (n + 1) / (zero * (n - j));
    }
    return sum;
  };
  const shares = (t, at) => {
    const l = t.cover[at + 1], r = t.cover[at + t.skip[at]];
    return l + r <= 0 ? [0.5, 0.5] : [l / (l + r), r / (l + r)];
  };
  // shap adds what the columns of a row add at the leaves below a node; its parent's
  // path begins at from, and has n columns.
  const shap = (t, row, phi, node, from, n, zero, one, column) => {
    const at = from + n;
    for (let i = 0; i < n; i++) {
      pathColumn[at + i] = pathColumn[from + i];
      pathZero[at + i] = pathZero[from + i];
      pathOne[at + i] = pathOne[from + i];
      pathWeight[at + i] = pathWeight[from + i];
    }
    pathColumn[at + n] = column;
    pathZero[at + n] = zero;
    pathOne[at + n] = one;
    pathWeight[at + n] = n === 0 ? 1 : 0;
    for (let i = n - 1; i >= 0; i--) {
      pathWeight[at + i + 1] += one * pathWeight[at + i] * (i + 1) / (n + 1);
      pathWeight[at + i] *= zero * (n - i) / (n + 1);
    }
    let length = n + 1;
    if (t.column[node] === 0) {
      for (let i = 1; i < length; i++) phi[pathColumn[at + i]] += unwound(at, n, i) * (pathOne[at + i] - pathZero[at + i]) * t.value[node];
      return;
    }
    const asked = t.column[node] - 1, l = t.cover[node + 1], r = t.cover[node + t.skip[node]];
    let left = 0.5, right = 0.5, hot = node + 1, cold = node + t.skip[node];
    if (!(l + r <= 0)) {
      left = l / (l + r);
      right = r / (l + r);
    }
    if (!goesLeft(t, node, row[asked])) {
      [hot, cold] = [cold, hot];
      [left, right] = [right, left];
    }
    zero = one = 1;
    for (let i = 1; i < length; i++) {
      if (pathColumn[at + i] !== asked) continue;
      zero = pathZero[at + i];
      one = pathOne[at + i];
      unwind(at, n, i);
      length--;
      break;
    }
    shap(t, row, phi, hot, at, length, left * zero, one, asked);
    shap(t, row, phi, cold, at, length, right * zero, 0, asked);
  };
  const expected = (t, at) => {
    if (t.column[at] === 0) return t.value[at];
    const [left, right] = shares(t, at);
    return left * expected(t, at + 1) + right * expected(t, at + t.skip[at]);
  };
  const outputs = (f) => (f.k === "sum" ? f.outputs : f.k === "constant" ? f.values.length : f.link.Kind === 2 ? 2 : f.k === "trees" ? f.base.length : f.bias.length);
  // parts says whether predictions are sums of what columns add, and tells whether the
  // columns that speak for a class are known.
  const sums = (f) => (f.k === "sum" ? f.outputs === 1 && !severalViews && f.parts.every((p) => sums(p.formula)) : f.k === "constant" || f.k === "affine" && !!f.means || f.k === "trees" && !!(f.trees.cover || f.trees.mean));
  const explains = (f) => (f.k === "sum" ? !sums(f) && f.parts.every((p) => (explains(p.formula) || sums(p.formula)) && !p.step) : f.k === "affine" && !f.means);
  const addTo = (to, values, weight) => { for (let j = 0; j < values.length; j++) to[j] += weight * values[j]; };

  // contributions gives what each column adds to each output, and last the rest.
  const contributions = (f, row) => {
    const width = row.length + 1, dst = new Float64Array(outputs(f) * width);
    if (f.k === "constant") f.values.forEach((v, c) => { dst[c * width + width - 1] = v; });
    if (f.k === "affine") {
      let base = f.bias[0];
      f.weights.forEach((w, j) => {
        dst[j] = w * (row[j] - f.means[j]);
        base += w * f.means[j];
      });
      dst[row.length] = base;
    }
    if (f.k === "trees" && f.trees.mean) {
      const t = f.trees, share = 1 / f.count;
      for (let k = 0; k < t.starts.length; k++) {
        let at = t.starts[k];
        dst[row.length] += share * t.mean[at];
        while (t.column[at] > 0) {
          const next = at + (goesLeft(t, at, row[t.column[at] - 1]) ? 1 : t.skip[at]);
          dst[t.column[at] - 1] += share * (t.mean[next] - t.mean[at]);
          at = next;
        }
      }
    } else if (f.k === "trees") {
      const t = f.trees, groups = f.base.length, twice = groups < outputs(f);
      const out = dst.subarray(twice ? width : 0);
      f.base.forEach((b, g) => { out[g * width + row.length] = b; });
      for (let k = 0; k < t.starts.length; k++) {
        const phi = out.subarray(k % groups * width, (k % groups + 1) * width);
        phi[row.length] += t.expectations[k];
        shap(t, row, phi, t.starts[k], 0, 0, 1, 1, -1);
      }
      if (twice) out.forEach((v, i) => { dst[i] = -v; });
    }
    if (f.k === "sum") {
      const base = row.length;
      let made = null, step = 0, wide = row;
      for (const p of f.parts) {
        if (!p.step) {
          addTo(dst, contributions(p.formula, row), p.weight);
          continue;
        }
        if (p.step > step) {
          made = dst.slice();
          step = p.step;
          let so = 0;
          for (const v of made) so += v;
          wide = new Float64Array(base + 1);
          wide.set(row);
          wide[base] = so;
        }
        const one = contributions(p.formula, wide);
        addTo(dst, one.subarray(0, base), p.weight);
        dst[base] += p.weight * one[base + 1];
        let total = 0;
        for (let j = 0; j < base; j++) total += Math.abs(made[j]);
        const credit = p.weight * one[base];
        if (total === 0) dst[base] += credit;
        else for (let j = 0; j < base; j++) dst[j] += credit * Math.abs(made[j]) / total;
      }
    }
    return dst;
  };
  // explain gives what each entry of the views adds to what a model says of a class.
  const explain = (f, x, all, features, class_) => {
    if (f.k === "affine" && !f.means) {
      const k = f.bias.length;
      return x.values.map((v, i) => {
        const w = f.weights.subarray(x.columns[i] * k, (x.columns[i] + 1) * k);
        if (k === 1) return w[0] * v;
        let mean = 0;
        for (const one of w) mean += one;
        return v * (w[class_] - mean / k);
      });
    }
    if (f.k !== "sum" || sums(f)) {
      const row = dense(x), whole = contributions(f, row), n = outputs(f), width = row.length + 1;
      return x.columns.map((j) => {
        let mean = 0;
        for (let c = 0; c < n && n > 1; c++) mean += whole[c * width + j] / n;
        return whole[class_ * width + j] - mean;
      });
    }
    const entries = all.map((v) => v.values.length), starts = entries.map((_, i) => entries.slice(0, i).reduce((a, b) => a + b, 0));
    const dst = new Array(entries.reduce((a, b) => a + b, 0)).fill(0);
    for (const p of f.parts) {
      const view = p.view ? seen(all, features, p.view) : x, own = explain(p.formula, view, all, features, class_);
      let scale = p.weight;
      if (f.outputs > 1) {
        let total = 0;
        for (const v of own) total += Math.abs(v);
        if (total === 0) continue;
        scale /= total;
      }
      const first = p.view ? starts[all.indexOf(view)] : 0;
      own.forEach((v, i) => { dst[first + i] += scale * v; });
    }
    return dst;
  };

