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
