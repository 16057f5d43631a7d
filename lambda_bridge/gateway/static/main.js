// The page: calls as they come, the one that is chosen, and the keys.

import { $, duration, failed, get, h, loadTexts, post, remove, switchLanguage, t, toast } from "./dom.js";
import { Chart, figures } from "./chart.js";
import { actionsOf, Detail } from "./detail.js";
import { compare } from "./compare.js";
import { chooseFormat, copyCurl, edit, exportHar, saveTest, showHelp } from "./dialogs.js";
import { sendEvent } from "./events.js";
import { List, matcher } from "./list.js";

const AT_MOST = 10000;

const page = { calls: [], known: new Set(), shown: [], matches: () => true, state: null, source: null, due: false, fresh: 0 };

await loadTexts();
page.state = await get("state");
const titles = Object.fromEntries([
  ...page.state.formats.map(({ spelling, title }) => [spelling, title]),
  ...page.state.sources.map(({ name, title }) => [name, title]),
]);

const actions = {
  replay: (call) => send(() => post(`calls/${call.id}/replay`)),
  edit: (call) => (call.is_event ? writeEvent(call) : edit(call, page.state.formats, openNew)),
  send_as: (call) => chooseFormat(page.state.formats, call.format, (format) => send(() => post(`calls/${call.id}/replay`, { format }))),
  compare: (call) => compare(call, page.state.formats, open),
  curl: (call) => copyCurl(call).catch(failed),
  save_test: (call) => saveTest(call).catch(failed),
  close,
};
const detail = new Detail($("detail"), actions, titles);
const list = new List($("list"), (call) => open(call.id));
list.formats = titles;
const chart = new Chart($("chart"), $("tip"), (call) => open(call.id));

// --- calls

function add(call) {
  if (page.known.has(call.id)) {
    update(call);
    return;
  }
  page.known.add(call.id);
  page.calls.unshift(call);
  if (page.calls.length > AT_MOST) page.known.delete(page.calls.pop().id);
  if (page.matches(call)) page.fresh += 1;
  refresh();
}

/** What has become of a call that was listed while its response was on its way. */
function update(call) {
  const at = page.calls.findIndex((each) => each.id === call.id);
  if (page.calls[at].stream?.state !== "running") return;
  page.calls[at] = call;
  if (detail.wanted === call.id) detail.open(call.id, detail.revealed).catch(failed);
  refresh();
}

function replaceAll(calls) {
  page.calls = calls.reverse();
  page.known = new Set(calls.map((call) => call.id));
  page.fresh = 0;
  refresh();
}

/** Draw what has changed, once a frame however many calls have come. */
function refresh() {
  if (page.due) return;
  page.due = true;
  requestAnimationFrame(() => {
    page.due = false;
    page.shown = page.calls.filter(page.matches);
    list.show(page.shown, page.fresh);
    page.fresh = 0;
    chart.show(page.shown, list.chosen);
    drawFigures();
    drawEmpty();
  });
}

function drawFigures() {
  const { n, median, high, cold, errors } = figures(page.shown);
  const all = page.calls.length;
  $("count").textContent = n === all ? t("count", { n: all }) : t("count_of", { shown: n, n: all });
  const rows = [
    ["calls", String(n), ""], ["median", median === null ? "–" : duration(median), ""], ["high", high === null ? "–" : duration(high), ""],
    ["colds", String(cold), cold ? "cold" : ""], ["errors", String(errors), errors ? "bad" : ""],
  ];
  $("figures").replaceChildren(...rows.map(([name, value, colour]) => h(`div${colour ? `.${colour}` : ""}`, {}, h("dt", {}, t(name)), h("dd", {}, value))));
  const label = { n, median: median === null ? "–" : duration(median), high: high === null ? "–" : duration(high), cold, errors };
  $("chart").setAttribute("aria-label", t("chart_label", label));
}

function drawEmpty() {
  const empty = $("empty");
  empty.hidden = page.shown.length > 0;
  if (empty.hidden) return;
  if (page.calls.length) empty.replaceChildren(h("p", {}, t("none_match")));
  else {
    empty.replaceChildren(h("h2", {}, t("empty")), h("p", {}, t("empty_about")), h("code", {}, `curl ${location.origin}/`),
      h("p", {}, h("a.button.main", { href: "/", target: "_blank", rel: "noopener" }, t("open_app"))));
  }
}

async function open(id) {
  list.choose(id, false);
  chart.show(page.shown, id);
  history.replaceState(null, "", `#${id}`);
  try {
    await detail.open(id);
  } catch (error) {
    failed(error);
  }
}

function openNew(call) {
  add(call);
  open(call.id);
}

function close() {
  detail.close();
  history.replaceState(null, "", location.pathname);
  $("list").focus();
}

function writeEvent(call = null) {
  sendEvent(page.state.sources, openNew, call);
}

async function send(request) {
  try {
    openNew(await (await request()).json());
  } catch (error) {
    failed(error);
  }
}

// --- the stream

