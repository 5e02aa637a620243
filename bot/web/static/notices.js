/* Opens the platform's own button for notices (wx-open-subscribe). Works in WeChat only; words come from the page. */
(() => {
  "use strict";

  const tag = document.getElementById("open-tag");
  const news = document.getElementById("news");
  const say = (what) => {
    news.textContent = tag.getAttribute(`data-${what}`);
  };
  const fail = () => say("failed");

  const configure = () => {
    const wx = window.jWeixin || window.wx;
    wx.config({
      appId: tag.dataset.app,
      timestamp: tag.dataset.timestamp,
      nonceStr: tag.dataset.nonce,
      signature: tag.dataset.signature,
      jsApiList: [],
      openTagList: ["wx-open-subscribe"],
    });
    wx.error(fail);
  };

  /* The event tells of each template as JSON inside JSON: {"ID": "{\"status\":\"accept\"}"}. */
  const isGranted = (detail) => {
    try {
      return Object.values(JSON.parse(detail.subscribeDetails)).some((one) => JSON.parse(one).status === "accept");
    } catch (error) {
      return false;
    }
  };

  const button = document.getElementById("subscribe");
  button.addEventListener("success", (event) => say(isGranted(event.detail) ? "granted" : "refused"));
  button.addEventListener("error", fail);
  document.addEventListener("WeixinOpenTagsError", fail);

  if (!tag.dataset.script) {
    fail();
    return;
  }
  const script = document.createElement("script");
  script.src = tag.dataset.script;
  script.onload = configure;
  script.onerror = fail;
  document.head.appendChild(script);
})();
