/* The way to the server: one question with a deadline, and the queue that empties itself.
   One upload at a time, at most fifty acts, doubling pauses with jitter. Sending twice does no harm: acts have ids. */
var DoorSync = (function () {
  "use strict";

  var BATCH = 50;
  var UPLOAD_MS = 20000;
  var SHORTEST_MS = 1000;
  var LONGEST_MS = 60000;
  var SOON_MS = 50;
  var LOCK = "shuqian-door-upload";

  var base = "";
  var device = "";
  var hooks = {}; /* onNetwork(isOnline), onOver(signIn), onAnswers(pairs), onRefused(record, answer) */
  var pause = SHORTEST_MS;
  var timer = null;
  var running = null;
  var wanted = false;
  var triedAt = 0;
  var size = BATCH;

  /* --- one question ------------------------------------------------------------------------------------------------- */

  /* Resolves to {status, body}; status 0: nobody answered in time, or somebody who is not our server. */
  function request(method, path, sent, deadline) {
    return new Promise(function (resolve) {
      var asked = new XMLHttpRequest();
      asked.open(method, base + path, true);
      asked.timeout = deadline;
      if (sent) {
        asked.setRequestHeader("Content-Type", "application/json");
        asked.setRequestHeader("X-Shuqian", "1");
      }
      asked.setRequestHeader("Accept", "application/json");
      asked.onload = function () { resolve(judge(asked.status, asked.responseText, asked.getResponseHeader("Retry-After"))); };
      asked.onerror = asked.ontimeout = asked.onabort = function () { resolve(judge(0, "", null)); };
      asked.send(sent ? JSON.stringify(sent) : null);
    });
  }

  /* A hotel's sign-in page answers 200 to everything: without JSON it was not our server. */
  function judge(status, text, retryAfter) {
    var body = null;
    try {
      body = JSON.parse(text);
    } catch (error) {
      status = status === 401 || status === 403 || status >= 500 ? status : 0;
    }
    if (body === null || typeof body !== "object") {
      body = {};
    }
    hooks.onNetwork(status > 0 && status < 500 && status !== 408);
    if (status === 401) {
      hooks.onOver(body.sign_in || null);
    }
    return { status: status, body: body, retryAfter: Number(retryAfter) || 0 };
  }

  /* Upload acts as they go over the wire. */
  function post(bodies, deadline) {
    return request("POST", "/acts", { device: device, now: Date.now(), acts: bodies }, deadline);
  }

  /* --- the queue ---------------------------------------------------------------------------------------------------- */

  function soon() {
    pause = SHORTEST_MS;
    wanted = true;
    arm(Math.max(SOON_MS, triedAt + SHORTEST_MS - Date.now()));
  }

  function arm(delay) {
    clearTimeout(timer);
    timer = setTimeout(work, delay);
  }

  function again(retryAfter) {
    var delay = Math.max(pause * (0.75 + Math.random() / 2), retryAfter * 1000);
    pause = Math.min(LONGEST_MS, pause * 2);
    arm(Math.min(LONGEST_MS, delay));
  }

  /* One round after another until the queue is empty or something stands against it. */
  function work() {
    if (running) {
      wanted = true;
      return running;
    }
    wanted = false;
    triedAt = Date.now();
    running = alone(round).catch(function () { return "later"; }).then(function (outcome) {
      running = null;
      if (outcome === "more" || wanted) {
        arm(outcome === "later" ? SHORTEST_MS : 0);
      } else if (outcome === "later" || outcome > 0) {
        again(outcome > 0 ? outcome : 0);
      } else {
        pause = SHORTEST_MS;
      }
    });
    return running;
  }

  /* Not at the same time as another tab, where browsers can promise that. */
  function alone(task) {
    if (!navigator.locks || !navigator.locks.request) {
      return task();
    }
    return navigator.locks.request(LOCK, { ifAvailable: true }, function (lock) { return lock ? task() : "later"; });
  }

  /* Resolves to "empty", "more", "later", "over", or seconds to wait. */
  function round() {
    return DoorStore.inState("waiting", size).then(function (records) {
      if (!records.length) {
        return "empty";
      }
      return post(records.map(function (record) { return record.body; }), UPLOAD_MS).then(function (reply) {
        return settle(records, reply);
      });
    });
  }

  function settle(records, reply) {
    if (reply.status === 200 && Array.isArray(reply.body.answers)) {
      return match(records, reply.body.answers);
    }
    if (reply.status === 401 || reply.status === 403) {
      return "over"; /* everything stays until somebody signs in */
    }
    if (reply.status === 400 || reply.status === 413) {
      return halve(records, reply.body);
    }
    return reply.retryAfter || "later";
  }

  /* Something in this parcel is refused as a whole: smaller parcels, until it stands alone and is told. */
  function halve(records, body) {
    if (records.length > 1) {
      size = Math.max(1, Math.floor(records.length / 2));
      return "more";
    }
    size = BATCH;
    return hooks.onRefused(records[0], body).then(function () { return "more"; });
  }

  function match(records, answers) {
    var byId = {};
    answers.forEach(function (answer) {
      if (answer && answer.id) {
        byId[answer.id] = answer;
      }
    });
    var pairs = records.filter(function (record) { return byId[record.id]; }).map(function (record) {
      return [record, byId[record.id]];
    });
    var settled = pairs.filter(function (pair) { return pair[1].result !== "try_again"; });
    size = BATCH;
    return hooks.onAnswers(settled).then(function () { return settled.length === records.length ? "more" : "later"; });
  }

  function start(given) {
    base = given.api;
    device = given.device;
    hooks = given.hooks;
    window.addEventListener("online", soon);
    window.addEventListener("pageshow", soon);
    document.addEventListener("visibilitychange", function () {
      if (!document.hidden) {
        soon();
      }
    });
  }

  return { start: start, request: request, post: post, soon: soon, work: work };
})();
