"use strict";

const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");

function countCharacters(output) {
  const field = document.getElementById(output.dataset.countFor);
  const update = () => {
    output.textContent = `${field.value.length} / ${field.maxLength}`;
  };
  field.addEventListener("input", update);
  update();
}

function addPauseButton(button) {
  const hearts = document.querySelector(".hearts");
  button.hidden = stillness.matches;
  stillness.addEventListener("change", () => {
    button.hidden = stillness.matches;
  });
  button.addEventListener("click", () => {
    const paused = hearts.classList.toggle("paused");
    button.textContent = paused ? button.dataset.resume : button.dataset.pause;
  });
}

function burst(seal) {
  const box = seal.getBoundingClientRect();
  for (let i = 0; i < 16; i += 1) {
    const heart = seal.firstElementChild.cloneNode(true);
    const angle = Math.PI * (1 + Math.random());
    const distance = 120 + Math.random() * 260;
    heart.setAttribute("class", "burst");
    heart.style.left = `${box.left + box.width / 2}px`;
    heart.style.top = `${box.top + box.height / 2}px`;
    heart.style.setProperty("--x", `${Math.cos(angle) * distance}px`);
    heart.style.setProperty("--y", `${Math.sin(angle) * distance}px`);
    heart.style.setProperty("--size", `${12 + Math.random() * 22}px`);
    heart.addEventListener("animationend", () => heart.remove());
    document.body.append(heart);
  }
}

function bringSealToLife(seal) {
  seal.disabled = stillness.matches;
  stillness.addEventListener("change", () => {
    seal.disabled = stillness.matches;
  });
  seal.addEventListener("click", () => burst(seal));
}

function addCopyButton(button) {
  const link = document.getElementById("link");
  const status = document.querySelector(".share [role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    link.select();
    try {
      await navigator.clipboard.writeText(link.value);
      status.textContent = button.dataset.done;
    } catch {
      // There is no clipboard on plain http; the link stays selected.
      status.textContent = button.dataset.failed;
    }
  });
}

function addSendButton(button) {
  if (!navigator.share) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const url = document.getElementById("link").value;
    // Closing the share dialog rejects the promise; that is no error.
    navigator.share({ title: document.title, url }).catch(() => {});
  });
}

const features = {
  "[data-count-for]": countCharacters,
  ".pause": addPauseButton,
  ".seal": bringSealToLife,
  ".copy": addCopyButton,
  ".send": addSendButton,
};

for (const [selector, start] of Object.entries(features)) {
  document.querySelectorAll(selector).forEach(start);
}
