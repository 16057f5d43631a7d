// Elements, texts in two languages, and the server's JSON: what every part of the page needs.

/** An element: h("a.link", {href, onclick}, ...children); null and false children are left out. */
export function h(what, properties = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const $ = (id) => document.getElementById(id);

// --- texts

let texts = { en: {}, zh: {} };
let language = "en";

export async function loadTexts() {
  texts = await (await fetch("/_bridge/static/texts.json")).json();
  const kept = localStorage.getItem("lambda_bridge.language");
  setLanguage(kept in texts ? kept : /^zh\b/i.test(navigator.language) ? "zh" : "en");
}

function setLanguage(chosen) {
  language = chosen;
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
  for (const element of document.querySelectorAll("[data-t-placeholder]")) {
    element.setAttribute("placeholder", t(element.dataset.tPlaceholder));
  }
}

export function switchLanguage() {
  setLanguage(language === "en" ? "zh" : "en");
  localStorage.setItem("lambda_bridge.language", language);
}

/** The text of this name, with {n} and the like filled in. */
export function t(name, values = {}) {
  const text = texts[language][name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
}

// --- figures

export function duration(ms) {
  if (ms >= 10000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms >= 100) return `${ms.toFixed(0)} ms`;
  if (ms >= 1) return `${ms.toFixed(1)} ms`;
  return `${Math.max(1, Math.round(ms * 1000))} µs`;
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

export const clock = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** What became of a call: the status of its response, or whether its event is done. */
export const status = (call) => (call.is_event ? t(`event_${call.status}`) : String(call.status));

/** Whether parts of its response are still to come. */
export const isRunning = (call) => call.stream?.state === "running";

export const kind = (call) => (call.status >= 500 || call.problem || call.stream?.state === "cut" ? "bad" : call.status >= 400 ? "odd" : call.status >= 300 ? "moved" : "good");

// --- the server

const API = "/_bridge/api/";

async function checked(answer) {
  if (answer.ok) return answer;
  let why = answer.statusText;
  try {
    why = (await answer.json()).error;
  } catch {
    // not the console's own answer
  }
  throw new Error(why || `HTTP ${answer.status}`);
}

export const get = async (path) => (await checked(await fetch(API + path))).json();
export const getText = async (path) => (await checked(await fetch(API + path))).text();
export const remove = async (path) => checked(await fetch(API + path, { method: "DELETE" }));

export async function post(path, value = {}) {
  const headers = { "Content-Type": "application/json" };
  return checked(await fetch(API + path, { method: "POST", headers, body: JSON.stringify(value) }));
}

// --- small talk

let silence = 0;

/** Say something for a moment; with a button where there is more to be done. */
export function toast(text, action = null) {
  $("toast").replaceChildren(h("span", {}, text), ...(action ? [h("button", { onclick: action.run }, action.text)] : []));
  $("toast").classList.add("shown");
  clearTimeout(silence);
  silence = setTimeout(() => $("toast").classList.remove("shown"), action ? 6000 : 2500);
}

export const failed = (error) => toast(t("failed", { why: error.message }));

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

/** A modal dialog with a title; it goes when it is closed, and the focus returns to where it was. */
export function dialog(title, className, ...children) {
  const before = document.activeElement;
  const close = () => element.close();
  const element = h(
    `dialog.${className}`,
    { "aria-label": title, onclose: () => { element.remove(); before?.focus?.({ preventScroll: true }); } },
    h("header", {}, h("h2", {}, title), h("button.plain.close", { "aria-label": t("close"), onclick: close }, "×")),
    ...children,
  );
  element.addEventListener("click", (event) => event.target === element && close());
  document.body.append(element);
  element.showModal();
  return element;
}
