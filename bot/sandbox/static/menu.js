// The menu at the foot of the chat: up to three buttons, each with up to five below it.

import { $, make } from "./dom.js";

export function drawMenu(buttons, tap) {
  const run = (button) => Promise.resolve(tap(button)).catch(() => {});
  $("menu-buttons").replaceChildren(...buttons.map((button) => (button.sub_button?.length ? parent(button, run) : single(button, run))));
  showMenu();
}

function single(button, run) {
  return make("li", {}, make("button", { type: "button", onclick: () => run(button) }, button.name));
}

function parent(button, run) {
  const list = make("ul", { class: "sub-menu", hidden: true });
  const head = make("button", { type: "button", "aria-haspopup": "true", "aria-expanded": "false" }, make("span", { class: "lines", "aria-hidden": "true" }), button.name);
  head.addEventListener("click", (event) => {
    event.stopPropagation();
    const open = list.hidden;
    closeMenus();
    list.hidden = !open;
    head.setAttribute("aria-expanded", String(open));
    if (open) list.querySelector("button")?.focus();
  });
  list.append(...button.sub_button.map((child) => single(child, run)));
  return make("li", { class: "parent" }, head, list);
}

export function closeMenus() {
  for (const list of document.querySelectorAll(".sub-menu")) list.hidden = true;
  for (const head of document.querySelectorAll(".parent > button, #more-open")) head.setAttribute("aria-expanded", "false");
  $("more").hidden = true;
}

export function showMenu() {
  $("menu").hidden = false;
  $("say").hidden = true;
  $("drawer").hidden = true;
  $("drawer-open").setAttribute("aria-expanded", "false");
}

export function showText() {
  $("menu").hidden = true;
  $("say").hidden = false;
  $("say-text").focus();
}
