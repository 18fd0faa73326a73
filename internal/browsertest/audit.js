(() => {
  const faults = new Set();
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (e) => e.getClientRects().length > 0;
  const where = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : e.className?.baseVal === undefined && e.className ? "." + e.className : "");
  const text = (e) => (e?.textContent || "").replace(/\s+/g, " ").trim();
  const named = (e) => {
    const by = (e.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean).map((id) => text(document.getElementById(id))).join(" ");
    return by || e.getAttribute("aria-label") || [...(e.labels || [])].map(text).join(" ") || (e.matches("input, select, textarea") ? "" : text(e)) ||
      e.querySelector?.("img[alt]")?.alt || e.getAttribute("title") || "";
  };

  // The page as a whole.
  if (!document.documentElement.lang) faults.add("the page says no language");
  if (!document.title.trim()) faults.add("the page has no title");
  if (document.documentElement.scrollWidth > innerWidth) faults.add("the page is wider than the window: " + document.documentElement.scrollWidth + " of " + innerWidth);
  if (all("main").length !== 1) faults.add(all("main").length + " main landmarks");
  if (all("body > header").length > 1) faults.add("several banners");
  const skip = document.querySelector("a[href^='#']");
  if (!skip || !document.getElementById(skip.getAttribute("href").slice(1))) faults.add("no link skips to the content");
  const navs = all("nav");
  const names = navs.map(named);
  if (names.some((n, i) => navs.length > 1 && (!navs[i].hasAttribute("aria-label") && !navs[i].hasAttribute("aria-labelledby") || names.indexOf(n) !== i))) faults.add("navigations that cannot be told apart");

  // Headings go down a step at a time.
  let level = 0;
  const headings = all("h1, h2, h3, h4, h5, h6").filter(shown);
  if (headings.filter((h) => h.tagName === "H1").length !== 1) faults.add("not one first heading");
  for (const h of headings) {
    const next = Number(h.tagName[1]);
    if (next > level + 1) faults.add("heading " + text(h) + " skips a level");
    if (!text(h)) faults.add("an empty heading");
    level = next;
  }

  // Ids are unique, and references lead somewhere.
  const ids = all("[id]").map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.add("id " + id + " stands twice");
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for", "list"]) {
    for (const e of all("[" + name + "]")) for (const id of e.getAttribute(name).split(/\s+/)) {
      if (id && !document.getElementById(id)) faults.add(where(e) + " refers to " + id + ", which is not there");
    }
  }
  for (const a of all("a[href^='#']")) if (a.hash && !document.getElementById(decodeURIComponent(a.hash.slice(1)))) faults.add("link " + text(a) + " leads to nothing");

  // What can be used has a name, and is large enough to be hit.
  for (const e of all("a[href], button, summary, input:not([type=hidden]), select, textarea, iframe, [role=region], [role=img]")) {
    if (shown(e) && !named(e).trim()) faults.add(where(e) + " has no name");
  }
  for (const e of all("button, select, textarea, input:not([type=hidden]):not([type=radio]):not([type=checkbox])")) {
    const box = e.getBoundingClientRect();
    if (shown(e) && (box.height < 24 || box.width < 24)) faults.add(where(e) + " is too small to hit");
  }
  for (const e of all("img:not([alt])")) faults.add(where(e) + " has no alternative text");
  for (const e of all("svg")) if (shown(e) && !e.closest("[aria-hidden=true]") && !named(e) && !e.closest("a, button, [role=region]")) faults.add(where(e) + " is a drawing without a name");
  for (const t of all("table")) if (shown(t) && !t.querySelector("th")) faults.add("a table without headers");
  for (const e of all("[aria-invalid=true]")) if (!e.getAttribute("aria-describedby")) faults.add(where(e) + " does not say what is wrong");
  for (const e of all("*")) {
    const overflow = getComputedStyle(e).overflowX;
    if ((overflow === "auto" || overflow === "scroll") && e.scrollWidth > e.clientWidth + 1 && shown(e) && e.tabIndex < 0 && e !== document.documentElement && e !== document.body) {
      faults.add(where(e) + " scrolls, but not by keyboard");
    }
  }

  // Neighbours do not write over each other.
  const written = (e) => {
    const range = document.createRange(), rects = [], texts = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    for (let n; (n = texts.nextNode());) {
      if (!n.parentElement.checkVisibility()) continue; // in a fold that is closed
      range.selectNodeContents(n);
      rects.push(...range.getClientRects());
    }
    return rects.filter((r) => r.width > 0 && r.height > 0);
  };
  for (const e of all("main p, main dt, main dd, main li, main label, main summary, main h2, main h3")) {
    const next = e.nextElementSibling;
    if (!next || !shown(e) || !shown(next) || !text(e) || !text(next) || next.closest(".away")) continue;
    const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 4 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 6;
    if (written(e).some((a) => written(next).some((b) => over(a, b)))) faults.add(where(e) + " and " + where(next) + " overlap: " + text(e).slice(0, 30));
  }

  // Texts stand out as WCAG AA asks: 4.5 to 1, or 3 to 1 where they are large.
  const parse = (c) => (c.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const f = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const background = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = walker.nextNode());) {
    const e = n.parentElement, s = getComputedStyle(e);
    if (!n.data.trim() || e.closest("svg, script, noscript, .away, .skip, :disabled") || !shown(e)) continue;
    const [a, b] = [light(parse(s.color)), light(background(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05), size = parseFloat(s.fontSize);
    const large = size >= 24 || (size >= 18.66 && s.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) faults.add(where(e) + " is faint, " + ratio.toFixed(2) + ": " + n.data.trim().slice(0, 30));
  }
  return [...faults];
})()
