// The two cameras: the scan button inside the chat, and WeChat's own scanner held over a poster.

import { decodePicture, get } from "./api.js";
import { $, avatar, make } from "./dom.js";

let scanned = null;
let poster = null;

export async function openScan(done) {
  scanned = done;
  $("scan-note").textContent = "";
  $("scan-text").value = "";
  $("ticket-list").replaceChildren();
  $("scan-dialog").showModal();
  const { tickets } = await get("/sandbox/tickets");
  $("ticket-list").replaceChildren(...tickets.map(ticketRow));
  $("scan-tickets-part").hidden = !tickets.length;
}

export function openPoster(done) {
  poster = done;
  $("poster-note").textContent = "";
  $("poster-dialog").showModal();
  $("poster-scene").focus();
}

function ticketRow(ticket) {
  const lines = ticket.said.split("\n").filter((line) => line.trim() && !/https?:/i.test(line));
  const first = lines.find((line) => /^\d+\. /.test(line)) || lines.slice(0, 2).join(" · ") || ticket.url;
  const words = make("span", { class: "person-words" }, make("strong", {}, ticket.nickname), make("small", {}, first));
  const row = make("button", { type: "button", onclick: () => finish(ticket.url) }, avatar(ticket.nickname, ticket.openid), words);
  return make("li", {}, row);
}

function finish(result) {
  $("scan-dialog").close();
  Promise.resolve(scanned?.(result)).catch((error) => ($("scan-note").textContent = error.message));
}

async function read(input, note, use) {
  const [file] = input.files;
  input.value = "";
  if (!file) return;
  note.textContent = "正在识别…";
  try {
    const [first] = await decodePicture(file);
    note.textContent = first ? "" : "图片里没有找到二维码。";
    if (first) use(first);
  } catch (error) {
    note.textContent = error.message;
  }
}

export function setUpScan(report) {
  const usePoster = (scene) => {
    $("poster-dialog").close();
    Promise.resolve(poster?.(scene)).catch(report);
  };
  $("scan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    finish($("scan-text").value);
  });
  $("poster-form").addEventListener("submit", (event) => {
    event.preventDefault();
    usePoster($("poster-scene").value.trim());
  });
  $("scan-file").addEventListener("change", (event) => read(event.target, $("scan-note"), finish));
  $("poster-file").addEventListener("change", (event) => read(event.target, $("poster-note"), usePoster));
}
