/* The ways beside the camera: a scan by WeChat itself, a photo, and a gun that types like a keyboard. */
var Ways = (function () {
  "use strict";

  var GUN_GAP_MS = 60; /* guns type a key every 5 to 50 ms, people hardly one in 80 */
  var GUN_LEAST = 6; /* a short code */
  var onCode = function () { return undefined; };
  var inWeChat = /MicroMessenger/i.test(navigator.userAgent);

  /* --- a gun: characters that arrive fast and end with Enter, wherever the focus is ----------------------------- */

  var burst = { text: "", at: 0, field: null, before: "" };

  /* A Chinese input method hides the letter ("Process"); the place of the key on the board still tells it. */
  function letterOf(event) {
    if (event.key && event.key.length === 1) {
      return event.key;
    }
    var place = event.code || "";
    var found = /^(?:Key([A-Z])|(?:Digit|Numpad)(\d))$/.exec(place);
    if (found) {
      return found[1] || found[2];
    }
    return { Slash: event.shiftKey ? "?" : "/", NumpadDivide: "/", Semicolon: event.shiftKey ? ":" : ";",
      Period: ".", NumpadDecimal: ".", Minus: event.shiftKey ? "_" : "-", NumpadSubtract: "-" }[place] || "";
  }

  function isEnd(event) {
    return event.key === "Enter" || event.key === "Tab" || event.code === "Enter" || event.code === "NumpadEnter";
  }

  function hear(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    var now = event.timeStamp || Date.now();
    var isFast = now - burst.at < GUN_GAP_MS;
    if (isEnd(event)) {
      if (isFast && burst.text.length >= GUN_LEAST) {
        event.preventDefault();
        event.stopPropagation();
        shoot();
      }
      burst.text = "";
      return;
    }
    var letter = letterOf(event);
    if (!letter) {
      return; /* shift and the like come between */
    }
    if (!isFast) {
      burst.text = "";
      burst.field = document.activeElement && "value" in document.activeElement ? document.activeElement : null;
      burst.before = burst.field ? burst.field.value : "";
    }
    burst.text += letter;
    burst.at = now;
  }

  function shoot() {
    var text = burst.text;
    if (burst.field && burst.field.tagName === "INPUT" && burst.field.type === "text") {
      burst.field.blur(); /* ends what the input method still holds */
      burst.field.value = burst.before;
    }
    onCode(tidy(text), "gun");
  }

  /* Full-width characters of an input method, and spaces at the ends. */
  function tidy(text) {
    return (text.normalize ? text.normalize("NFKC") : text).trim();
  }

  /* --- a photo: read here, else on the server ---------------------------------------------------------------------- */

  function readPhoto(file) {
    return Camera.decode(file).catch(function () { return []; }).then(function (texts) {
      return texts.length ? texts : askServer(file);
    });
  }

  function askServer(file) {
    return fetch("/staff/api/decode", {
      method: "POST", credentials: "same-origin", body: file,
      headers: { "X-Shuqian": "1", "Content-Type": file.type || "image/jpeg" }
    }).then(function (response) {
      return response.ok ? response.json() : { codes: [] };
    }).then(function (answer) { return answer.codes || []; });
  }

  function takePhoto(input, tell) {
    var file = input.files[0];
    if (!file) {
      return;
    }
    tell("photo.reading");
    readPhoto(file).then(function (texts) {
      tell(texts.length ? null : "photo.nothing");
      if (texts.length) {
        onCode(tidy(texts[0]), "photo");
      }
    }, function () { tell("photo.offline"); }).then(function () {
      input.value = ""; /* the same picture may be taken again */
    });
  }

  /* --- WeChat's own scanner, where this account may use it --------------------------------------------------------- */

  function load(address) {
    return new Promise(function (resolve, reject) {
      var script = document.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = reject;
      document.head.appendChild(script);
    });
  }

  /* Resolves to whether its scanner can be opened. */
  function openWeChat(scriptUrl) {
    if (!inWeChat || !scriptUrl) {
      return Promise.resolve(false);
    }
    var here = location.href.split("#")[0];
    return fetch("/staff/api/wx?url=" + encodeURIComponent(here), { credentials: "same-origin" })
      .then(function (response) { return response.ok ? response.json() : {}; })
      .then(function (signed) {
        return signed.available ? load(scriptUrl).then(function () { return configure(signed); }) : false;
      }).catch(function () { return false; });
  }

  /* The name it has as a script of ours, and as WeChat's own. */
  function wx() {
    return window.jWeixin || window.wx;
  }

  function configure(signed) {
    return new Promise(function (resolve) {
      wx().config({
        appId: signed.appId, timestamp: signed.timestamp, nonceStr: signed.nonceStr, signature: signed.signature,
        jsApiList: ["scanQRCode"]
      });
      wx().ready(function () { resolve(true); });
      wx().error(function () { resolve(false); });
    });
  }

  function scanByWeChat(tell) {
    wx().scanQRCode({
      needResult: 1, scanType: ["qrCode"],
      success: function (result) { onCode(tidy(result.resultStr), "wechat"); },
      fail: function () { tell("wechat.failed"); }
    });
  }

  function start(handler) {
    onCode = handler;
    document.addEventListener("keydown", hear, true);
  }

  return {
    start: start, tidy: tidy, takePhoto: takePhoto, openWeChat: openWeChat, scanByWeChat: scanByWeChat, inWeChat: inWeChat
  };
})();
