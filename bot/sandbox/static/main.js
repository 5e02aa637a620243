// The page: who holds the phone, the chat, and what can be done with it.

import { asBase64, get, person as path, post } from "./api.js";
import { entryElement, timeLine } from "./bubbles.js";
import { $, avatar, make, toast } from "./dom.js";
import { closeMenus, drawMenu, showMenu, showText } from "./menu.js";
import { openPoster, openScan, setUpScan } from "./scan.js";
import { setUpTools } from "./tools.js";

const POLL = 1000;
const GAP = 300; // seconds of silence after which the time is shown again
const REMEMBERED = "sandbox.openid";

const state = { openid: null, person: null, after: 0, lastAt: 0, seen: new Map(), busy: 0, menu: "" };

const acts = {
  tapOption: (text, id) => act("say", { text, menu_id: id }),
  showPicture(address) {
    $("picture-large").src = address;
    $("picture-dialog").showModal();
  },
};

// -- people ---------------------------------------------------------------------------------------------------------

async function refreshPeople() {
  const { people } = await get("/sandbox/people");
  if (!state.openid || !people.some((one) => one.openid === state.openid)) {
    const remembered = people.find((one) => one.openid === localStorage.getItem(REMEMBERED));
    const first = remembered || people[people.length - 1];
    if (first) choose(first.openid);
    else showWelcome();
  }
  drawPeople(people);
}

function drawPeople(people) {
  const drawn = JSON.stringify([people, state.openid]);
  if (drawn === drawPeople.last) return;
  drawPeople.last = drawn;
  const held = document.activeElement?.dataset?.openid;
  $("person-list").replaceChildren(...people.map(personRow));
  if (!people.length) $("person-list").append(make("li", { class: "empty" }, "还没有人。写个称呼，点「关注」。"));
  if (held) document.querySelector(`[data-openid="${CSS.escape(held)}"]`)?.focus();
}

function personRow(one) {
  const chosen = one.openid === state.openid;
  if (chosen) state.seen.set(one.openid, one.last_entry);
  const unread = !chosen && one.last_entry > (state.seen.get(one.openid) ?? one.last_entry);
  if (!state.seen.has(one.openid)) state.seen.set(one.openid, one.last_entry);
  const about = one.followed ? one.tags.map((tag) => tag.name).join(" · ") || "已关注" : "未关注";
  const words = make("span", { class: "person-words" }, make("strong", {}, one.nickname), make("small", {}, about));
  const attributes = { type: "button", "data-openid": one.openid, "aria-current": chosen ? "true" : null };
  const row = make("button", { ...attributes, onclick: () => choose(one.openid) }, avatar(one.nickname, one.openid), words);
  if (unread) row.append(make("span", { class: "unread" }, make("span", { class: "hidden" }, "有新消息")));
  return make("li", { class: one.followed ? "" : "gone" }, row);
}

function choose(openid) {
  localStorage.setItem(REMEMBERED, openid);
  document.cookie = `sandbox-phone=${encodeURIComponent(openid)}; path=/; SameSite=Lax`; // pages it opens know whose it is
  Object.assign(state, { openid, person: null, after: 0, lastAt: 0, menu: "" });
  $("entries").replaceChildren();
  $("welcome").hidden = true;
  closeSides();
  poll();
  refreshPeople().catch(report);
}

function showWelcome() {
  $("welcome").hidden = false;
  $("bar").hidden = true;
  $("subtitle").textContent = "";
}

async function addPerson(nickname) {
  busy(1);
  try {
    const { person } = await post("/sandbox/people", { nickname });
    choose(person.openid);
  } finally {
    busy(-1);
  }
}

// -- the chat -------------------------------------------------------------------------------------------------------

async function poll() {
  const { openid, after } = state;
  if (!openid) return;
  const told = await get(`${path(openid, "chat")}?after=${after}`);
  if (openid !== state.openid || after !== state.after) return; // another poll was faster
  state.person = told.person;
  append(told.entries);
  drawPhone(told);
}

function append(entries) {
  if (!entries.length) return;
  const chat = $("chat");
  const atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 120;
  for (const entry of entries) {
    if (entry.at - state.lastAt > GAP) $("entries").append(timeLine(entry.at, Date.now()));
    state.lastAt = entry.at;
    state.after = entry.id;
    $("entries").append(entryElement(entry, state.person, acts));
  }
  if (atEnd || entries.some((entry) => entry.side === "reader")) chat.scrollTop = chat.scrollHeight;
}

function drawPhone({ person, menu, typing }) {
  $("bar").hidden = !person.followed;
  $("welcome").hidden = person.followed;
  $("subtitle").textContent = typing ? "对方正在输入…" : `${person.nickname} 的手机`;
  $("toggle-follow").textContent = person.followed ? "取消关注" : "关注";
  $("toggle-refuses").textContent = person.refuses ? "接收模板消息" : "拒收模板消息";
  const drawn = JSON.stringify(menu);
  if (drawn !== state.menu) {
    state.menu = drawn;
    drawMenu(menu.buttons, tapButton);
  }
}

// -- doing things ---------------------------------------------------------------------------------------------------

