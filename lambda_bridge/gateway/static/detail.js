// One call: where its time went, and its request, event, log, result and response.

import { $, clock, duration, get, h, isRunning, kind, size, status, t } from "./dom.js";
import { bytesOf, code, hex, indented, isJson, withSecrets } from "./text.js";

const STAGES = ["start", "recognize", "read", "app", "make"];
const PARTS = ["request", "event", "log", "result", "response"];
const ACTIONS = ["replay", "edit", "send_as", "compare", "curl", "save_test"];

// An event that is not HTTP has neither request nor response, and goes to no other cloud.
const partsOf = (call) => (call.is_event ? ["event", "log", "result"] : PARTS);
export const actionsOf = (call) => (call.is_event ? ["replay", "edit"] : ACTIONS);

export class Detail {
  /** *actions* are functions of the call, by the names of texts; *titles* are the formats'. */
  constructor(element, actions, titles) {
    this.element = element;
    this.actions = actions;
    this.titles = titles;
    this.chosen = "response";
    this.views = {};
    this.call = null;
    this.revealed = false;
  }

  async open(id, revealed = false) {
    this.wanted = id;
    const call = await get(`calls/${id}${revealed ? "?reveal" : ""}`);
    if (this.wanted !== id) return; // another one was chosen meanwhile
    this.call = call;
    this.revealed = revealed;
    this.draw();
  }

  close() {
    this.wanted = null;
    this.call = null;
    this.draw();
  }

  async toggleSecrets() {
    if (this.call) await this.open(this.call.id, !this.revealed);
  }

  choosePart(part) {
    if (this.call && !partsOf(this.call).includes(part)) return;
    this.chosen = part;
    if (this.call) this.draw();
  }

  /** The part that is shown: the one that was chosen, where the call has it. */
  get part() {
    return partsOf(this.call).includes(this.chosen) ? this.chosen : "result";
  }

  draw() {
    const call = this.call;
    document.body.classList.toggle("opened", call !== null);
    if (!call) {
      this.element.replaceChildren(h("div.nothing", {}, h("h2", {}, t("choose")), h("p", {}, t("choose_about")), keys()));
      return;
    }
    const focused = this.element.contains(document.activeElement) ? document.activeElement.id : "";
    this.element.replaceChildren(
      this.title(call),
      call.problem ? h("p.problem", {}, ...withSecrets(call.problem, call.id)) : "",
      this.time(call),
      this.tabs(call),
      h("div.part", { id: "part", role: "tabpanel", "aria-labelledby": `tab-${this.part}` }, ...this[this.part](call)),
    );
    if (focused) $(focused)?.focus();
  }

  title(call) {
    const actions = actionsOf(call).map((name) =>
      h(`button${name === "replay" ? ".main" : ""}`, { id: `do-${name}`, onclick: () => this.actions[name](call) }, t(name)));
    const query = call.query ? h("span.query", {}, "?", ...withSecrets(call.query, call.id)) : null;
    return h("header.title", {},
      h("div.line", {},
        h("button.plain.back", { "aria-label": t("close"), onclick: () => this.actions.close() }, "×"),
        h(`span.badge.${kind(call)}`, {}, status(call)),
        h("h2.mono", {}, h("span.method", {}, call.method), " ", call.is_event ? call.format : call.path, query),
      ),
      h("div.facts", {},
        h("span.cloud", { title: call.format }, this.titles[call.format] ?? call.format),
        isRunning(call) ? h("span.running", { title: t("running_about") }, t("running")) : h("span", {}, duration(call.ms)),
        ...streamFacts(call),
        h("span", {}, call.instance ? t("instance_n", { n: call.instance }) : t("in_process")),
        call.cold ? h("b.cold", { title: t("cold_about") }, t("cold")) : h("span", {}, t("warm")),
        call.is_event ? null : h("span", {}, size(call.response.size)),
        h("span", {}, clock(call.began)),
        call.client ? h("span", {}, t("from", { client: call.client })) : null,
      ),
      h("div.actions", {}, ...actions,
        h("button.reveal", { id: "do-reveal", "aria-pressed": String(this.revealed), onclick: () => this.toggleSecrets() }, t(this.revealed ? "hide" : "reveal"))),
    );
  }

  time(call) {
    const known = STAGES.filter((name) => call.stages[name] !== undefined).map((name) => [name, call.stages[name] * 1000]);
    const rest = call.ms - known.reduce((sum, [, ms]) => sum + ms, 0);
    const all = [...known, ["rest", Math.max(rest, 0)]];
    const total = Math.max(call.ms, 0.001);
    return h("figure.time", { "aria-label": t("stages") },
      h("div.bar", { "aria-hidden": "true" }, ...all.map(([name, ms]) => {
        const piece = h(`i.${name}`, { title: `${t(name)} ${duration(ms)}` });
        piece.style.flexGrow = String(Math.max(ms / total, 0.004));
        return piece;
      })),
      h("figcaption", {}, ...all.map(([name, ms]) => h("span", {}, h(`i.${name}`, { "aria-hidden": "true" }), t(name), " ", h("b", {}, duration(ms))))),
    );
  }

