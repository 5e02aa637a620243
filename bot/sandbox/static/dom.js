// Small building blocks for elements. Text from the account only ever becomes text nodes.

export const $ = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const HUES = 8;

export function avatar(name, openid) {
  let sum = 0;
  for (const letter of openid) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return make("span", { class: `avatar hue-${sum % HUES}`, "aria-hidden": "true" }, [...name][0] || "读");
}

export const accountAvatar = () => make("img", { class: "avatar account", src: "/static/mark.svg", alt: "" });

let hiding;

export function toast(text, { stays = false } = {}) {
  const line = $("toast");
  clearTimeout(hiding);
  line.textContent = text;
  line.hidden = !text;
  if (text && !stays) hiding = setTimeout(() => (line.hidden = true), 3500);
}
