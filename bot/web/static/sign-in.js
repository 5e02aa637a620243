/* The sign-in page asks whether its code was sent, and takes a new one when it lapsed. Words come from the page. */
(() => {
  "use strict";

  const POLL_MS = 2000;
  const page = document.getElementById("sign-in");
  const news = document.getElementById("news");
  const url = page.getAttribute("data-state-url");
  const lapsesAt = Date.now() + Number(page.getAttribute("data-left-ms"));

  const say = (name) => {
    const words = name ? page.getAttribute(name) : "";
    if (news.textContent !== words) {
      news.textContent = words;
    }
  };

  const later = () => setTimeout(ask, POLL_MS);

  const follow = (answer) => {
    if (answer.state === "signed_in") {
      say("data-entering");
      window.location.replace(answer.next);
    } else if (answer.state === "lapsed") {
      window.location.reload();
    } else {
      say("");
      later();
    }
  };

  const ask = () => {
    const request = new XMLHttpRequest();
    request.open("GET", url, true);
    request.timeout = 8000;
    request.onload = () => {
      if (request.status === 200) {
        follow(JSON.parse(request.responseText));
      } else {
        request.onerror();
      }
    };
    request.onerror = () => {
      say(Date.now() < lapsesAt ? "data-away" : "data-gone");
      later();
    };
    request.ontimeout = request.onerror;
    request.send();
  };

  later();
})();
