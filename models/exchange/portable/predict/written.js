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

