// Beside what stands in the page: words on what is pointed at, arrow keys, and a closer look at an import.
"use strict";

const LETTER = 6.7;

for (const picture of document.querySelectorAll(".picture > svg")) {
  const boxes = [...picture.children];
  const told = picture.closest(".treemaps, section").querySelector(".told");
  const tell = (box) => {
    told.textContent = box ? box.querySelector("title").textContent : "\u00a0";
  };
  const boxOf = (event) => boxes.find((box) => box.contains(event.target));
  // An SVG that listens for the focus would be one more stop of Tab.
  const around = picture.parentElement;
  around.addEventListener("pointerover", (event) => tell(boxOf(event)));
  around.addEventListener("pointerleave", () => tell(boxes.find((box) => box === document.activeElement)));
  around.addEventListener("focusin", (event) => tell(boxOf(event)));

  // One of them is reached by Tab, the others from there by arrow keys.
  const reach = (box) => {
    boxes.forEach((each) => each.setAttribute("tabindex", each === box ? "0" : "-1"));
    box.focus();
  };
  if (boxes.length) boxes[0].setAttribute("tabindex", "0");
  const isFlame = picture.classList.contains("flame");
  around.addEventListener("keydown", (event) => {
    const here = boxes.indexOf(document.activeElement);
    if (here < 0) return;
    if (isFlame && (event.key === "Enter" || event.key === "Escape")) {
      zoom(event.key === "Enter" ? boxes[here] : null);
    } else {
      const next = isFlame ? neighbour(boxes[here], event.key) : step(here, event.key);
      if (!next) return;
      reach(next);
    }
    event.preventDefault();
  });

  function step(here, key) {
    if (key === "ArrowRight" || key === "ArrowDown") return boxes[here + 1];
    if (key === "ArrowLeft" || key === "ArrowUp") return boxes[here - 1];
    if (key === "Home") return boxes[0];
    if (key === "End") return boxes[boxes.length - 1];
  }

  if (!isFlame) continue;
  const spans = new Map(
    boxes.map((box) => {
      const began = Number(box.dataset.began);
      return [box, { began, end: began + Number(box.dataset.total), depth: Number(box.getAttribute("y")) / 20 }];
    }),
  );
  const whole = { began: 0, end: Math.max(0, ...[...spans.values()].map((span) => span.end)) };
  let shown = null;

  // Down to the first that it imports, up to the one that imports it, left and right along a row.
  function neighbour(box, key) {
    const { began, end, depth } = spans.get(box);
    const row = (wanted) => boxes.filter((each) => spans.get(each).depth === wanted);
    if (key === "ArrowDown") return row(depth + 1).find((each) => spans.get(each).began >= began && spans.get(each).end <= end);
    if (key === "ArrowUp") return row(depth - 1).find((each) => spans.get(each).began <= began && spans.get(each).end >= end);
    if (key === "ArrowRight") return row(depth).find((each) => spans.get(each).began > began);
    if (key === "ArrowLeft") return row(depth).reverse().find((each) => spans.get(each).began < began);
  }

  function zoom(box) {
    shown = box === shown ? null : box;
    draw();
  }

  function draw() {
    const { began, end } = shown ? spans.get(shown) : whole;
    const pixels = picture.getBoundingClientRect().width;
    for (const each of boxes) {
      const span = spans.get(each);
      // What is above the one that is looked at goes from edge to edge.
      const from = Math.max(span.began, began);
      const to = Math.min(span.end, end);
      each.style.display = to > from ? "" : "none";
      if (to <= from) continue;
      const width = (to - from) / (end - began);
      each.setAttribute("x", `${((from - began) / (end - began)) * 100}%`);
      each.setAttribute("width", `${width * 100}%`);
      write(each.querySelector("text"), width * pixels);
    }
  }

  function write(text, pixels) {
    const name = text.dataset.name;
    const letters = Math.floor((pixels - 8) / LETTER);
    text.textContent = name.length <= letters ? name : letters > 3 ? `${name.slice(0, letters - 1)}…` : "";
  }

  picture.addEventListener("click", (event) => zoom(boxOf(event) || null));
  new ResizeObserver(draw).observe(picture);
}