async function act(action, body = {}, waiting = "") {
  if (!state.openid) return null;
  busy(1);
  if (waiting) toast(waiting, { stays: true });
  const soon = setTimeout(() => poll().catch(report), 60); // shows the own bubble while the answer is on its way
  try {
    return await post(path(state.openid, action), body);
  } finally {
    clearTimeout(soon);
    busy(-1);
    if (waiting) toast("");
    poll().catch(report);
  }
}

function busy(change) {
  state.busy += change;
  $("chat").setAttribute("aria-busy", String(state.busy > 0));
  document.body.classList.toggle("is-busy", state.busy > 0);
}

async function tapButton(button) {
  if (button.type === "scancode_waitmsg" || button.type === "scancode_push") {
    openScan((result) => scan(button.key, result, button.type === "scancode_waitmsg"));
  } else if (button.type === "view") {
    window.open(button.url, "_blank", "noopener,noreferrer");
    await act("tap", { key: button.url });
  } else {
    await act("tap", { key: button.key || button.name });
  }
}

const scan = (key, result, wait = true) => act("scan", { key, result, wait }, wait ? "消息接收中…" : "");

function takeTyped() {
  const field = $("say-text");
  const text = field.value;
  field.focus();
  if (!text.trim()) return "";
  field.value = "";
  grow();
  return text;
}

async function say(event) {
  event.preventDefault();
  const text = takeTyped();
  if (text) await act("say", { text });
}

async function speak() {
  const recognition = takeTyped();
  if (recognition) await act("send", { kind: "voice", recognition });
}

async function sendKind(kind) {
  $("drawer").hidden = true;
  $("drawer-open").setAttribute("aria-expanded", "false");
  if (kind === "image") $("picture-file").click();
  else await act("send", { kind });
}

async function sendPicture(event) {
  const [file] = event.target.files;
  event.target.value = "";
  if (file) await act("send", { kind: "image", content_base64: asBase64(await file.arrayBuffer()) });
}

async function toggleFollow() {
  if (state.person) await act(state.person.followed ? "unfollow" : "follow");
  await refreshPeople();
}

function grow() {
  const field = $("say-text");
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 110)}px`;
  document.body.classList.toggle("has-text", Boolean(field.value.trim()));
}

const report = (error) => toast(error.message);
const guarded = (work) => (event) => Promise.resolve(work(event)).catch(report);

// -- sides and setting up -------------------------------------------------------------------------------------------

function openSide(name) {
  closeMenus();
  document.body.dataset.side = name;
  $("people-open").setAttribute("aria-expanded", String(name === "people"));
  $(name).querySelector("input, button:not(.only-narrow)")?.focus();
}

function closeSides() {
  delete document.body.dataset.side;
  $("people-open").setAttribute("aria-expanded", "false");
}

function setUp() {
  const on = (id, name, work) => $(id).addEventListener(name, guarded(work));
  on("new-person", "submit", async (event) => {
    event.preventDefault();
    const nickname = $("nickname").value.trim();
    if (nickname) await addPerson(nickname);
    $("nickname").value = "";
  });
  on("welcome-follow", "click", () => (state.openid ? act("follow") : openOrName()));
  on("say", "submit", say);
  on("say-voice", "click", speak);
  on("say-text", "input", grow);
  on("say-text", "keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) return say(event);
    return null;
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    showText();
  });
  on("to-menu", "click", showMenu);
  on("to-text", "click", showText);
  on("drawer-open", "click", () => {
    const open = $("drawer").hidden;
    $("drawer").hidden = !open;
    $("drawer-open").setAttribute("aria-expanded", String(open));
    $("chat").scrollTop = $("chat").scrollHeight;
  });
  for (const button of document.querySelectorAll("[data-send]")) {
    button.addEventListener("click", guarded(() => sendKind(button.dataset.send)));
  }
  for (const button of document.querySelectorAll("[data-open]")) {
    button.addEventListener("click", () => (button.dataset.open === "scan" ? openScan((result) => scan("SCAN", result)) : openPosterDialog()));
  }
  on("picture-file", "change", sendPicture);
  on("toggle-follow", "click", toggleFollow);
  on("open-poster", "click", openPosterDialog);
  on("redeliver", "click", () => act("redeliver", { times: 3, parallel: true }));
  on("toggle-refuses", "click", () => act("refuses", { refuses: !state.person?.refuses }));
  on("more-open", "click", (event) => {
    event.stopPropagation();
    $("more").hidden = !$("more").hidden;
    $("more-open").setAttribute("aria-expanded", String(!$("more").hidden));
    if (!$("more").hidden) $("toggle-follow").focus();
  });
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeMenus();
      closeSides();
    }
  });
  on("people-open", "click", () => openSide("people"));
  on("people-close", "click", closeSides);
  on("open-tools", "click", () => openSide("tools"));
  on("tools-close", "click", closeSides);
  setUpScan(report);
  setUpTools({ guarded, chosen: () => state.openid });
}

const openPosterDialog = () => openPoster((scene) => act("scene", { scene }).then(refreshPeople));

async function openOrName() {
  const names = ["小林", "王阿姨", "陈老师", "小满", "老周"];
  await addPerson(names[Math.floor(Math.random() * names.length)]);
}

function every(milliseconds, work) {
  const run = () => {
    const next = () => setTimeout(run, document.hidden ? milliseconds * 4 : milliseconds);
    work().catch(() => {}).then(next);
  };
  run();
}

setUp();
every(POLL, poll);
every(POLL * 2, refreshPeople);
