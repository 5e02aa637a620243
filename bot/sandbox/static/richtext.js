// Turns the text of a bubble into nodes: addresses and <a href> become links, msgmenu links become taps.

import { make } from "./dom.js";

const ANCHOR = /<a\s+[^>]*?href\s*=\s*["']([^"']*)["'][^>]*>([\s\S]*?)<\/a>/gi;
const ADDRESS = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/gi;
const TRAILING = /[.,;:!?)\]]+$/;
const TAP = /^weixin:\/\/bizmsgmenu\?(.*)$/i;

export function richText(text, onTap) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(ANCHOR)) {
    nodes.push(...withAddresses(text.slice(from, found.index)));
    nodes.push(anchor(found[1], found[2], onTap));
    from = found.index + found[0].length;
  }
  nodes.push(...withAddresses(text.slice(from)));
  return nodes;
}

function withAddresses(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = found[0].replace(TRAILING, "");
    nodes.push(text.slice(from, found.index), link(address, address));
    from = found.index + address.length;
  }
  nodes.push(text.slice(from));
  return nodes;
}

function anchor(target, words, onTap) {
  const tap = TAP.exec(target);
  if (tap) {
    const query = new URLSearchParams(tap[1]);
    const said = query.get("msgmenucontent") || words;
    return make("button", { type: "button", class: "inline-tap", onclick: () => onTap(said, query.get("msgmenuid") || "") }, words);
  }
  return /^https?:\/\//i.test(target) ? link(target, words) : words;
}

export function link(address, words, attributes = {}) {
  return make("a", { href: address, target: "_blank", rel: "noopener noreferrer", ...attributes }, words);
}
