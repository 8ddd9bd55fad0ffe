// Keys for what the page does with buttons and links. The page works without this file.
"use strict";

const typing = (element) => element.closest("input:not([type=radio]), textarea, select") !== null;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  if (typing(event.target)) return;
  const keyed = [...document.querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`)];
  const target = keyed.find((element) => element.checkVisibility());
  if (!target) return;
  event.preventDefault();
  if (target.tagName === "DETAILS") {
    target.open = !target.open;
    if (target.open) target.querySelector("button").focus();
  } else {
    target.click();
  }
});

// A form is sent once, however fast somebody presses.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));

// A screen reader says what changes in a live region, not what was there when the page came.
const message = document.querySelector("[role=status][aria-live]");
if (message && message.textContent) {
  const text = message.textContent;
  message.textContent = "";
  setTimeout(() => { message.textContent = text; }, 100);
}
