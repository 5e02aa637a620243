/* Live.open(url, onSnapshot, onState): calls onSnapshot(attendance) at every change at a door, and onState("live") or
   onState("waiting") when it changes. Returns {close}. A hidden page listens to nothing and asks anew when it is seen.
   Without EventSource it asks every few seconds. Times are milliseconds. */
(function () {
  "use strict";

  const ASK = 3000;
  const AGAIN = 5000;
  const PATIENCE = 8000; // the stream ends every minute, and the browser needs a moment to come back
  const SILENCE = 30000; // the server gives a sign of life every ten seconds

  function open(url, onSnapshot, onState) {
    let source = null;
    let request = null;
    let timer = null;
    let doubt = null;
    let state = "";
    let isClosed = false;

    function say(next) {
      if (next !== state) {
        state = next;
        onState(next);
      }
    }

    function wait(patience) {
      clearTimeout(doubt);
      doubt = setTimeout(begin, patience, true);
    }

    function heard() {
      say("live");
      wait(SILENCE);
    }

    function take(text) {
      heard();
      onSnapshot(JSON.parse(text));
    }

    function listen() {
      source = new EventSource(url);
      source.addEventListener("open", heard);
      source.addEventListener("beat", heard);
      source.addEventListener("attendance", function (event) {
        take(event.data);
      });
      source.addEventListener("error", function () {
        if (source.readyState === EventSource.CLOSED) {
          say("waiting"); // refused: the browser gives up, we do not
          wait(AGAIN);
        } else {
          wait(PATIENCE);
        }
      });
    }

    function ask() {
      request = new XMLHttpRequest();
      request.open("GET", url + (url.indexOf("?") < 0 ? "?" : "&") + "once=1");
      request.timeout = PATIENCE;
      request.onload = function () {
        if (request.status === 200) {
          (request.responseText.match(/^data: ?\{.*$/gm) || []).forEach(function (line) {
            take(line.replace(/^data: ?/, ""));
          });
        } else {
          say("waiting");
        }
      };
      request.onerror = request.ontimeout = function () {
        say("waiting");
      };
      request.onloadend = function () {
        timer = setTimeout(ask, ASK);
      };
      request.send();
    }

    function stop() {
      clearTimeout(timer);
      clearTimeout(doubt);
      if (source) {
        source.close();
      }
      if (request) {
        request.onload = request.onerror = request.ontimeout = request.onloadend = null;
        request.abort();
      }
      source = request = null;
    }

    function begin(isLate) {
      stop();
      if (isClosed || document.hidden) {
        return;
      }
      if (isLate === true) {
        say("waiting");
      }
      if (window.EventSource) {
        listen();
        wait(PATIENCE);
      } else {
        ask();
      }
    }

    function lose() {
      say("waiting");
    }

    document.addEventListener("visibilitychange", begin);
    window.addEventListener("online", begin);
    window.addEventListener("offline", lose);
    begin();

    return {
      close: function () {
        isClosed = true;
        stop();
        document.removeEventListener("visibilitychange", begin);
        window.removeEventListener("online", begin);
        window.removeEventListener("offline", lose);
      },
    };
  }

  window.Live = { open: open };
})();
