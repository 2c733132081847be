// The query box of the start page: asks /sparql and shows the answer as a table. Text goes in as text, never as markup.
"use strict";
(() => {
  const form = document.getElementById("sparql");
  const box = document.getElementById("query");
  const answer = document.getElementById("answer");
  const status = document.getElementById("status");
  const base = form.dataset.base;

  const put = (name, text, attributes = {}) => {
    const node = document.createElement(name);
    node.textContent = text;
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };

  const cell = (term) => {
    const td = put("td", "", { dir: "auto" });
    if (!term) return td;
    if (term.type === "uri") {
      const ours = base && term.value.startsWith(base);
      const web = /^https?:\/\//.test(term.value);
      const shown = ours ? term.value.slice(base.length) : term.value;
      if (ours) td.append(put("a", shown, { href: "/" + shown }));
      else if (web) td.append(put("a", shown, { href: term.value, rel: "noreferrer" }));
      else td.textContent = shown;
    } else {
      td.textContent = term.value;
      if (term["xml:lang"]) td.lang = term["xml:lang"];
    }
    return td;
  };

  const table = (data) => {
    const result = document.createElement("table");
    const head = document.createElement("tr");
    for (const name of data.head.vars) head.append(put("th", name));
    result.append(head);
    for (const row of data.results.bindings) {
      const tr = document.createElement("tr");
      for (const name of data.head.vars) tr.append(cell(row[name]));
      result.append(tr);
    }
    return result;
  };

  const run = async () => {
    status.textContent = "asking …";
    answer.replaceChildren();
    const started = performance.now();
    try {
      const response = await fetch("/sparql", {
        method: "POST",
        headers: {
          "Content-Type": "application/sparql-query",
          "Accept": "application/sparql-results+json, text/turtle;q=0.9",
        },
        body: box.value,
      });
      const type = response.headers.get("Content-Type") || "";
      const hint = response.headers.get("Waqai-Hint");
      if (hint) answer.append(put("p", hint, { class: "hint", dir: "auto" }));
      const took = `${Math.round(performance.now() - started)} ms, log position ${response.headers.get("Waqai-Position")}`;
      if (!response.ok) {
        const problem = await response.json();
        status.textContent = "";
        answer.append(put("p", problem.detail, { class: "error", dir: "auto" }));
      } else if (type.startsWith("application/sparql-results+json")) {
        const data = await response.json();
        if ("boolean" in data) {
          status.textContent = took;
          answer.append(put("p", String(data.boolean)));
        } else {
          status.textContent = `${data.results.bindings.length} rows, ${took}`;
          answer.append(table(data));
        }
      } else {
        status.textContent = took;
        answer.append(put("pre", await response.text(), { dir: "auto" }));
      }
    } catch (error) {
      status.textContent = "";
      answer.append(put("p", `No answer: ${error.message}`, { class: "error" }));
    }
  };

  form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
  });
  document.getElementById("examples").addEventListener("change", (event) => {
    const chosen = document.getElementById(event.target.value);
    if (chosen) { box.value = chosen.textContent; run(); }
  });
})();
