// The timeline: a bar for each call, oldest first, on a logarithmic scale; cold starts wear a diamond.

import { clock, duration, h, kind, status, t } from "./dom.js";

const LEFT = 46;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 8;
const WIDEST = 12;

export class Chart {
  constructor(canvas, tip, onchoose) {
    this.canvas = canvas;
    this.tip = tip;
    this.calls = [];
    this.chosen = null;
    this.bars = [];
    this.hovered = null;
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    canvas.addEventListener("pointermove", (event) => this.hover(event.offsetX));
    canvas.addEventListener("pointerleave", () => this.hover(null));
    canvas.addEventListener("click", () => this.hovered && onchoose(this.hovered.call));
  }

  /** Show these calls, newest first. */
  show(calls, chosen) {
    this.calls = calls;
    this.chosen = chosen;
    this.draw();
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.paint();
    });
  }

  paint() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width) return;
    const scale = devicePixelRatio || 1;
    this.canvas.width = width * scale;
    this.canvas.height = height * scale;
    const context = this.canvas.getContext("2d");
    context.scale(scale, scale);
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();

    const plot = width - LEFT - RIGHT;
    this.bars = bars(this.calls, plot);
    const slowest = Math.max(10, ...this.bars.map((bar) => bar.call.ms));
    const low = 0.3;
    const high = Math.max(30, slowest * 1.4);
    const bottom = height - BOTTOM;
    const y = (ms) => bottom - (Math.log(Math.max(ms, low) / low) / Math.log(high / low)) * (bottom - TOP);

    context.font = `10.5px ${style.fontFamily}`;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const ms of [1, 10, 100, 1000, 10000, 100000]) {
      if (ms > high) break;
      const at = Math.round(y(ms)) + 0.5;
      context.strokeStyle = colour("line");
      context.beginPath();
      context.moveTo(LEFT, at);
      context.lineTo(width - RIGHT, at);
      context.stroke();
      context.fillStyle = colour("soft");
      context.fillText(ms < 1000 ? `${ms} ms` : `${ms / 1000} s`, LEFT - 8, at);
    }

    for (const bar of this.bars) {
      const call = bar.call;
      const top = y(call.ms);
      const isLit = call.id === this.chosen || bar === this.hovered;
      const name = kind(call) === "bad" ? "bad" : call.cold ? "cold" : kind(call) === "odd" ? "odd" : "accent";
      context.fillStyle = colour(name);
      context.globalAlpha = isLit ? 1 : name === "accent" ? 0.55 : 0.85;
      context.beginPath();
      context.roundRect(LEFT + bar.x, top, bar.width, bottom - top, [Math.min(2, bar.width / 2), Math.min(2, bar.width / 2), 0, 0]);
      context.fill();
      context.globalAlpha = 1;
      if (bar.cold) diamond(context, LEFT + bar.x + bar.width / 2, top - 5, colour("cold"));
      if (call.id === this.chosen) {
        context.fillStyle = colour("ink");
        context.fillRect(LEFT + bar.x - 0.5, bottom + 2, Math.max(bar.width + 1, 3), 2);
      }
    }
    context.strokeStyle = colour("edge");
    context.beginPath();
    context.moveTo(LEFT, bottom + 0.5);
    context.lineTo(width - RIGHT, bottom + 0.5);
    context.stroke();
  }

  hover(x) {
    const bar = x === null ? null : nearest(this.bars, x - LEFT);
    if (bar === this.hovered) return;
    this.hovered = bar;
    this.canvas.classList.toggle("pointing", bar !== null);
    this.tip.hidden = bar === null;
    if (bar) {
      const { call } = bar;
      this.tip.replaceChildren(
        h("b", {}, `${status(call)} ${call.method} `), h("span.mono", {}, call.is_event ? call.format : call.path),
        h("br"), `${duration(call.ms)} · ${call.format}${call.cold ? ` · ${t("cold")}` : ""} · ${clock(call.began)}`,
      );
      const most = this.canvas.clientWidth - this.tip.offsetWidth - 8;
      this.tip.style.left = `${Math.max(8, Math.min(most, LEFT + bar.x - this.tip.offsetWidth / 2))}px`;
    }
    this.draw();
  }
}

/** A bar for each call, or for the slowest of those that share a pixel. */
function bars(calls, plot) {
  const pitch = Math.min(WIDEST + 3, plot / Math.max(calls.length, 1));
  const oldest = [...calls].reverse();
  if (pitch >= 2) {
    const width = Math.max(1, Math.min(WIDEST, pitch - Math.min(3, pitch * 0.3)));
    return oldest.map((call, at) => ({ call, x: at * pitch, width, cold: call.cold }));
  }
  const found = new Map();
  oldest.forEach((call, at) => {
    const x = Math.floor((at * pitch) / 2) * 2;
    const bar = found.get(x);
    if (!bar) found.set(x, { call, x, width: 1.5, cold: call.cold });
    else {
      bar.cold ||= call.cold;
      if (call.ms > bar.call.ms) bar.call = call;
    }
  });
  return [...found.values()];
}

function nearest(all, x) {
  let best = null;
  for (const bar of all) {
    const away = Math.abs(bar.x + bar.width / 2 - x);
    if (away < 10 && (best === null || away < Math.abs(best.x + best.width / 2 - x))) best = bar;
  }
  return best;
}

function diamond(context, x, y, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(x, y - 3.5);
  context.lineTo(x + 3.5, y);
  context.lineTo(x, y + 3.5);
  context.lineTo(x - 3.5, y);
  context.fill();
}

/** What the calls have in common: how many, how slow, how many cold and wrong. */
export function figures(calls) {
  const sorted = calls.map((call) => call.ms).sort((one, other) => one - other);
  const at = (share) => (sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] : null);
  return {
    n: calls.length,
    median: at(0.5),
    high: at(0.95),
    cold: calls.filter((call) => call.cold).length,
    errors: calls.filter((call) => kind(call) === "bad").length,
  };
}
