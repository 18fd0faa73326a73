// labbookModel gives a model that predicts as the program does, to the last digit:
// from the document and the lists that package exchange writes. Sums are added in the
// program's order, trees compare in 32 bits.
const labbookModel = (doc, buffer) => {
  "use strict";
  const N = labbookNumbers;
  const NO_LEVEL = -1, REFUSED = -2;
  const bytes = new Uint8Array(buffer);
  const types = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f32: Float32Array, f64: Float64Array };

  // list gives a list that the document refers to: the bytes of its elements lie apart,
  // all first ones before all second ones.
  const list = ([type, at, n]) => {
    const width = types[type].BYTES_PER_ELEMENT, out = new Uint8Array(n * width);
    for (let k = 0; k < width; k++) for (let i = 0, from = at + k * n; i < n; i++) out[i * width + k] = bytes[from + i];
    return new types[type](out.buffer);
  };
  const or = (ref) => ref && list(ref);

  // A refusal is what the program says of a row that has no prediction.
  class Refusal extends Error {
    constructor(what, wanted, hint) { super(what); this.wanted = wanted; this.hint = hint; }
  }

  // ---- How numbers are written.

  // digits gives the shortest digits that tell a number apart, and how many stand
  // before the point.
  const digits = (v) => {
    const [m, e] = Math.abs(v).toExponential().split("e");
    return [m.replace(".", ""), Number(e) + 1];
  };
  const exponential = (d, point) => {
    const e = point - 1, size = Math.abs(e);
    return d[0] + (d.length > 1 ? "." + d.slice(1) : "") + "e" + (e < 0 ? "-" : "+") + (size < 10 ? "0" : "") + size;
  };
  const plain = (d, point) => {
    if (point <= 0) return "0." + "0".repeat(-point) + d;
    if (point >= d.length) return d + "0".repeat(point - d.length);
    return d.slice(0, point) + "." + d.slice(point);
  };
  const sign = (v) => (v < 0 || Object.is(v, -0) ? "-" : "");
  // shortest is %g, exact JSON's form.
  const shortest = (v) => {
    if (v === 0) return sign(v) + "0";
    const [d, point] = digits(v);
    return sign(v) + (point - 1 < -4 || point - 1 >= 6 ? exponential(d, point) : plain(d, point));
  };
  const exact = (v) => {
    if (v - v !== 0) return "null";
    if (v === 0) return sign(v) + "0";
    const [d, point] = digits(v), size = Math.abs(v);
    return sign(v) + (size < 1e-6 || size >= 1e21 ? exponential(d, point) : plain(d, point));
  };
  // fixed rounds halves of what is written to even, as toFixed does not.
  const fixed = (v, decimals) => {
    const size = Math.abs(v);
    let text = size.toFixed(decimals);
    if (size < 1e21 && decimals < 60) {
      const long = size.toFixed(decimals + 35), at = long.length - 35;
      if (/^50*$/.test(long.slice(at))) {
        const below = decimals ? long.slice(0, at) : long.slice(0, at - 1);
        if (Number(below.at(-1)) % 2 === 0) text = below;
      }
    }
    return sign(v) + text;
  };
  const grouped = (text) => {
    const [, minus, whole, rest] = /^(-?)(\d+)(.*)$/.exec(text);
    return minus + whole.replace(/\B(?=(\d{3})+$)/g, ",") + rest;
  };
  // significant writes a number with so many digits.
  const significant = (v, n) => {
    if (v - v !== 0) return "–";
    if (v === 0) return "0";
    const size = Math.abs(v);
    if (size >= 1e12 || size < 1e-5) {
      const [m, e] = v.toExponential(Math.max(n - 1, 0)).split("e");
      return m + "e" + e[0] + (e.length < 3 ? "0" : "") + e.slice(1);
    }
    if (v === Math.trunc(v)) return grouped(fixed(v, 0));
    return grouped(fixed(v, Math.max(n - (Math.floor(N.log10(size)) + 1), 0)));
  };
  const amount = (v, unit) => (Math.abs(v) >= 1000 ? significant(N.round(v), 1) : significant(v, 4)) + (unit ? " " + unit : "");
  const percent = (p) => (p > 0 && p < 0.001 ? "< 0.1 %" : p < 1 && p > 0.999 ? "> 99.9 %" : fixed(100 * p, 1) + " %");

  // ---- Dates.

  const clock = (seconds) => new Date(Math.trunc(seconds) * 1000);
  const yearday = (t) => {
    const first = new Date(0);
    first.setUTCFullYear(t.getUTCFullYear(), 0, 1);
    return Math.floor((t.getTime() - first.getTime()) / 864e5) + 1;
  };
  const weekday = (t) => (t.getUTCDay() + 6) % 7 + 1;
  const ofDay = (t) => 2 * Math.PI * (3600 * t.getUTCHours() + 60 * t.getUTCMinutes() + t.getUTCSeconds()) / 86400;
  const ofWeek = (t) => (2 * Math.PI * (weekday(t) - 1) + ofDay(t)) / 7;
  const ofYear = (t) => 2 * Math.PI * (yearday(t) - 1) / 365.2425;
  const datePart = {
    year: (t) => t.getUTCFullYear(), month: (t) => t.getUTCMonth() + 1, day: (t) => t.getUTCDate(), weekday, yearday,
    time: (t) => t.getTime() / 1000 / 86400, hour: (t) => t.getUTCHours(), quarter: (t) => Math.trunc((t.getUTCMonth() + 3) / 3),
    "day sin": (t) => N.sin(ofDay(t)), "day cos": (t) => N.cos(ofDay(t)),
    "week sin": (t) => N.sin(ofWeek(t)), "week cos": (t) => N.cos(ofWeek(t)),
    "year sin": (t) => N.sin(ofYear(t)), "year cos": (t) => N.cos(ofYear(t)),
  };
  const RFC3339 = "2006-01-02T15:04:05Z07:00";
  // moment reads a date in a form of Go's package time; NaN is none.
  const moment = (form, text) => {
    if (form === "unix" || form === "unix-ms") {
      const v = parseFloat64(text);
      return v !== v || Math.abs(v) > 1e15 ? NaN : form === "unix" ? v : v / 1e3;
    }
    const names = { 2006: "year", "01": "month", "02": "day", 15: "hour", "04": "minute", "05": "second", "Z07:00": "zone", "-07:00": "zone", "-0700": "zone" };
    const patterns = { year: "\\d{4}", month: "\\d\\d", day: "\\d\\d", hour: "\\d\\d?", minute: "\\d\\d", second: "\\d\\d(?:[.,]\\d+)?" };
    const pattern = form.split(/(2006|01|02|15|04|05|Z07:00|-07:00|-0700)/).map((part, i) => {
      if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\\/]/g, "\\$&");
      const name = names[part];
      return `(?<${name}>${name === "zone" ? (part[0] === "Z" ? "Z|" : "") + "[+-]\\d\\d" + (part.includes(":") ? ":" : "") + "\\d\\d" : patterns[name]})`;
    }).join("");
    const m = new RegExp("^" + pattern + "$").exec(text)?.groups;
    if (!m) return NaN;
    const t = new Date(0), [year, month, day] = [m.year ?? 1970, m.month ?? 1, m.day ?? 1].map(Number);
    const second = (m.second ?? "0").replace(",", ".");
    if (Number(m.hour ?? 0) > 23 || Number(m.minute ?? 0) > 59 || Math.trunc(second) > 59) return NaN;
    t.setUTCFullYear(year, month - 1, day);
    if (t.getUTCMonth() !== month - 1 || t.getUTCDate() !== day) return NaN;
    t.setUTCHours(Number(m.hour ?? 0), Number(m.minute ?? 0), Math.trunc(second));
    let seconds = t.getTime() / 1000;
    if (m.zone && m.zone !== "Z") {
      const hour = Number(m.zone.slice(1, 3)), minute = Number(m.zone.slice(-2));
      if (hour > 24 || minute > 59) return NaN;
      seconds -= (m.zone[0] === "-" ? -1 : 1) * (3600 * hour + 60 * minute);
    }
    return seconds + Number("0" + (second.match(/\..*/)?.[0] ?? ""));
  };
  const parseFloat64 = (text) => (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN);

  // ---- Formulas of derived columns.

  const isMissing = (v) => (typeof v === "string" ? v === "" : v - v !== 0);
  const compare = {
    "==": (x, y) => x === y, "!=": (x, y) => x !== y, "<": (x, y) => x < y, "<=": (x, y) => x <= y, ">": (x, y) => x > y, ">=": (x, y) => x >= y,
  };
  // order compares texts by their code points, as their bytes in UTF-8 compare.
  const order = (x, y) => {
    const a = [...x], b = [...y];
    for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i].codePointAt(0) - b[i].codePointAt(0);
    return a.length - b.length;
  };
  const onBoth = (x, y, f) => x !== "" && y !== "" && f(x, y);
  const extreme = (f) => (args) => args.reduce((a, b) => (a === a && b === b ? f(a, b) : Math.abs(a) === Infinity || Math.abs(b) === Infinity ? infinite(f, a, b) : NaN));
  const infinite = (f, a, b) => (f === Math.min ? (a === -Infinity || b === -Infinity ? -Infinity : NaN) : a === Infinity || b === Infinity ? Infinity : NaN);
  const operations = {
    not: ([x]) => !x, neg: ([x]) => -x, and: ([x, y]) => x && y, or: ([x, y]) => x || y, if: ([c, x, y]) => (c ? x : y),
    "+": ([x, y]) => x + y, "-": ([x, y]) => x - y, "*": ([x, y]) => x * y, "/": ([x, y]) => x / y, "%": ([x, y]) => x % y, "**": ([x, y]) => N.pow(x, y),
    days: ([x, y]) => (x - y) / 86400, later: ([x, y]) => x + y * 86400, earlier: ([x, y]) => x - y * 86400,
    concat: ([x, y]) => onBoth(x, y, (x, y) => x + y) || "",
    contains: ([x, y]) => onBoth(x, y, (x, y) => x.includes(y)), startsWith: ([x, y]) => onBoth(x, y, (x, y) => x.startsWith(y)),
    endsWith: ([x, y]) => onBoth(x, y, (x, y) => x.endsWith(y)),
    "??": ([x, y]) => (isMissing(x) ? y : x), missing: ([x]) => isMissing(x), in: ([x, ...rest]) => x !== "" && rest.includes(x),
    min: extreme(Math.min), max: extreme(Math.max),
    abs: ([x]) => Math.abs(x), sqrt: ([x]) => Math.sqrt(x), floor: ([x]) => Math.floor(x), ceil: ([x]) => Math.ceil(x), round: ([x]) => N.round(x),
    lower: ([x]) => lowerRunes(x), upper: ([x]) => [...x].map((c) => { const u = c.toUpperCase(); return [...u].length === 1 ? u : c; }).join(""), trim: ([x]) => x.replace(/^[\p{White_Space}]+|[\p{White_Space}]+$/gu, ""),
    len: ([x]) => (x === "" ? NaN : [...x].length), number: ([x]) => parseFloat64(x.trim()),
  };
  for (const name of ["cbrt", "exp", "log", "log2", "log10", "log1p"]) operations[name] = ([x]) => N[name](x);
  for (const name of ["year", "month", "day", "hour", "weekday", "yearday"]) operations[name] = ([x]) => (isMissing(x) ? NaN : datePart[name](clock(Math.floor(x))));
  const lowerRunes = (text) => [...text].map((c) => { const l = c.toLowerCase(); return [...l].length === 1 ? l : c === "İ" ? "i" : c; }).join("");

  const derive = (derived, row) => {
    const done = [];
    for (const [op, , args, what] of derived.ops) {
      const values = args.map((at) => done[at]);
      if (op === "constant" || op === "text") done.push(what);
      else if (op === "bool") done.push(what === 1);
      else if (op === "column") done.push(row[what]);
      else if (compare[op]) {
        const [x, y] = values;
        if (typeof x === "boolean") done.push(compare[op](x, y));
        else if (what) {
          const [i, j] = [what.indexOf(x), what.indexOf(y)];
          done.push(i >= 0 && j >= 0 && compare[op](i, j));
        } else if (typeof x === "string") done.push(x !== "" && y !== "" && compare[op](order(x, y), 0));
        else done.push(!isMissing(x) && !isMissing(y) && compare[op](x, y));
      } else done.push(operations[op](values));
    }
    const v = done.at(-1);
    if (typeof v === "string") return v;
    if (typeof v === "boolean") return v ? 1 : 0;
    return v - v !== 0 ? NaN : v + 0;
  };

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

  const noRange = { field: target.name, message: `no range is given for ${target.name}: the model has seen nothing like this, so nobody knows how far off it is` };

  // score predicts a row: a number in the target's unit, or a probability of each class.
  const score = (row) => {
    const x = matrix(doc.features, row);
    for (const v of x) check(v, doc.missing, doc.estimator);
    checkParts(doc.formula, x);
    const said = predict[doc.formula.k](doc.formula, x[doc.features.main], x, doc.features);
    if (!classes) return { x, said, value: hold(inverse(said[0])) };
    const blank = doc.prior && x.every((v) => v.view.sparse && v.values.length === 0);
    return { x, blank, p: blank ? doc.prior.slice() : calibrate(said) };
  };

  // answer predicts a row, values by the names of columns: numbers, NaN where they are
  // missing, dates as seconds, texts and levels, "" where they are missing.
  const answer = (row, explained = true) => {
    const { x, said, value, p, blank } = score(row);
    const [warnings, outside] = unlike(row), v = doc.interval, out = { warnings };
    if (!classes) {
      out.value = value;
      if (out.value - out.value !== 0) throw new Refusal("the model has no prediction for this row: it comes to no finite number", "values more like those of training", warnings.map((w) => w.message).join("; "));
      if (v) {
        let reach = v.reach;
        if (v.spread) {
          const features = v.features ?? doc.features, own = v.features ? matrix(v.features, row) : x;
          reach = v.reach * N.exp(predict[v.spread.k](v.spread, own[features.main], own, features)[0]);
        }
        const [low, high] = [said[0] - reach, reach + said[0]].map((end) => hold(inverse(end)));
        if (!outside && low - low === 0 && high - high === 0) out.interval = { low, high, level: v.level };
        else out.none = noRange;
      } else if (doc.served) { // a range that was taken from errors on the test part
        const { low, high, level, relative } = doc.served;
        if (outside) out.none = noRange;
        else out.interval = { low: relative ? out.value * low : out.value + low, high: relative ? out.value * high : out.value + high, level };
      }
    } else {
      if (p.some((v) => v - v !== 0)) throw new Refusal("the model has no prediction for this row: it comes to no finite number", "values more like those of training", warnings.map((w) => w.message).join("; "));
      out.class = doc.calibration || doc.threshold || blank ? label(p) : likeliest(p);
      out.probabilities = p;
      if (v) {
        const best = likeliest(p);
        let set = p.map((share, c) => c === best || 1 - share <= v.reach);
        if (blank || outside) set = set.fill(true);
        if (outside) out.none = { field: target.name, message: `no ${target.name} is ruled out: the model has seen nothing like this, so nobody knows how often it is right` };
        out.set = { classes: classes.filter((_, c) => set[c]), level: v.level };
        if (v.abstain) out.abstained = out.set.classes.length > 1;
      }
      if (doc.threshold) out.threshold = { positive: classes[doc.threshold.positive], at: doc.threshold.at };
    }
    warnings.push(...strange(row, x));
    if (out.none) warnings.push(out.none);
    if (explained && tellsWhy) out.why = hasText ? why(x, out.class ?? 0, out.value) : whyOf(row, out.class ?? 0);
    return out;
  };

  // json writes an answer as the API does, without what only a server knows.
  const json = (a) => {
    const text = (s) => JSON.stringify(s).replace(/[<>&\u2028\u2029]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
    let s = "{";
    if (!classes) {
      s += text(target.name) + ":" + exact(a.value);
      if (target.unit) s += `,"unit":${text(target.unit)}`;
      if (a.interval) s += `,"interval":{"low":${exact(a.interval.low)},"high":${exact(a.interval.high)},"level":${exact(a.interval.level)}}`;
    } else {
      if (!a.abstained) s += text(target.name) + ":" + text(classes[a.class]) + ",";
      if (a.abstained !== undefined) s += `"abstained":${a.abstained},`;
      s += `"probabilities":{${a.probabilities.map((p, c) => text(classes[c]) + ":" + exact(p)).join(",")}}`;
      if (a.threshold) s += `,"threshold":{"positive":${text(a.threshold.positive)},"at":${exact(a.threshold.at)}}`;
      if (a.set) s += `,"set":{"classes":[${a.set.classes.map(text).join(",")}],"level":${exact(a.set.level)}}`;
    }
    if (a.why) {
      const reasons = (all) => all.map((r) => `{"${r.term ? "term" : "feature"}":${text(r.name)},"weight":${exact(r.weight)}}`).join(",");
      s += `,"why":{"for":[${reasons(a.why.for)}],"against":[${reasons(a.why.against)}]`;
      if (a.why.typical !== undefined) s += `,"typical":${exact(a.why.typical)}`;
      if (a.why.rest !== undefined) s += `,"rest":${exact(a.why.rest)}`;
      s += a.why.sampled ? `,"approximate":"sampling"}` : "}";
    }
    if (a.warnings.length) s += `,"warnings":[${a.warnings.map((w) => `{"field":${text(w.field)},"message":${text(w.message)}}`).join(",")}]`;
    return s + "}";
  };

  // read turns an object as the API takes it into a row, or says all that is wrong with
  // it: its faults, in the API's words.
  const read = (object) => {
    const row = {}, faults = [];
    for (const f of doc.fields) {
      const lacking = f.type === "number" || f.type === "date" ? NaN : "", v = object[f.name];
      const wrong = (message, hint = "") => faults.push({ field: f.name, message, allowed: allowed(f), hint });
      row[f.name] = lacking;
      if (v === undefined || v === null) {
        if (!f.missing) wrong(f.name + (v === null ? " has no value" : " is missing"));
        continue;
      }
      const quoted = typeof v === "string";
      if (f.type === "number") {
        if (quoted) wrong(f.name + " is no number", v !== "" && parseFloat64(v) === parseFloat64(v) ? "write it without quotes" : "");
        else if (f.min !== undefined && v < f.min || f.max !== undefined && v > f.max) wrong(f.name + " is out of its range");
        row[f.name] = quoted ? NaN : v;
      } else if (f.type === "date") {
        row[f.name] = moment(f.layout || RFC3339, String(v));
        if (row[f.name] !== row[f.name]) wrong(f.name + " is no date");
      } else if (f.type === "category") {
        row[f.name] = String(v);
        if (f.ordered && !f.levels.includes(row[f.name])) wrong(f.name + " is none of its levels");
      } else {
        if (v === "" && !f.missing) wrong(f.name + " is empty");
        row[f.name] = String(v);
      }
    }
    return { row, faults };
  };
  const allowed = (f) => {
    if (f.type === "number") {
      const from = f.min !== undefined, to = f.max !== undefined;
      return "a number" + (from && to ? ` from ${shortest(f.min)} to ${shortest(f.max)}` : from ? ` from ${shortest(f.min)}` : to ? ` up to ${shortest(f.max)}` : "");
    }
    if (f.type === "date") return "a date like " + (f.layout === "unix" ? "1136214245, the seconds since 1970" : f.layout === "unix-ms" ? "1136214245000, the milliseconds since 1970" : f.layout || RFC3339);
    return f.type === "category" ? (f.levels?.length && f.levels.length <= 50 ? f.levels : "a category") : "a text";
  };
  return { doc, answer, typical, json, read, amount, percent, fixed, significant, exact, parseFloat64, Refusal };
};
