  // ---- Features.

  const utf8 = new TextDecoder();
  const isWord = /[\p{L}\p{N}_]/u;
  const isSpace = (c) => /[\p{White_Space}\x1c-\x1f]/u.test(c);

  // vocabulary makes ready what finds the terms of a text.
  const vocabulary = (t) => {
    const letters = list(t.letters), ends = list(t.ends), places = new Map(), names = [];
    for (let column = 0, from = 0; column < ends.length; from = ends[column++]) {
      names.push(utf8.decode(letters.subarray(from, ends[column])));
      places.set(names[column], column);
    }
    return { ...t, places, names, idf: or(t.idf), stop: new Set(t.stop) };
  };
  const wordsOf = (v, text) => {
    const o = v.options, words = [];
    if (o.lowercase && /[İΣ]/.test(text)) text = text.toLowerCase();
    let word = "", runes = 0;
    const flush = () => {
      if (runes >= v.shortest && !v.stop.has(word)) words.push(word);
      word = "";
      runes = 0;
    };
    for (const c of text) {
      if (!isWord.test(c)) { flush(); continue; }
      word += o.lowercase ? c.toLowerCase() : c;
      runes++;
    }
    flush();
    return words;
  };
  const gramsOf = (v, text) => {
    const o = v.options, [low, high] = o.ngram_range, grams = [];
    if (o.lowercase) text = text.toLowerCase();
    const runs = (runes, padded) => {
      for (let n = low; n <= high; n++) {
        if (padded && n >= runes.length) { grams.push(runes.join("")); return; }
        for (let i = 0; i + n <= runes.length; i++) grams.push(runes.slice(i, i + n).join(""));
      }
    };
    const runes = [...text];
    if (o.analyzer === "char_wb") {
      let word = [];
      for (const c of [...runes, " "]) {
        if (!isSpace(c)) word.push(c);
        else if (word.length) { runs([" ", ...word, " "], true); word = []; }
      }
      return grams;
    }
    const squeezed = [];
    for (let i = 0; i < runes.length; i++) {
      if (!isSpace(runes[i])) { squeezed.push(runes[i]); continue; }
      let end = i;
      while (end + 1 < runes.length && isSpace(runes[end + 1])) end++;
      squeezed.push(end === i ? runes[i] : " ");
      i = end;
    }
    runs(squeezed, false);
    return grams;
  };
  // termsOf gives the columns of the terms of a text, ascending, and their weights.
  const termsOf = (v, text) => {
    const o = v.options, counts = new Map();
    const count = (term) => {
      const column = v.places.get(term);
      if (column !== undefined) counts.set(column, (counts.get(column) ?? 0) + 1);
    };
    if (o.analyzer === "word") {
      const words = wordsOf(v, text);
      for (let n = o.ngram_range[0]; n <= o.ngram_range[1]; n++) for (let i = 0; i + n <= words.length; i++) count(n === 1 ? words[i] : words.slice(i, i + n).join(" "));
    } else gramsOf(v, text).forEach(count);
    const columns = [...counts.keys()].sort((a, b) => a - b);
    const values = columns.map((c) => counts.get(c));
    if (o.weight === "binary") values.fill(1);
    if (o.weight !== "tfidf") return [columns, values];
    for (let i = 0; i < values.length; i++) {
      if (o.sublinear_tf) values[i] = N.log(values[i]) + 1;
      if (v.idf) values[i] *= v.idf[columns[i]];
    }
    let length = 0;
    for (const x of values) length += o.norm === "l2" ? x * x : o.norm === "l1" ? Math.abs(x) : 0;
    if (o.norm === "l2") length = Math.sqrt(length);
    if (length !== 0) for (let i = 0; i < values.length; i++) values[i] /= length;
    return [columns, values];
  };

  const number = (p, row) => {
    let v = row[p.column];
    if (p.log) v = v > 0 ? N.log(v) : NaN;
    if (v !== v && p.impute !== undefined) v = p.impute;
    return p.scale ? (v - (p.mean ?? 0)) / p.scale : v;
  };
  // place gives how many of ascending values are below v.
  const place = (values, v) => {
    let low = 0, high = values.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[middle] >= v) high = middle; else low = middle + 1;
    }
    return low;
  };
  const along = (from, to, v) => {
    const i = place(from, v);
    if (v !== v) return v;
    if (i === 0) return to[0];
    if (i === from.length) return to[i - 1];
    return to[i - 1] + (v - from[i - 1]) / (from[i] - from[i - 1]) * (to[i] - to[i - 1]);
  };
  const bend = (p, v) => {
    const k = p.knots, last = k.at(-1), before = k.at(-2), span = last - k[0], inside = v !== v ? v : Math.min(v, last);
    const out = [v];
    for (let j = 0; j < p.width - 1; j++) {
      const tail = (last - k[j]) / (last - before), u = Math.max(0, inside - k[j]), w = Math.max(0, inside - before);
      let bent = (u * u * u - tail * w * w * w) / (span * span);
      if (v > last) bent += 3 * (u * u - tail * w * w) / (span * span) * (v - last);
      out.push(v !== v ? v : bent);
    }
    return out;
  };
  const scaled = (p, values) => (p.scales ? values.map((v, j) => (v - p.means[j]) / p.scales[j]) : values);
  // code gives that of a level, as what it counts as where training did not show it.
  const code = (p, row) => {
    const level = row[p.column];
    if (level !== "") {
      p.places ??= new Map(p.levels.map((l, i) => [l, i]).reverse());
      const at = p.places.get(level);
      if (at !== undefined) return at;
    }
    const as = (level === "" ? p.lacking : p.unknown) ?? 0;
    if (as !== REFUSED) return as;
    const known = p.levels.slice(0, 12).map(quote);
    if (p.levels.length > 12) known.push("…");
    throw new Refusal(`row 1: column ${quote(p.column)} has a level that training did not show`, "one of " + known.join(", "), "");
  };
  const quote = (text) => JSON.stringify(text);
  const piece = {
    number: (p, row) => [number(p, row)],
    curve: (p, row) => scaled(p, bend(p, number(p, row))),
    ranks: (p, row) => [along(p.values, p.scores, number(p, row))],
    missing: (p, row) => [row[p.column] !== row[p.column] ? 1 : 0],
    onehot: (p, row) => {
      const out = new Array(p.width).fill(0), at = code(p, row) - (p.first ?? 0);
      if (at >= 0) out[at] = 1;
      return out;
    },
    place: (p, row) => {
      const at = code(p, row);
      return [at < 0 ? NaN : at];
    },
    means: (p, row) => {
      const rows = p.values.length / p.width, at = code(p, row);
      return p.values.slice((at < 0 ? rows - 1 : at) * p.width).slice(0, p.width);
    },
    date: (p, row) => {
      let v = row[p.column];
      if (v !== v && p.impute !== undefined) v = p.impute;
      const t = clock(v);
      return scaled(p, (p.parts ?? []).map((name) => (v !== v ? v : datePart[name](t))));
    },
  };

  const prepare = (features) => {
    let first = 0;
    for (const view of features.views) {
      view.first = first;
      view.width = 0;
      for (const p of view.parts ?? []) {
        p.start = view.width;
        view.width += p.width;
        if (p.terms) p.terms = vocabulary(p.terms);
      }
      first += view.width;
    }
    return features;
  };
  // matrix gives what features make of a row: of each view its columns and their
  // values, all of them unless it is sparse.
  const matrix = (features, input) => {
    const row = { ...input };
    for (const s of features.statistics ?? []) {
      const at = s.levels.indexOf(row[s.by]);
      row[s.name] = (at < 0 ? s.other : s.values[at]) ?? NaN;
    }
    for (const d of features.derived ?? []) row[d.name] = derive(d, row);
    return features.views.map((view) => {
      const columns = [], values = [];
      for (const p of view.parts ?? []) {
        const [own, weights] = p.terms ? termsOf(p.terms, row[p.column]) : [null, piece[p.k](p, row)];
        weights.forEach((v, i) => {
          if (view.sparse && v === 0) return;
          columns.push(p.start + (own ? own[i] : i));
          values.push(v);
        });
      }
      return { view, columns, values, width: view.width };
    });
  };
  const seen = (x, features, name) => (name ? x.find((v) => v.view.name === name) : x[features.main]);
  const nameOf = (view, column) => {
    const p = (view.parts ?? []).findLast((p) => p.start <= column && p.width > 0);
    return p.terms ? (p.terms.prefix ?? "") + p.terms.names[column - p.start] : p.names[column - p.start];
  };
  // wider gives a view with one more column.
  const wider = (x, v) => ({ ...x, columns: [...x.columns, x.width], values: [...x.values, v], width: x.width + 1 });

