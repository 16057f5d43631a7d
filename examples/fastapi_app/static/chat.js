"use strict";

const TEXTS = {
  en: {
    title: "Guest book", name: "Your name", message: "Message", send: "Write", earlier: "Earlier entries",
    empty: "Nobody has written yet. Be the first!",
    hint: "Enter writes it, Shift+Enter begins a new line",
    connecting: "Connecting…", live: "Live", sending: "Writing…", lost: "Not connected; trying again…",
    unsure: "The connection was lost. Look whether this has arrived before you write it again.",
  },
  zh: {
    title: "留言簿", name: "您的名字", message: "留言", send: "发送", earlier: "更早的留言",
    empty: "还没有人留言，来写第一条吧！",
    hint: "回车发送，Shift+回车换行",
    connecting: "正在连接…", live: "实时", sending: "正在发送…", lost: "连接已断开，正在重试…",
    unsure: "连接中断了。请先看看这条留言是否已经送达，再重新发送。",
  },
};
const language = navigator.language.startsWith("zh") ? "zh" : "en";
const text = TEXTS[language];
const [list, template, form, nameField, messageField, send, problem, earlier, empty, state] = [
  "entries", "entry", "form", "name", "message", "send", "problem", "earlier", "empty", "state",
].map((id) => document.getElementById(id));
const PAGE = 50;

let socket;
let pause = 500;
// What this window has sent and not seen in the book yet, oldest first.
let unconfirmed = [];

// --- entries

const idOf = (item) => Number(item?.dataset.id);

function show(entry) {
  if (document.getElementById(`entry-${entry.id}`)) return;
  const mine = unconfirmed.findIndex((sent) => sent.name === entry.name && sent.message === entry.message);
  if (mine >= 0) unconfirmed.splice(mine, 1);
  const item = template.content.firstElementChild.cloneNode(true);
  const [mark, time] = [item.querySelector(".mark"), item.querySelector("time")];
  item.id = `entry-${entry.id}`;
  item.dataset.id = entry.id;
  item.classList.toggle("mine", entry.name === nameField.value.trim());
  item.querySelector(".name").textContent = entry.name;
  item.querySelector(".message").textContent = entry.message;
  const letters = Array.from(entry.name.trim());
  mark.textContent = (letters[0] ?? "").toUpperCase();
  mark.style.setProperty("--hue", letters.reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7));
  time.dateTime = entry.created_at;
  time.textContent = new Date(entry.created_at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  // Two that are written at once may come in either order.
  let before = list.lastElementChild;
  while (idOf(before) > entry.id) before = before.previousElementSibling;
  if (before) before.after(item);
  else list.prepend(item);
  empty.hidden = true;
}

async function fetchEntries(query = "") {
  const response = await fetch(`entries?limit=${PAGE}${query}`);
  if (!response.ok) throw new Error(response.statusText);
  return response.json();
}

// The newest entries, when the connection is there: what is written from now on comes by itself.
async function catchUp() {
  const entries = await fetchEntries();
  const oldest = entries.at(-1)?.id;
  const isFirst = !list.children.length;
  // So much was missed that there may be more between.
  if (!isFirst && entries.length === PAGE && oldest > idOf(list.lastElementChild)) list.replaceChildren();
  stayAtEnd(() => entries.reverse().forEach(show));
  if (isFirst || idOf(list.firstElementChild) === oldest) earlier.hidden = entries.length < PAGE;
  empty.hidden = list.children.length > 0;
}

earlier.addEventListener("click", async () => {
  const entries = await fetchEntries(`&before=${idOf(list.firstElementChild)}`).catch(() => null);
  if (!entries) return;
  const height = document.documentElement.scrollHeight;
  entries.forEach(show);
  window.scrollBy(0, document.documentElement.scrollHeight - height);
  earlier.hidden = entries.length < PAGE;
});

// Who reads what is further up is left there.
function stayAtEnd(change) {
  const page = document.documentElement;
  const isAtEnd = page.scrollHeight - window.scrollY - window.innerHeight < 80;
  change();
  if (isAtEnd) window.scrollTo(0, page.scrollHeight);
}

// --- the connection

function connect() {
  const here = new URL(location.href);
  here.protocol = here.protocol.replace("http", "ws");
  here.search = here.hash = "";
  const mine = (socket = new WebSocket(document.documentElement.dataset.socket || here));
  tell("connecting");
  mine.addEventListener("open", async () => {
    try {
      await catchUp();
    } catch {
      mine.close();
    }
    if (mine.readyState !== WebSocket.OPEN) return;
    pause = 500;
    putBack(unconfirmed.length, text.unsure);
    tell("live");
  });
  mine.addEventListener("message", (event) => hear(event.data));
  mine.addEventListener("close", () => {
    tell("lost");
    // Each time a little later, and not all windows at once.
    setTimeout(reconnect, pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, 15_000);
  });
}

// A window that nobody looks at costs nothing: it connects when somebody does.
function reconnect() {
  if (socket.readyState === WebSocket.CLOSED && !document.hidden) connect();
}
document.addEventListener("visibilitychange", reconnect);
window.addEventListener("online", reconnect);

function hear(data) {
  const said = JSON.parse(data);
  if (said.entry) stayAtEnd(() => show(said.entry));
  // The app's own error, or that of a gateway whose function has failed.
  else putBack(1, said.error ?? said.message);
  if (document.documentElement.dataset.state === "sending" && !unconfirmed.length) tell("live");
}

function tell(now) {
  document.documentElement.dataset.state = now;
  state.textContent = text[now];
  send.disabled = now === "connecting" || now === "lost";
}

function complain(sentence) {
  problem.textContent = sentence ?? "";
  problem.hidden = !sentence;
}

// What has not arrived, or nobody knows, stands in the field again.
function putBack(count, why) {
  const messages = unconfirmed.splice(0, count).map((sent) => sent.message);
  if (!messages.length) return;
  messageField.value = [...messages, messageField.value].filter(Boolean).join("\n");
  complain(why);
}

// --- writing

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const entry = { name: nameField.value.trim(), message: messageField.value.trim() };
  if (!entry.name || !entry.message || send.disabled || socket.readyState !== WebSocket.OPEN) return;
  complain();
  unconfirmed.push(entry);
  socket.send(JSON.stringify(entry));
  messageField.value = "";
  tell("sending");
});

// The field grows with what is in it.
messageField.addEventListener("input", () => stayAtEnd(() => {}));

messageField.addEventListener("keydown", (event) => {
  // Enter also ends what is being composed, as Chinese is.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

document.documentElement.lang = language;
document.title = text.title;
messageField.placeholder = text.hint;
for (const element of document.querySelectorAll("[data-text]")) element.textContent = text[element.dataset.text];
connect();

// The last, as a browser may refuse to remember anything.
nameField.value = localStorage.getItem("guestbook.name") ?? "";
nameField.addEventListener("change", () => localStorage.setItem("guestbook.name", nameField.value));
