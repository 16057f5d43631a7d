// What is done with a call: send it edited or as another cloud, keep it as a command, a test or an archive.

import { copy, dialog, failed, getText, h, post, size, t, toast } from "./dom.js";

// --- send as another cloud

/** Ask for a format by typing a part of its name. */
export function chooseFormat(formats, current, onchoose) {
  const found = h("ul", { role: "listbox", id: "formats" });
  const input = h("input", {
    type: "search", role: "combobox", "aria-expanded": "true", "aria-controls": "formats", autocomplete: "off",
    spellcheck: "false", placeholder: t("search_cloud"), "aria-label": t("search_cloud"),
  });
  const element = dialog(t("send_as_about"), "palette", input, found);
  let shown = [];
  let at = 0;
  const choose = (format) => {
    element.close();
    onchoose(format.spelling);
  };
  const draw = () => {
    found.replaceChildren(...shown.map((format, index) => h("li", {
      id: `format-${index}`, role: "option", "aria-selected": String(index === at), onclick: () => choose(format),
    }, h("b.mono", {}, format.spelling), h("span", {}, format.title), format.spelling === current ? h("small", {}, "●") : null)));
    found.children[at]?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", shown.length ? `format-${at}` : "");
  };
  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = formats.filter((format) => words.every((word) => `${format.spelling} ${format.title}`.toLowerCase().includes(word)));
    at = 0;
    draw();
  };
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) {
      at = (at + step + shown.length) % shown.length;
      draw();
    } else if (event.key === "Enter" && shown.length) choose(shown[at]);
    else return;
    event.preventDefault();
  });
  search();
  input.focus();
}

// --- edit and send again

/** A form with the request of *call*; *onsent* gets the summary of the new call. */
export function edit(call, formats, onsent) {
  const { request } = call;
  const method = h("input.mono", { id: "edit-method", value: call.method, list: "methods", size: 8, required: true, "aria-label": t("method") });
  const target = h("input.mono.grow", { id: "edit-target", value: call.raw_path + (call.query ? `?${call.query}` : ""), required: true, spellcheck: "false", "aria-label": t("path") });
  const format = h("select", { id: "edit-format", "aria-label": t("format") }, ...formats.map(({ spelling }) => h("option", { value: spelling, selected: spelling === call.format }, spelling)));
  const headers = h("textarea.mono", { id: "edit-headers", rows: 9, spellcheck: "false" });
  headers.value = request.headers.filter(([name]) => name !== "content-length").map(([name, value]) => `${name}: ${value}`).join("\n");
  const body = h("textarea.mono", { id: "edit-body", rows: 9, spellcheck: "false" });
  body.value = request.text ?? "";
  const isBinary = request.base64 !== undefined && request.size > 0;
  const isMarked = /⟦[0-9a-f]{12}⟧/.test(`${target.value}${headers.value}${body.value}`);
  const problem = h("p.problem", { role: "alert", hidden: true });
  const form = h("form", {},
    h("div.line", {}, method, target, format, h("datalist", { id: "methods" }, ...["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].map((value) => h("option", { value })))),
    h("label", { for: "edit-headers" }, t("headers"), " ", h("small", {}, t("headers_about"))), headers,
    h("label", { for: "edit-body" }, t("body"), " ", isBinary ? h("small", {}, t("binary_body", { size: size(request.size) })) : null),
    isBinary ? null : body,
    isMarked ? h("p.about", {}, t("marks_about")) : null,
    problem,
    h("div.actions", {}, h("button.main", { type: "submit" }, t("send"), " ", h("kbd", {}, "Ctrl ⏎")), h("button", { type: "button", onclick: () => element.close() }, t("cancel"))),
  );
  const element = dialog(t("edit_title"), "edit", form);
  form.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.requestSubmit());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const pairs = headers.value.split("\n").filter((line) => line.trim()).map((line) => {
      const colon = line.indexOf(":");
      return colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1)];
    });
    const sent = { from: call.id, method: method.value.trim(), target: target.value.trim(), headers: pairs, format: format.value };
    if (isBinary) sent.base64 = request.base64;
    else sent.body = body.value;
    try {
      const summary = await (await post("send", sent)).json();
      element.close();
      onsent(summary);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
  target.focus();
}

// --- take away

export async function copyCurl(call) {
  await copy(await getText(`calls/${call.id}/curl`));
  toast(t("copied"), {
    text: t("copy_secrets"),
    run: async () => {
      await copy(await getText(`calls/${call.id}/curl?reveal`));
      toast(t("copied_plain"));
    },
  });
}

export async function saveTest(call) {
  const block = h("pre.code", { tabindex: "0" });
  const secrets = h("input", { type: "checkbox", id: "test-secrets" });
  const load = async () => { block.textContent = await getText(`calls/${call.id}/test${secrets.checked ? "?reveal" : ""}`); };
  secrets.addEventListener("change", () => load().catch(failed));
  dialog(t("test_title"), "snippet",
    h("p.about", {}, t("test_about")), block,
    h("div.actions", {},
      h("button.main", { autofocus: true, onclick: async () => { await copy(block.textContent); toast(t("copied_plain")); } }, t("copy")),
      h("button", { onclick: () => download("test_call.py", block.textContent) }, t("download")),
      h("label", { for: "test-secrets" }, secrets, t("with_secrets"))));
  await load();
}

function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

export async function exportHar(n) {
  const element = dialog(t("export"), "snippet",
    h("p", {}, t("export_about", { n })), h("p.about", {}, t("redacted")),
    h("div.actions", {},
      h("a.button.main", { autofocus: true, href: "/_bridge/api/har", download: "lambda-bridge.har", onclick: () => element.close() }, t("download")),
      h("a.button", { href: "/_bridge/api/har?reveal", download: "lambda-bridge.har", onclick: () => element.close() }, t("download_secrets"))));
}

export function showHelp() {
  const rows = [
    ["↑ ↓  J K", "key_move"], ["Enter", "key_open"], ["Esc", "key_back"], ["/", "key_filter"], ["N", "key_event"], ["← →  1–5", "key_parts"],
    ["R", "key_replay"], ["E", "key_edit"], ["A", "key_send_as"], ["C", "key_compare"], ["Y", "key_curl"], ["T", "key_test"], ["S", "key_reveal"],
  ];
  dialog(t("help_title"), "snippet",
    h("dl.keys", {}, ...rows.map(([key, name]) => h("div", {}, h("dt", {}, ...key.split(/\s+/).map((each) => h("kbd", {}, each))), h("dd", {}, t(name))))),
    h("p.about", {}, t("help_filter")));
}
