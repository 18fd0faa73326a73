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

