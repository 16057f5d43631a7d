// The comparison: a request through every cloud, as a matrix of what differs from the app's own interface.

import { dialog, duration, failed, h, kind, t } from "./dom.js";
import { withSecrets } from "./text.js";

const FIELDS = [
  ["client_gets", ["got.status", "got.headers", "got.body"]],
  ["app_sees", ["seen.method", "seen.origin", "seen.root_path", "seen.path", "seen.raw_path", "seen.query", "seen.client", "seen.headers", "seen.body"]],
];
const ALL = FIELDS.flatMap(([, fields]) => fields);
const first = (field) => (FIELDS.some(([, fields]) => fields[0] === field) ? ".first" : "");

/** Send the request through every format, and show a matrix of what differs; *onopen(id)* shows one of the calls. */
export async function compare(call, formats, onopen) {
  const titles = Object.fromEntries(formats.map(({ spelling, title }) => [spelling, title]));
  const state = h("span.state", { role: "status" }, t("compare_running", { done: 0, n: formats.length }));
  const only = h("input", { type: "checkbox", id: "only" });
  const rows = h("tbody");
  const table = h("table.matrix", {},
    h("thead", {},
      h("tr", {}, h("th", { rowspan: "2", scope: "col" }, t("format")), h("th", { rowspan: "2", scope: "col" }, t("status")), h("th.right", { rowspan: "2", scope: "col" }, t("duration")),
        ...FIELDS.map(([side, fields]) => h("th.side", { colspan: String(fields.length), scope: "colgroup" }, t(side)))),
      h("tr", {}, ...ALL.map((field) => h(`th.field${first(field)}`, { scope: "col" }, t(`f_${field.split(".")[1]}`))))),
    rows);
  const running = new AbortController();
  const element = dialog(t("compare_title"), "compare",
    h("p.about", {}, h("span.mono", {}, `${call.method} ${call.path}`), " · ", t("compare_about")),
    h("div.line", {}, state, h("label", { for: "only" }, only, t("only_differences"))),
    h("div.scroll", { tabindex: "0", autofocus: true }, table));
  element.addEventListener("close", () => running.abort());
  only.addEventListener("change", () => table.classList.toggle("only", only.checked));
  const open = (id) => {
    element.close();
    onopen(id);
  };
  let done = 0;
  let same = 0;
  try {
    for await (const row of lines(await fetchRows(call.id, running.signal))) {
      done += 1;
      if (done > 1 && !differs(row)) same += 1;
      rows.append(...compareRow(row, done === 1, titles, open));
      state.textContent = t("compare_running", { done, n: formats.length });
    }
    state.textContent = t("compare_done", { n: done, same });
  } catch (error) {
    if (!running.signal.aborted) failed(error);
  }
}

async function fetchRows(id, signal) {
  const answer = await fetch(`/_bridge/api/calls/${id}/compare`, {
    method: "POST", body: "{}", headers: { "Content-Type": "application/json" }, signal,
  });
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer.body;
}

/** The JSON values of a stream, one a line. */
async function* lines(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) yield JSON.parse(part);
  }
}

function compareRow(row, isMeasure, titles, open) {
  const found = group(row.differences);
  const more = h("tr.more", { hidden: true }, h("td", { colspan: String(3 + ALL.length) },
    h("ul", {}, ...row.differences.map(({ text }) => h("li", {}, ...withSecrets(text, row.id)))),
    h("button", { onclick: () => open(row.id) }, t("open"))));
  const toggle = h("button.plain.toggle", {
    "aria-expanded": "false", title: titles[row.format] ?? "",
    onclick: () => { more.hidden = !more.hidden; toggle.setAttribute("aria-expanded", String(!more.hidden)); },
  }, h("span.mono", {}, row.format));
  const cells = row.problem && found.problem
    ? [h("td.cannot", { colspan: String(ALL.length) }, ...withSecrets(row.problem, row.id))]
    : ALL.map((field) => {
        if (isMeasure) return h(`td.cell.measure${first(field)}`, {}, h("span", { title: t("measure") }, "◆"));
        const texts = found[field];
        const added = found[field.replace(".headers", ".added")];
        if (!texts && added) return h(`td.cell.added${first(field)}`, { title: titleOf(added) }, h("span", { "aria-label": t("added") }, "+"));
        if (!texts) return h(`td.cell.same${first(field)}`, {}, h("span", { "aria-label": t("same") }, "·"));
        return h(`td.cell.differs${first(field)}`, { title: titleOf(texts) }, h("span", { "aria-label": t("differs") }, "≠"));
      });
  return [
    h(`tr${differs(row) || isMeasure ? "" : ".equal"}`, { "data-format": row.format },
      h("th", { scope: "row" }, toggle), h("td", {}, h(`span.badge.${kind(row)}`, {}, String(row.status))),
      h("td.right.figure", {}, duration(row.ms), row.cold ? h("b.cold", {}, t("cold")) : null), ...cells),
    more,
  ];
}

/** Whether more differs than headers that the cloud adds. */
const differs = (row) => row.differences.some(({ field }) => !field.endsWith(".added"));

const titleOf = (differences) => differences.map(({ text }) => text.replace(/⟦\w+⟧/g, "••••••")).join("\n");

function group(differences) {
  const found = {};
  for (const each of differences) (found[each.field] ??= []).push(each);
  return found;
}
