// Texts of a call as elements: JSON with colours, marks of secrets as buttons, bytes as a hex dump.

import { get, h, size, t } from "./dom.js";

const MARK = /⟦([0-9a-f]{12})⟧/g;
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|⟦[0-9a-f]{12}⟧/g;
const LONG = 1500;
const PLAIN = 400000; // characters from which colours would cost more than they tell
const HEX_ROWS = 256;

/** *text* with a button for each mark, which shows the secret of this call when clicked. */
export function withSecrets(text, id) {
  const parts = [];
  let position = 0;
  for (const found of text.matchAll(MARK)) {
    parts.push(text.slice(position, found.index), secret(found[1], id));
    position = found.index + found[0].length;
  }
  parts.push(text.slice(position));
  return parts.filter((part) => part !== "");
}

function secret(mark, id) {
  const button = h("button.secret", { type: "button", title: t("secret"), "aria-label": t("secret") }, "••••••");
  button.addEventListener("click", async (event) => {
    event.stopPropagation();
    button.replaceWith(h("span.revealed", {}, (await get(`calls/${id}/secret/${mark}`)).secret));
  });
  return button;
}

/** Whether this is JSON, be some of its values marks. */
export function isJson(text) {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text.replace(MARK, "0"));
    return true;
  } catch {
    return false;
  }
}

/** JSON with line breaks and indentation; numbers stay as they are written. */
export function indented(text) {
  let depth = 0;
  let opened = false; // whether a list or object has just begun
  const line = () => "\n" + "  ".repeat(depth);
  const before = () => (opened ? line() : "");
  return text.replace(/"(?:[^"\\]|\\.)*"|\s+|[[\]{},:]|[^\s[\]{},:"]+/g, (token) => {
    if (/^\s/.test(token)) return "";
    if (token === "]" || token === "}") {
      depth -= 1;
      const end = opened ? token : line() + token;
      opened = false;
      return end;
    }
    if (token === ",") return "," + line();
    if (token === ":") return ": ";
    const start = before();
    opened = token === "[" || token === "{";
    if (opened) depth += 1;
    return start + token;
  });
}

/** A block of code. */
export function code(text, id, json = isJson(text)) {
  const block = h("pre.code", { tabindex: "0" });
  if (!json || text.length > PLAIN) {
    block.append(...long(text, id));
    return block;
  }
  let position = 0;
  for (const found of text.matchAll(TOKEN)) {
    block.append(text.slice(position, found.index));
    position = found.index + found[0].length;
    if (found[1]) {
      block.append(h(found[2] ? "span.key" : "span.string", {}, ...long(found[1], id)), found[2] ?? "");
    } else if (found[0].startsWith("⟦")) block.append(...withSecrets(found[0], id));
    else block.append(h("span.number", {}, found[0]));
  }
  block.append(text.slice(position));
  return block;
}

/** A text whose end is shown when asked for. */
function long(text, id) {
  const most = text.startsWith('"') ? LONG : PLAIN;
  if (text.length <= most) return withSecrets(text, id);
  const more = h("button.more", { type: "button" }, t("more", { size: size(text.length - most) }));
  more.addEventListener("click", () => more.replaceWith(...withSecrets(text.slice(most), id)));
  return [...withSecrets(text.slice(0, most), id), "… ", more];
}

export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Bytes as offset, hexadecimal digits and characters. */
export function hex(bytes) {
  const block = h("pre.code.hex", { tabindex: "0" });
  const show = (from) => {
    const lines = [];
    const end = Math.min(bytes.length, from + HEX_ROWS * 16);
    for (let at = from; at < end; at += 16) {
      const row = [...bytes.subarray(at, Math.min(at + 16, end))];
      const digits = row.map((byte) => byte.toString(16).padStart(2, "0"));
      const left = digits.slice(0, 8).join(" ").padEnd(23);
      const right = digits.slice(8).join(" ").padEnd(23);
      const characters = row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "·")).join("");
      lines.push(h("span.offset", {}, at.toString(16).padStart(6, "0")), `  ${left}  ${right}  `, h("span.chars", {}, characters), "\n");
    }
    block.append(...lines);
    if (end < bytes.length) {
      const more = h("button.more", { type: "button" }, t("more", { size: size(bytes.length - end) }));
      more.addEventListener("click", () => { more.remove(); show(end); });
      block.append(more);
    }
  };
  show(0);
  return block;
}
