// The list of calls: of ten thousand rows, only those in sight are elements.

import { clock, duration, h, isRunning, kind, status, t } from "./dom.js";

const ROW = 30;
const SPARE = 8;

export class List {
  /** *onchoose(call)* is told of each call that is chosen by hand. */
  constructor(element, onchoose) {
    this.element = element;
    this.space = element.querySelector(".space");
    this.onchoose = onchoose;
    this.calls = [];
    this.chosen = null;
    this.formats = {};
    this.waiting = false;
    element.addEventListener("scroll", () => this.draw(), { passive: true });
    element.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) this.choose(Number(row.dataset.id));
    });
    new ResizeObserver(() => this.draw()).observe(element);
  }

  /** Show these calls, newest first; *added* of them are new, and do not move what is in sight. */
  show(calls, added = 0) {
    this.calls = calls;
    this.space.style.height = `${calls.length * ROW}px`;
    if (added && this.element.scrollTop > ROW) this.element.scrollTop += added * ROW;
    this.draw();
  }

  choose(id, tell = true) {
    this.chosen = id;
    const at = this.index();
    if (at >= 0) {
      const top = at * ROW;
      const { scrollTop, clientHeight } = this.element;
      if (top < scrollTop) this.element.scrollTop = top;
      else if (top + ROW > scrollTop + clientHeight) this.element.scrollTop = top + ROW - clientHeight;
    }
    this.draw();
    if (tell && at >= 0) this.onchoose(this.calls[at]);
  }

  /** Choose the call that many rows below, or the first. */
  move(rows) {
    if (!this.calls.length) return;
    const at = this.index();
    const next = at < 0 ? 0 : Math.max(0, Math.min(this.calls.length - 1, at + rows));
    this.choose(this.calls[next].id);
  }

  /** Choose the call in this place, from the end where it is negative. */
  go(place) {
    const call = this.calls.at(place);
    if (call) this.choose(call.id);
  }

  page() {
    return Math.max(1, Math.floor(this.element.clientHeight / ROW) - 1);
  }

  index() {
    return this.calls.findIndex((call) => call.id === this.chosen);
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      const first = Math.max(0, Math.floor(this.element.scrollTop / ROW) - SPARE);
      const last = Math.min(this.calls.length, first + Math.ceil(this.element.clientHeight / ROW) + 2 * SPARE);
      const rows = [];
      for (let at = first; at < last; at += 1) rows.push(this.row(this.calls[at], at));
      this.space.replaceChildren(...rows);
      const chosen = rows.find((row) => row.getAttribute("aria-selected") === "true");
      if (chosen) this.element.setAttribute("aria-activedescendant", chosen.id);
      else this.element.removeAttribute("aria-activedescendant");
    });
  }

  row(call, at) {
    const row = h(
      `div.row.${kind(call)}`,
      {
        id: `call-${call.id}`,
        role: "option",
        "data-id": String(call.id),
        "aria-selected": String(call.id === this.chosen),
        "aria-posinset": String(at + 1),
        "aria-setsize": String(this.calls.length),
      },
      h("span.status", {}, h("i.dot", { "aria-hidden": "true" }), status(call)),
      h(`span.method.${call.method.toLowerCase().replace(/[^a-z]/g, "")}`, {}, call.method),
      call.is_event
        ? h("span.path.source", {}, this.formats[call.format] ?? "")
        : h("span.path", { title: call.path + (call.query ? `?${call.query}` : "") }, call.path, call.query ? h("span.query", {}, `?${call.query}`) : null),
      h("span.format", { title: this.formats[call.format] ?? "" }, call.format),
      h("span.instance", {}, call.instance ? `#${call.instance}` : "–", call.cold ? h("b.cold", { title: t("cold_about") }, t("cold")) : null),
      h("span.right.figure", {}, isRunning(call) ? h("i.running", { title: t("running_about") }, t("running")) : duration(call.ms)),
      h("span.right.when", {}, clock(call.began)),
    );
    row.style.transform = `translateY(${at * ROW}px)`;
    return row;
  }
}

/** A function that tells whether a call matches what was typed. */
export function matcher(text) {
  const tests = text.toLowerCase().split(/\s+/).filter(Boolean).map((word) => {
    const not = word.length > 1 && word.startsWith("-");
    const test = wordTest(not ? word.slice(1) : word);
    return not ? (call) => !test(call) : test;
  });
  return (call) => tests.every((test) => test(call));
}

function wordTest(word) {
  const figure = /^([<>])(\d+(?:\.\d+)?)(ms|s)?$/.exec(word);
  if (figure) {
    const limit = Number(figure[2]) * (figure[3] === "s" ? 1000 : 1);
    return figure[1] === ">" ? (call) => call.ms > limit : (call) => call.ms < limit;
  }
  if (/^[1-5]xx$/.test(word)) return (call) => String(call.status)[0] === word[0];
  if (word === "cold") return (call) => call.cold;
  if (word === "warm") return (call) => !call.cold;
  if (word === "stream") return (call) => Boolean(call.stream);
  return (call) =>
    `${call.method} ${call.path}?${call.query} ${call.status} ${call.format} ${call.type} ${call.problem ?? ""}`.toLowerCase().includes(word);
}
