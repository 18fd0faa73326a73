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