  tabs(call) {
    const tabs = partsOf(call).map((part) => {
      const count = part === "log" && call.log.length ? h("sup", {}, String(call.log.length)) : null;
      return h("button.tab", {
        id: `tab-${part}`, role: "tab", "aria-selected": String(part === this.part), "aria-controls": "part",
        tabindex: part === this.part ? "0" : "-1", onclick: () => this.choosePart(part),
      }, t(part), count);
    });
    const bar = h("div.tabs", { role: "tablist", "aria-label": t("parts") }, ...tabs.flatMap((tab, at) =>
      at ? [h("span.arrow", { "aria-hidden": "true" }, "→"), tab] : [tab]));
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      this.step(step);
      $(`tab-${this.part}`).focus();
    });
    return bar;
  }

  step(by) {
    const parts = partsOf(this.call);
    this.choosePart(parts[(parts.indexOf(this.part) + by + parts.length) % parts.length]);
  }

  request(call) {
    return this.message(call, "request");
  }

  event(call) {
    return [call.event ? code(call.event, call.id) : nothing("no_event")];
  }

  log(call) {
    if (!call.log.length) return [nothing("no_log")];
    return [h("p.about", {}, t("log_of")), h("pre.code.log", { tabindex: "0" }, ...call.log.map((line) => h("span.line", {}, ...withSecrets(line, call.id), "\n")))];
  }

  result(call) {
    return [call.result ? code(call.result, call.id) : nothing("no_result")];
  }

  response(call) {
    return this.message(call, "response");
  }

  message(call, side) {
    const { headers, size: bytes, cut } = call[side];
    const views = bodyViews(call, side, this.revealed);
    const names = Object.keys(views);
    const chosen = names.includes(this.views[side]) ? this.views[side] : names[0];
    const choice = names.length > 1
      ? h("span.choice", { role: "group", "aria-label": t("view") }, ...names.map((name) =>
          h("button", { id: `view-${name}`, "aria-pressed": String(name === chosen), onclick: () => { this.views[side] = name; this.draw(); } }, t(name))))
      : null;
    return [
      h("details.headers", { open: localStorage.getItem(`lambda_bridge.${side}`) !== "closed",
        ontoggle: (event) => localStorage.setItem(`lambda_bridge.${side}`, event.target.open ? "open" : "closed") },
        h("summary", {}, t("headers"), " ", h("small", {}, String(headers.length))),
        h("table", {}, h("tbody", {}, ...headers.map(([name, value]) =>
          h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, ...withSecrets(value, call.id))))))),
      h("h3.bodyline", {}, t("body"), " ", h("small", {}, [call[side].type, size(bytes)].filter(Boolean).join(" · ")), choice),
      cut ? h("p.about", {}, t("cut", { size: size(bytes) })) : "",
      bytes ? views[chosen]() : nothing("no_body"),
    ];
  }
}

/** What there is to be said of a response in parts. */
function streamFacts(call) {
  if (!call.stream) return [];
  const { first, parts, state } = call.stream;
  const known = isRunning(call) ? [] : [h("span", {}, t(parts === 1 ? "part_one" : "parts_n", { n: parts }))];
  const end = state === "cut" || state === "left" ? [h("b.end", { title: t(`stream_${state}_about`) }, t(`stream_${state}`))] : [];
  return [h("span", {}, t("first_byte", { after: duration(first) })), ...known, ...end];
}

/** The ways to look at a body, the best first: functions that make an element. */
function bodyViews(call, side, revealed) {
  const { text, base64, type } = call[side];
  const views = {};
  const isPicture = /^image\//.test(type);
  if (side === "response" && (isPicture || /html/.test(type)) && call.response.size) {
    views.preview = () => h(`iframe.preview${isPicture ? ".picture" : ""}`, {
      title: t("preview_title"), sandbox: "", referrerpolicy: "no-referrer",
      src: `/_bridge/api/calls/${call.id}/preview${revealed ? "?reveal" : ""}`,
    });
  }
  if (text !== undefined) {
    const json = isJson(text);
    views.source = () => code(json ? indented(text) : text, call.id, json);
  }
  const bytes = () => (base64 !== undefined ? bytesOf(base64) : new TextEncoder().encode(text));
  if (base64 !== undefined) views.hex = () => hex(bytes());
  return views;
}

const nothing = (name) => h("p.about", {}, t(name));

function keys() {
  const rows = [["↑ ↓", "key_move"], ["Enter", "key_open"], ["/", "key_filter"], ["C", "key_compare"], ["?", "help"]];
  return h("dl.keys", {}, ...rows.map(([key, name]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, t(name)))));
}
