// Everything here works without this script. With it, forms and links marked
// data-swap change the page in place, and a run is followed while it goes on.
(() => {
  // Ids of the parts that an answer may change, in the order of the page.
  const parts = ["form-title", "samples-title", "form", "answer", "saved", "run"];

  // swap replaces the page's content by that of another page of this site.
  const swap = (html) => {
    const next = new DOMParser().parseFromString(html, "text/html");
    const main = next.querySelector("main");
    if (!main || !parts.some((id) => main.querySelector("#" + id))) return false;
    document.title = next.title;
    document.querySelector("main").replaceChildren(...main.childNodes);
    clearTimeout(waiting);
    sliders();
    return true;
  };

  const go = async (url, options, focus) => {
    const main = document.querySelector("main");
    main.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(url, { credentials: "same-origin", ...options });
      if (response.redirected && new URL(response.url).pathname.endsWith("/login")) return false;
      if (!response.ok && response.status !== 422) return false;
      if (!swap(await response.text())) return false;
      const at = new URL(response.url);
      if (response.redirected || !options?.method) {
        at.searchParams.delete("done");
        history.replaceState(null, "", at.pathname + at.search);
      }
      const target = document.getElementById("faults") || document.querySelector(focus);
      target?.focus({ preventScroll: true });
      target?.scrollIntoView({ block: "nearest" });
      return true;
    } catch {
      return false;
    } finally {
      main.removeAttribute("aria-busy");
    }
  };

  // What the form holds is answered while somebody tries, once it rests: as what would
  // be, which is nobody's case. A number that training showed can be drawn too.
  const rest = 200; // milliseconds, and at most one question at a time
  let waiting = 0;
  let asking = false;
  const wonder = async () => {
    waiting = 0;
    const form = document.querySelector("form[data-what-if]");
    if (!form || document.querySelector("main[aria-busy]")) return;
    if (asking) return later();
    asking = true;
    const sent = new URLSearchParams(new FormData(form)).toString();
    try {
      const response = await fetch(form.dataset.whatIf, { method: "POST", credentials: "same-origin", body: new URLSearchParams(sent) });
      if (!response.ok) return;
      const next = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("answer");
      const now = document.querySelector("form[data-what-if]");
      if (next && now === form && new URLSearchParams(new FormData(form)).toString() === sent) document.getElementById("answer").replaceWith(next);
    } catch { // the next one may be answered
    } finally {
      asking = false;
    }
  };
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(wonder, rest);
  };
  const sliders = () => {
    for (const box of document.querySelectorAll("form[data-what-if] input[data-step]:not([data-drawn])")) {
      const { min, max, step } = box.dataset;
      box.dataset.drawn = "yes";
      const slider = document.createElement("input");
      Object.assign(slider, { type: "range", min, max, step, value: box.value || (Number(min) + Number(max)) / 2 });
      slider.setAttribute("aria-label", `${box.labels[0].firstChild.textContent.trim()}, drawn`);
      slider.addEventListener("input", () => { box.value = slider.value; later(); });
      box.addEventListener("input", () => { slider.value = box.value; });
      box.parentElement.after(slider);
    }
  };
  document.addEventListener("input", (event) => {
    if (event.target.closest?.("form[data-what-if]") && event.target.name !== "note") later();
  });
  sliders();

  // Who signs in comes back to the form as it was: what it holds waits in this window.
  const draft = "labbook draft";
  document.addEventListener("click", (event) => {
    const form = document.querySelector("form[data-what-if]");
    if (!form || !event.target.closest?.('a[href*="/login?"]')) return;
    const held = [...new FormData(form)];
    try { sessionStorage.setItem(draft, JSON.stringify({ form: form.getAttribute("action"), held })); } catch { /* too much: it is lost */ }
  });
  const back = () => {
    const form = document.querySelector("form[data-what-if]");
    const kept = JSON.parse(sessionStorage.getItem(draft) || "null");
    if (!form || kept?.form !== form.getAttribute("action")) return;
    sessionStorage.removeItem(draft);
    for (const box of form.querySelectorAll('input[type="checkbox"]')) box.checked = false;
    for (const [name, value] of kept.held) {
      const control = form.elements.namedItem(name);
      if (control instanceof RadioNodeList || control?.type === "checkbox") {
        for (const box of form.querySelectorAll('input[type="checkbox"]')) if (box.name === name && box.value === value) box.checked = true;
      } else if (control) control.value = value;
    }
    later();
  };
  back();

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-swap]")) return;
    event.preventDefault();
    if (document.querySelector("main[aria-busy]")) return; // a second click, while the first is being answered
    const button = event.submitter;
    const body = new URLSearchParams(new FormData(form, button));
    button?.setAttribute("aria-disabled", "true");
    const swapped = await go(form.action, { method: "POST", body }, form.id === "form" ? "#answer" : "#saved-title");
    if (swapped) return;
    button?.removeAttribute("aria-disabled");
    if (button?.name) {
      const kept = document.createElement("input");
      kept.type = "hidden";
      kept.name = button.name;
      kept.value = button.value;
      form.append(kept);
    }
    form.submit(); // the browser shows whatever the server says
  });

  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[data-swap]");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const focus = link.hash === "#answer" ? "#answer" : "a[aria-current=true][data-swap]";
    if (!(await go(link.href, {}, focus))) location.assign(link.href);
  });

  // A file that is dropped anywhere on the page of a pipeline goes where it would be
  // chosen. One that is larger than what is taken is not sent at all.
  const files = () => document.querySelector("form.drop input[type=file]");
  const carries = (event) => files() && event.dataTransfer?.types.includes("Files");
  const over = (is) => files()?.form.classList.toggle("over", is);
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(false); });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    over(false);
    files().files = event.dataTransfer.files;
    files().dispatchEvent(new Event("change", { bubbles: true }));
    if (files().reportValidity()) files().form.requestSubmit();
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box !== files()) return;
    const size = [...box.files].reduce((sum, file) => sum + file.size, 0);
    box.setCustomValidity(size > Number(box.dataset.most) ? box.dataset.large : "");
  });

  // morph makes a part of the page what another is, and touches nothing that is
  // the same already: the focus, what is selected, and folds stay as they are.
  const morph = (old, next) => {
    if (old.isEqualNode(next)) return;
    const key = (n) => n.nodeName + (n.id || "") + (n.dataset?.key || "");
    if (key(old) !== key(next)) return old.replaceWith(next);
    if (old.nodeType !== Node.ELEMENT_NODE) {
      old.data = next.data;
      return;
    }
    for (const { name, value } of next.attributes) if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
    for (const { name } of [...old.attributes]) if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
    const [was, is] = [[...old.childNodes], [...next.childNodes]];
    if (was.length === is.length) return was.forEach((child, i) => morph(child, is[i]));
    // Something came or went: what has a key is found again, the rest is new.
    const known = new Map(was.filter((n) => n.id || n.dataset?.key || n.nodeName === "DETAILS" || n.nodeName === "FIGURE").map((n) => [key(n), n]));
    old.replaceChildren(...is.map((n) => {
      const same = known.get(key(n));
      if (!same) return n;
      known.delete(key(n));
      morph(same, n);
      return same;
    }));
  };

  // follow looks again at the page of a run whenever something happened in it,
  // until it has ended, and says begins and ends to those who do not see them.
  const follow = () => {
    const run = document.querySelector("#run[data-live]");
    if (!run) return;
    const events = run.dataset.live ? new EventSource(run.dataset.live) : null;
    let waiting = 0;
    let looking = false;
    const look = async () => {
      waiting = 0;
      if (looking) return;
      looking = true;
      const response = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
      if (response?.status === 404) return location.reload(); // it was taken out of the queue
      const html = response?.ok ? await response.text().catch(() => "") : "";
      looking = false;
      const next = new DOMParser().parseFromString(html, "text/html").getElementById("run");
      const old = document.getElementById("run");
      if (!next || !old) return;
      morph(old, next);
      if (next.hasAttribute("data-live")) return;
      events?.close();
      clearInterval(ticking);
    };
    const soon = () => { waiting ||= setTimeout(look, 150); };
    const ticking = setInterval(soon, 1000); // for the clocks, and in case events do not come through
    if (!events) return;
    for (const name of ["run", "stage", "progress"]) {
      events.addEventListener(name, (event) => {
        soon();
        const { text, status, done, total } = JSON.parse(event.data);
        const said = document.getElementById("said");
        if (said && text && name !== "progress") said.textContent = name === "run" ? `The run: ${text}` : `${text}, ${done} of ${total}`;
        if (name === "run" && status !== "running" && status !== "queued") events.close();
      });
    }
  };
  follow();

  // A notebook that is open follows: when a run has changed it, the new page comes
  // in the place of the old one, at the cell that changed, or where the old one was.
  // The notebook has no origin, so it is asked for its place and told one.
  const frames = document.querySelector(".frames[data-follow]");
  if (frames) {
    const going = document.getElementById("going");
    let run = null, busy = false;
    const answer = (frame, what) => new Promise((resolve) => {
      const done = (value) => { removeEventListener("message", heard); clearTimeout(patience); resolve(value); };
      const heard = (event) => { if (event.source === frame.contentWindow && event.data?.labbook === "place") done(event.data); };
      const patience = setTimeout(done, 400); // a notebook of before knows nothing of this
      addEventListener("message", heard);
      frame.contentWindow.postMessage(what, "*");
    });
    const show = async (next, cell) => {
      const old = frames.querySelector("iframe");
      const place = await answer(old, { labbook: "place" });
      const frame = document.createElement("iframe");
      frame.title = old.title;
      frame.className = "coming";
      frame.src = old.src.split("?")[0] + "?run=" + encodeURIComponent(next);
      const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
      frames.append(frame);
      await loaded;
      await answer(frame, { labbook: "go", cell: cell || place?.cell, offset: !cell || cell === place?.cell ? place?.offset : null, changed: cell });
      old.remove();
      frame.className = "";
    };
    const look = async () => {
      if (busy || document.hidden) return;
      busy = true;
      const response = await fetch(frames.dataset.follow + (run ? "?run=" + encodeURIComponent(run) : ""), { credentials: "same-origin" }).catch(() => null);
      const now = response?.ok ? await response.json().catch(() => null) : null;
      if (now) {
        const text = now.say || "";
        if (going.textContent !== text) {
          const link = document.createElement(now.href ? "a" : "span");
          link.textContent = text;
          if (now.href) link.href = now.href;
          going.replaceChildren(...(text ? [link] : []));
        }
        if (run !== null && now.run && now.run !== run) await show(now.run, now.cell);
        run = now.run || run || "";
      }
      busy = false;
    };
    look();
    setInterval(look, 1000);
    document.addEventListener("visibilitychange", look);
  }

  // What was done is said once, not at every reload.
  const here = new URL(location.href);
  if (here.searchParams.has("done")) {
    here.searchParams.delete("done");
    history.replaceState(null, "", here.pathname + here.search + here.hash);
  }
})();
