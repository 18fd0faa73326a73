  const most = 5; // reasons for, and against
  const why = (x, class_, predicted) => {
    const main = x[doc.features.main];
    let added;
    if (explains(doc.formula)) added = explain(doc.formula, main, x, doc.features, class_);
    else {
      const row = dense(x[0]), width = row.length + 1, whole = contributions(doc.formula, row);
      added = Array.from(x[0].columns, (j) => whole[class_ * width + j]);
    }
    const sum = new Map();
    let k = 0;
    for (const v of x) {
      for (const column of v.columns) {
        const a = added[k++];
        if (!a) continue;
        const p = v.view.parts.findLast((p) => p.start <= column && p.width > 0);
        const of = p.terms ? [nameOf(v.view, column)] : p.asked ?? [];
        for (const name of of) {
          const key = (p.terms ? "t" : "f") + name;
          sum.set(key, (sum.get(key) ?? 0) + a / of.length);
        }
      }
    }
    if (!classes && (doc.transform === "log" || doc.transform === "log1p") && predicted + (doc.transform === "log" ? 0 : 1) > 0) {
      const learned = doc.transform === "log" ? N.log(predicted) : N.log1p(predicted);
      let together = 0;
      for (const v of sum.values()) together += v;
      const scale = (predicted - inverse(learned - together)) / together;
      if (Math.abs(together) > 0 && scale - scale === 0) for (const [key, v] of sum) sum.set(key, v * scale);
    }
    const strongest = (sign) => [...sum].filter(([, v]) => sign * v > 0).sort((a, b) => sign * b[1] - sign * a[1]).slice(0, most)
      .map(([key, v]) => ({ term: key[0] === "t", name: key.slice(1), weight: N.round(v * 1e6) / 1e6 }));
    return { for: strongest(1), against: strongest(-1) };
  };

  // typical is what is usual in training: the middle of numbers and dates, the most
  // frequent level, no text.
  const typical = {};
  for (const f of doc.fields) {
    const s = f.seen, usual = s && s.count > 0 && s.count >= s.missing;
    if (f.type === "text") typical[f.name] = "";
    else if (f.type === "category") typical[f.name] = usual && s.counts?.length > 0 && s.counts.length === f.levels?.length ? f.levels[s.counts.indexOf(Math.max(...s.counts))] : "";
    else {
      const middle = usual && s.quantiles?.length === 11 ? s.quantiles[5] : NaN;
      typical[f.name] = f.integer || f.type === "date" ? Math.floor(middle) : middle;
    }
  }
  // worth predicts a row as one number, of classes the probability of one.
  const worth = (row, class_) => {
    const { value, p } = score(row), v = p ? p[class_] : value;
    if ((p ?? [value]).some((v) => v - v !== 0)) throw new Refusal("the model has no prediction for this row", "", "");
    return v;
  };
  // The bounds of the work that against takes: those of package bundle.
  const exactInputs = 10, sampledOrders = 32, sampledRows = 4096;
  // against says what each field adds to what is said of a row against a typical one:
  // Shapley's values, over all orders in which fields can take their own value, or some.
  const against = (row, class_) => {
    const same = (a, b) => a === b || a !== a && b !== b;
    const differ = doc.fields.filter((f) => !same(row[f.name], typical[f.name])).map((f) => f.name), k = differ.length;
    const mixed = (joined) => {
      const mix = { ...row, ...typical };
      differ.forEach((name, place) => { if (joined(place)) mix[name] = row[name]; });
      return worth(mix, class_);
    };
    const shares = differ.map(() => 0);
    if (k <= exactInputs) {
      const all = Array.from({ length: 2 ** k }, (_, m) => mixed((place) => m >> place & 1));
      const weight = differ.map((_, s) => {
        let w = 1 / k;
        for (let i = 0; i < s; i++) w *= (i + 1) / (k - 1 - i);
        return w;
      });
      const members = (m) => { let n = 0; for (; m; m >>= 1) n += m & 1; return n; };
      all.forEach((without, m) => {
        for (let place = 0; place < k; place++) if (!(m >> place & 1)) shares[place] += weight[members(m)] * (all[m | 1 << place] - without);
      });
      return { differ, shares, typical: all[0], value: all[all.length - 1], sampled: false };
    }
    let dealt = 2463534242 | 0;
    const ranks = [], pairs = Math.min(sampledOrders, Math.max(4, Math.floor(sampledRows / (2 * k))));
    for (let n = 0; n < pairs; n++) {
      const order = differ.map((_, i) => i);
      for (let i = k - 1; i > 0; i--) {
        dealt ^= dealt << 13;
        dealt ^= dealt >>> 17;
        dealt ^= dealt << 5;
        const j = (dealt >>> 0) % (i + 1);
        [order[i], order[j]] = [order[j], order[i]];
      }
      ranks.push(order, order.map((i) => k - 1 - i));
    }
    let first = 0, last = 0;
    ranks.forEach((rank, o) => {
      const along = Array.from({ length: k + 1 }, (_, at) => mixed((place) => rank[place] < at));
      if (o === 0) [first, last] = [along[0], along[k]];
      for (let place = 0; place < k; place++) shares[place] += (along[rank[place] + 1] - along[rank[place]]) / ranks.length;
    });
    return { differ, shares, typical: first, value: last, sampled: true };
  };
  // whyOf lists what the fields add, as the API does; nothing where a mixture of both has
  // no prediction.
  const whyOf = (row, class_) => {
    let a;
    try {
      a = against(row, class_);
    } catch (e) {
      if (e instanceof Refusal) return undefined;
      throw e;
    }
    const order = a.shares.map((share, i) => [a.differ[i], share]).filter(([, share]) => share !== 0).sort((x, y) => Math.abs(y[1]) - Math.abs(x[1]));
    let rest = a.value - a.typical;
    const list = (sign) => order.filter(([, share]) => sign * share > 0).slice(0, most).map(([name, share]) => {
      rest -= share;
      return { term: false, name, weight: N.round(share * 1e6) / 1e6 };
    });
    const out = { for: list(1), against: list(-1), typical: a.typical, sampled: a.sampled };
    if (Math.abs(rest) > 1e-9 * Math.max(Math.abs(a.value), Math.abs(a.typical))) out.rest = N.round(rest * 1e6) / 1e6;
    return out;
  };

