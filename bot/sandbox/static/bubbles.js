// One chat entry as an element.

import { accountAvatar, avatar, make } from "./dom.js";
import { link, richText } from "./richtext.js";

const SYSTEM_LINES = {
  followed: (entry) => (entry.scene ? `扫描海报（${entry.scene}）关注了公众号` : "关注了公众号"),
  unfollowed: () => "取消了关注",
  tapped: (entry) => `点了菜单「${entry.name}」`,
  scanned: (entry) => `扫码：${entry.result}`,
  poster: (entry) => `扫描海报：${entry.scene}`,
  custom: (entry) => `发出推送：${entry.name}`,
  transfer: () => "已转接人工客服",
  repeated: (entry) =>
    entry.same ? `同一条推送投递 ${entry.times} 次，回复一字不差` : `同一条推送投递 ${entry.times} 次，回复不一致`,
};

const ACCOUNT_BODIES = {
  text: (entry, acts) => bubble("text", ...richText(entry.text, acts.tapOption)),
  image: (entry, acts) => picture(`/sandbox/media/${entry.media_id}`, acts),
  voice: () => bubble("voice", "▶ 语音"),
  video: () => bubble("voice", "▶ 视频"),
  music: (entry) => bubble("text", `♪ ${entry.title}`),
  news: newsCards,
  template: messageCard,
  notice: messageCard,
  msgmenu: options,
};

const READER_BODIES = {
  text: (entry) => bubble("text", entry.text),
  image: (entry, acts) => picture(`/sandbox/media/${entry.media_id}`, acts),
  voice: (entry) => bubble("voice", "语音 2″ ▮▮▯", ...(entry.text ? [make("small", {}, entry.text)] : [])),
  video: () => bubble("voice", "▶ 视频"),
  shortvideo: () => bubble("voice", "▶ 小视频"),
  location: (entry) => bubble("place", make("strong", {}, entry.label), make("span", { class: "map", "aria-hidden": "true" })),
  link: (entry) => bubble("place", make("strong", {}, entry.title), make("small", {}, entry.description || "")),
};

export function entryElement(entry, person, acts) {
  if (entry.side === "system") return systemLine(entry);
  const bodies = entry.side === "account" ? ACCOUNT_BODIES : READER_BODIES;
  const body = (bodies[entry.kind] || (() => bubble("text", `[${entry.kind}]`)))(entry, acts);
  if (["template", "notice", "news"].includes(entry.kind)) {
    return make("li", { class: "entry wide", "data-id": entry.id }, body);
  }
  const face = entry.side === "account" ? accountAvatar() : avatar(person.nickname, person.openid);
  return make("li", { class: `entry ${entry.side}`, "data-id": entry.id }, face, body);
}

function systemLine(entry) {
  if (entry.kind === "fault") {
    return make("li", { class: "line fault", "data-id": entry.id }, make("span", { title: entry.reason }, entry.text));
  }
  const words = (SYSTEM_LINES[entry.kind] || (() => entry.kind))(entry);
  const odd = entry.kind === "repeated" && !entry.same;
  return make("li", { class: odd ? "line fault" : "line", "data-id": entry.id }, make("span", {}, words));
}

function bubble(kind, ...children) {
  return make("div", { class: `bubble ${kind}` }, ...children);
}

function picture(address, acts) {
  const image = make("img", { src: address, alt: "图片", loading: "lazy" });
  return make("button", { type: "button", class: "bubble image", "aria-label": "查看图片", onclick: () => acts.showPicture(address) }, image);
}

function newsCards(entry) {
  const articles = entry.articles.map((article, place) => newsCard(entry, article, place));
  return make("div", { class: "card-message news" }, ...articles);
}

function newsCard(entry, article, place) {
  const image = article.picture_url
    ? make("img", { src: `/sandbox/picture/${entry.id}/${place}`, alt: "", loading: "lazy", onerror: (event) => event.target.remove() })
    : null;
  const words = make("span", { class: "news-words" }, make("strong", {}, article.title));
  if (article.description) words.append(make("small", {}, article.description));
  const parts = [image, words];
  if (!/^https?:\/\//i.test(article.url)) return make("div", { class: "news-item" }, ...parts.filter(Boolean));
  const whole = link(article.url, "", { class: "news-item" });
  whole.append(...parts.filter(Boolean));
  return whole;
}

function messageCard(entry) {
  const card = make("div", { class: "card-message notice" });
  card.append(make("p", { class: "card-source" }, accountAvatar(), entry.kind === "notice" ? "订阅通知" : "服务通知"));
  card.append(make("h3", {}, entry.title));
  if (entry.text) card.append(make("p", { class: "card-text" }, entry.text));
  if (entry.fields.length) {
    const rows = entry.fields.flatMap((field) => [make("dt", {}, field.label), make("dd", {}, field.value)]);
    card.append(make("dl", {}, ...rows));
  }
  if (/^https?:\/\//i.test(entry.url || "")) card.append(link(entry.url, "查看详情", { class: "card-link" }));
  return card;
}

function options(entry, acts) {
  const taps = entry.options.map((option) =>
    make("button", { type: "button", class: "inline-tap block", onclick: () => acts.tapOption(option.text, option.id) }, option.text),
  );
  return bubble("text", entry.text, ...taps, entry.tail || "");
}

const clockOf = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hour12: false });
const dayOf = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", month: "long", day: "numeric" });

export function timeLine(at, now) {
  const moment = new Date(at * 1000);
  const today = dayOf.format(moment) === dayOf.format(new Date(now));
  const words = today ? clockOf.format(moment) : `${dayOf.format(moment)} ${clockOf.format(moment)}`;
  return make("li", { class: "line time" }, make("time", { datetime: moment.toISOString() }, words));
}
