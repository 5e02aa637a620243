// The workshop beside the phone: delivery, kind of account, faults, the record of API calls.

import { get, person as path, post, remove } from "./api.js";
import { $, make, toast } from "./dom.js";

const MODES = { plain: "明文模式", compatible: "兼容模式", safe: "安全模式" };
const KEPT_CALLS = 80;
let lastCall = 0;

const clockOf = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", timeStyle: "medium" });

export function setUpTools({ guarded, chosen }) {
  const on = (id, name, work) => $(id).addEventListener(name, guarded(work));
  on("knobs", "submit", applyKnobs);
  on("level", "change", async (event) => drawStatus(await post("/sandbox/level", { level: event.target.value })));
  on("level", "submit", (event) => event.preventDefault());
  on("faults", "submit", orderFault);
  on("check-address", "click", checkAddress);
  on("expire-tokens", "click", async () => {
    await post("/sandbox/tokens", { expire: true });
    toast("令牌已全部过期");
  });
  on("close-window", "click", async () => {
    if (!chosen()) return;
    await post(path(chosen(), "window"), { closed: true });
    toast("客服窗口已关闭，如同两天没有说话");
  });
  on("clear-calls", "click", async () => {
    await remove("/sandbox/calls");
    $("calls").replaceChildren();
  });
  refresh();
}

async function refresh() {
  try {
    drawStatus(await get("/sandbox/status"));
    drawCalls((await get(`/sandbox/calls?after=${lastCall}`)).calls);
  } catch {
    $("status").textContent = "沙盒没有回应";
  }
  setTimeout(refresh, document.hidden ? 8000 : 2000);
}

let knobsDrawn = "";

function drawStatus(status) {
  $("status").textContent = `${status.level} · ${MODES[status.mode]} → ${new URL(status.webhook_url).host}`;
  const plan = JSON.stringify([status.plan, status.level]);
  if (plan !== knobsDrawn) {
    knobsDrawn = plan;
    const form = $("knobs").elements;
    form.times.value = status.plan.times;
    form.delay.value = status.plan.delay;
    form.parallel.checked = status.plan.parallel;
    $("level").elements.level.value = status.level;
  }
  const rows = status.faults.map((fault) => make("li", {}, `${fault.api} · ${fault.mode || fault.errcode} × ${fault.times}`));
  if (rows.length) rows.push(make("li", {}, make("button", { type: "button", class: "text-button", onclick: clearFaults }, "全部撤除")));
  $("fault-list").replaceChildren(...rows);
}

async function clearFaults() {
  await remove("/sandbox/faults");
  drawStatus(await get("/sandbox/status"));
}

async function applyKnobs(event) {
  event.preventDefault();
  const form = event.target.elements;
  await post("/sandbox/knobs", { times: Number(form.times.value), delay: Number(form.delay.value), parallel: form.parallel.checked });
  toast("投递方式已更改");
}

async function orderFault(event) {
  event.preventDefault();
  const form = event.target.elements;
  const what = form.what.value;
  const kind = /^-?\d+$/.test(what) ? { errcode: Number(what) } : { mode: what };
  await post("/sandbox/faults", { api: form.api.value, times: Number(form.times.value), ...kind });
  drawStatus(await get("/sandbox/status"));
}

async function checkAddress() {
  const { passed, attempt } = await post("/sandbox/check");
  toast(passed ? `接入检查通过，${Math.round(attempt.seconds * 1000)} 毫秒` : "接入检查没有通过：服务没有原样返回 echostr");
}

function drawCalls(calls) {
  for (const call of calls) {
    lastCall = Math.max(lastCall, call.id);
    $("calls").prepend(callRow(call));
  }
  while ($("calls").children.length > KEPT_CALLS) $("calls").lastElementChild.remove();
  if (!$("calls").children.length) $("calls").append(make("li", { class: "empty" }, "公众号调用微信接口的记录会出现在这里。"));
  else if ($("calls").children.length > 1) $("calls").querySelector(".empty")?.remove();
}

function callRow(call) {
  const code = call.answer?.errcode ?? 0;
  const bad = code !== 0 || call.status !== 200 || Boolean(call.fault);
  const mark = make("span", { class: bad ? "code bad" : "code" }, call.fault || (call.status !== 200 ? String(call.status) : String(code)));
  const head = make("summary", {}, make("time", {}, clockOf.format(new Date(call.at * 1000))), make("span", { class: "api" }, call.api), mark);
  const detail = make("pre", {}, `${JSON.stringify(call.body, null, 1)}\n→ ${JSON.stringify(call.answer, null, 1)}`);
  return make("li", {}, make("details", {}, head, detail));
}
