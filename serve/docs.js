// Swagger UI puts links into buttons, and leaves controls without a name: that is mended
// whenever it draws. Places that scroll are reached by the keyboard.
(() => {
  const root = document.getElementById("swagger-ui");
  const name = (selector, of) => {
    for (const e of root.querySelectorAll(selector)) if (!e.getAttribute("aria-label")) e.setAttribute("aria-label", of(e));
  };
  const mend = () => {
    for (const a of root.querySelectorAll(".opblock-summary-control a[href]")) a.removeAttribute("href");
    for (const pre of root.querySelectorAll("pre")) pre.tabIndex = 0;
    name("#servers", () => "Server");
    name("tr[data-param-name] :is(select, input, textarea)", (e) => e.closest("tr").dataset.paramName);
    name("textarea.body-param__text", () => "Request body");
    name(".examples-select-element", () => "Example");
    name("select", () => "Media type");
    name("input, textarea", () => "Value");
    name(".copy-to-clipboard button", () => "Copy");
  };
  new MutationObserver(mend).observe(root, { childList: true, subtree: true });
  mend();
})();