function listen() {
  if (page.source) return;
  page.source = new EventSource("/_bridge/api/events");
  page.source.addEventListener("ready", async () => {
    drawLive(true);
    const meanwhile = (page.meanwhile = []); // what comes while the list is on its way may be missing in it
    try {
      replaceAll(await get("calls"));
      meanwhile.forEach(add);
    } catch (error) {
      failed(error);
    }
    page.meanwhile = null;
  });
  page.source.addEventListener("message", (event) => {
    const call = JSON.parse(event.data);
    page.meanwhile?.push(call);
    add(call);
  });
  page.source.addEventListener("error", () => {
    drawLive(false);
    if (page.source?.readyState !== EventSource.CLOSED) return;
    stopListening();
    setTimeout(() => document.hidden || listen(), 1000);
  });
}

function stopListening() {
  page.source?.close();
  page.source = null;
}

function drawLive(isLive) {
  page.live = isLive;
  $("live").textContent = t(isLive ? "live" : "offline");
  $("live").classList.toggle("on", isLive);
}

// A browser has few connections to one host, which the app needs too: a page that nobody sees keeps none.
document.addEventListener("visibilitychange", () => (document.hidden ? stopListening() : listen()));

// --- keys

const KEYS = {
  ArrowDown: () => list.move(1),
  ArrowUp: () => list.move(-1),
  j: () => list.move(1),
  k: () => list.move(-1),
  PageDown: () => list.move(list.page()),
  PageUp: () => list.move(-list.page()),
  Home: () => list.go(0),
  End: () => list.go(-1),
  ArrowRight: () => detail.call && detail.step(1),
  ArrowLeft: () => detail.call && detail.step(-1),
  Enter: () => {
    if (!detail.call) list.move(0);
    else $("do-replay").focus();
  },
  Escape: close,
  "/": () => $("filter").select(),
  "?": showHelp,
  n: () => writeEvent(),
  r: () => withCall("replay"),
  e: () => withCall("edit"),
  a: () => withCall("send_as"),
  c: () => withCall("compare"),
  y: () => withCall("curl"),
  t: () => withCall("save_test"),
  s: () => detail.toggleSecrets().catch(failed),
  ...Object.fromEntries(["request", "event", "log", "result", "response"].map((part, at) => [String(at + 1), () => detail.choosePart(part)])),
};

const withCall = (name) => detail.call && actionsOf(detail.call).includes(name) && actions[name](detail.call);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const { target } = event;
  if (target.matches("input, textarea, select")) {
    if (target !== $("filter")) return;
    if (event.key === "Escape") {
      if (target.value) {
        target.value = "";
        filter();
      } else $("list").focus();
    } else if (["ArrowDown", "Enter"].includes(event.key)) {
      $("list").focus();
      list.move(event.key === "Enter" ? 0 : 1);
    } else return;
    event.preventDefault();
    return;
  }
  const isList = target === $("list") || target === document.body || target === $("detail");
  // Buttons, tabs and texts that scroll keep the keys that are theirs.
  if (!isList && ["Enter", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "PageDown", "PageUp", "Home", "End"].includes(event.key)) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

function filter() {
  page.matches = matcher($("filter").value);
  page.fresh = 0;
  refresh();
}

// --- the rest of the page

function drawPage() {
  $("app").textContent = page.state.app || location.host;
  $("format").textContent = titles[page.state.format] ?? page.state.format;
  $("format").title = page.state.format;
  $("language").textContent = t("language");
  $("language").lang = document.documentElement.lang === "en" ? "zh" : "en";
  document.title = `${page.state.app || location.host} · lambda_bridge`;
  drawLive(page.live ?? false);
  detail.draw();
  refresh();
}

$("filter").addEventListener("input", filter);
$("send-event").addEventListener("click", () => writeEvent());
$("export").addEventListener("click", () => exportHar(page.calls.filter((call) => !call.is_event).length));
$("help").addEventListener("click", showHelp);
$("language").addEventListener("click", () => {
  switchLanguage();
  drawPage();
});
$("clear").addEventListener("click", async () => {
  try {
    await remove("calls");
    replaceAll([]);
    close();
    toast(t("cleared"));
  } catch (error) {
    failed(error);
  }
});

const widen = (share) => {
  const kept = Math.max(25, Math.min(75, share));
  $("main").style.setProperty("--list", `${kept}%`);
  $("split").setAttribute("aria-valuenow", String(Math.round(kept)));
  localStorage.setItem("lambda_bridge.list", String(kept));
  return kept;
};
let share = widen(Number(localStorage.getItem("lambda_bridge.list")) || 46);
$("split").addEventListener("pointerdown", (event) => {
  $("split").setPointerCapture(event.pointerId);
  const move = ({ clientX }) => { share = widen((clientX / innerWidth) * 100); };
  $("split").addEventListener("pointermove", move);
  $("split").addEventListener("pointerup", () => $("split").removeEventListener("pointermove", move), { once: true });
});
$("split").addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
  if (step) share = widen(share + step);
});

drawPage();
listen();
if (/^#\d+$/.test(location.hash)) open(Number(location.hash.slice(1)));
