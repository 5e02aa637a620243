/* The answer over the whole screen, and the line of who came last, where the number can still be set right.
   Green goes away by itself unless it is touched; amber and red stay until a touch or the next code. */
var Answer = (function () {
  "use strict";

  var GREEN_MS = 1200;
  var SETTLE_MS = 700; /* taps on − and + that belong together become one act */
  var MOST_PEOPLE = 99;

  var box = Page.byId("answer");
  var strip = Page.byId("last");
  var hiding = null;
  var settling = null;
  var cameFrom = null;
  var last = null; /* {asked, answer, acts, people, isIn, isForced} of who came last */

  /* --- the screen ------------------------------------------------------------------------------------------------- */

  function sizeOf(word) {
    return word.length < 4 ? "is-short" : word.length === 4 ? "" : word.length === 5 ? "is-long" : "is-longest";
  }

  /* The line begins with who it is: that part is read first, so it stands by itself. */
  function splitDetail(answer) {
    var detail = answer.detail || "";
    var end = answer.name && detail.indexOf(answer.name) === 0 ? answer.name.length : 0;
    var at = answer.last4 ? detail.indexOf(answer.last4) : -1;
    if (end && at >= 0) {
      end = at + answer.last4.length;
    }
    if (!end) {
      return ["", detail];
    }
    return [detail.slice(0, end), detail.slice(end).replace(/^[\s\u3002\uff0c,]+/, "")];
  }

  function stepper(people, most, onChange) {
    var row = Page.make("div", "stepper");
    var fewer = Page.button("step", "\u2212", function () { move(-1); });
    var more = Page.button("step", "+", function () { move(1); });
    var shown = Page.make("output", "", Page.say("people", { n: people }));
    fewer.setAttribute("aria-label", Page.say("fewer"));
    more.setAttribute("aria-label", Page.say("more"));
    function draw() {
      Page.write(shown, Page.say("people", { n: people }));
      fewer.disabled = people <= 1;
      more.disabled = people >= most;
    }
    function move(step) {
      people = Math.min(most, Math.max(1, people + step));
      draw();
      onChange(people);
    }
    [fewer, shown, more].forEach(function (part) { row.appendChild(part); });
    draw();
    return row;
  }

  function partyOf(answer) {
    return (answer.adults || 0) + (answer.children || 0);
  }

  function again(asked, more) {
    return Object.assign({}, asked, more);
  }

  function offerAdmission(actions, answer, asked) {
    var people = asked.people || partyOf(answer) || 1;
    var admit = Page.button("act", "", function () { Answer.onAct(again(asked, { people: people, admitted: true })); });
    function draw(number) {
      people = number;
      Page.write(admit, Page.say("admit", { n: number }));
    }
    draw(people);
    actions.appendChild(stepper(people, partyOf(answer) || MOST_PEOPLE, draw));
    actions.appendChild(admit);
  }

  function offerRest(actions, answer, asked) {
    var came = answer.people || 0;
    var rest = partyOf(answer) - came;
    if (rest <= 0) {
      return;
    }
    box.classList.add("has-likely");
    var people = rest;
    var add = Page.button("act likely", "", function () { Answer.onAct(again(asked, { people: came + people })); });
    function draw(number) {
      people = number;
      Page.write(add, Page.say("add", { n: number }));
    }
    draw(rest);
    if (rest > 1) {
      actions.appendChild(stepper(rest, rest, draw));
    }
    actions.appendChild(add);
  }

  function drawActions(answer, asked) {
    var actions = Page.empty(Page.byId("answer-actions"));
    if (!asked) {
      return;
    }
    if (answer.may_admit) {
      offerAdmission(actions, answer, asked);
    }
    if (answer.may_add && answer.result !== "ok") {
      offerRest(actions, answer, asked);
    }
  }

  function measure() {
    if (!window.performance || !performance.measure) {
      return;
    }
    try {
      performance.clearMeasures("answer");
      performance.measure("answer", "code");
    } catch (error) {
      return; /* nothing was scanned: a count, a tally */
    }
  }

  function draw(answer, asked) {
    var parts = splitDetail(answer);
    var word = Page.byId("answer-word");
    box.className = "answer tone-" + answer.tone;
    word.className = "answer-word " + sizeOf(answer.word);
    Page.write(word, answer.word);
    Page.write(Page.byId("answer-people"), answer.tone === "green" && asked && answer.people ? Page.say("people", { n: answer.people }) : "");
    Page.write(Page.byId("answer-net"), Page.byId("net").textContent + " \u00b7 " + Page.byId("queue").textContent);
    Page.write(Page.byId("answer-who"), parts[0]);
    Page.write(Page.byId("answer-detail"), parts[1]);
    drawActions(answer, asked);
    Page.show(box, true);
    box.scrollTop = 0;
  }

  function announce(answer) {
    Page.announce(answer.word + "\u3002" + (answer.detail || ""));
  }

  function hide() {
    clearTimeout(hiding);
    if (box.hidden) {
      return;
    }
    var hadFocus = box.contains(document.activeElement);
    Page.show(box, false);
    Page.guard("answer", false);
    if (hadFocus && cameFrom && cameFrom.offsetParent) {
      cameFrom.focus();
    } else if (hadFocus) {
      document.activeElement.blur();
    }
    cameFrom = null;
  }

  function hold() {
    if (box.className.indexOf("tone-green") >= 0) {
      clearTimeout(hiding);
      box.classList.add("is-held");
    }
  }

  /* Shows what an act came to. `asked`: the scan it answers, so that it can be done again with another number. */
  function show(answer, asked) {
    clearTimeout(hiding);
    keep(answer, asked);
    draw(answer, asked);
    announce(answer);
    Signals.give(answer.tone);
    if (answer.tone === "green") {
      Page.guard("answer", false);
      hiding = setTimeout(hide, GREEN_MS);
    } else {
      takeFocus();
    }
    requestAnimationFrame(function () { requestAnimationFrame(measure); });
  }

  function takeFocus() {
    if (!box.contains(document.activeElement)) {
      cameFrom = document.activeElement === document.body ? null : document.activeElement;
      box.focus();
    }
    Page.guard("answer", true);
  }

  /* --- who came last ---------------------------------------------------------------------------------------------- */

  function keyOf(asked) {
    return asked ? asked.ref || asked.code : null;
  }

  function isIn(answer, asked) {
    return answer.result === "ok" || (asked && asked.admitted && answer.people > 0 && answer.tone !== "red" && answer.result !== "already");
  }

  function keep(answer, asked) {
    clearTimeout(settling);
    if (!isIn(answer, asked) || answer.kind === "undo" || answer.kind === "tally") {
      return;
    }
    var isSame = last && asked && last.asked && keyOf(last.asked) === keyOf(asked) && last.people;
    last = {
      asked: asked, answer: answer, people: answer.people, isForced: Boolean(asked && asked.admitted),
      acts: (isSame ? last.acts : []).concat(answer.id), at: Date.now()
    };
    drawStrip();
  }

  function drawStrip() {
    Page.empty(strip);
    Page.show(strip, Boolean(last));
    if (!last) {
      return;
    }
    strip.className = "last tone-" + last.answer.tone;
    var who = splitDetail(last.answer)[0];
    var line = Page.make("p", "last-words");
    line.appendChild(Page.make("b", "", who || last.answer.what || last.answer.word));
    line.appendChild(document.createTextNode(who || last.answer.what ? last.answer.word : ""));
    strip.appendChild(line);
    if (last.asked) {
      strip.appendChild(stepper(last.people, partyOf(last.answer) || MOST_PEOPLE, settle));
    }
    strip.appendChild(Page.button("undo", Page.say("recent.undo"), takeBack));
  }

  function settle(people) {
    clearTimeout(settling);
    var party = last;
    settling = setTimeout(function () { setNumber(party, people); }, SETTLE_MS);
  }

  /* A larger number is one more act, of which the larger counts; a smaller one takes back and says it anew. */
  function setNumber(party, people) {
    if (people === party.people) {
      return;
    }
    var asked = again(party.asked, { people: people, admitted: party.isForced || undefined });
    var cleared = people > party.people ? Promise.resolve(null) : undoAll(party);
    cleared.then(function (refused) {
      if (refused) {
        show(refused, null);
        drawStrip();
        return null;
      }
      return Answer.onAct(asked, { quietly: true });
    });
  }

  function undoAll(party) {
    return party.acts.reduce(function (before, id) {
      return before.then(function (refused) {
        return refused || Door.undo(id).then(function (answer) {
          return answer.tone === "green" ? null : answer;
        });
      });
    }, Promise.resolve(null)).then(function (refused) {
      if (!refused) {
        party.acts = [];
      }
      return refused;
    });
  }

  function takeBack() {
    var party = last;
    clearTimeout(settling);
    last = null;
    drawStrip();
    undoAll(party).then(function (refused) {
      if (refused) {
        last = last || party;
        drawStrip();
        show(refused, null);
      } else {
        Answer.onUndone(party.answer);
      }
    });
  }

  /* The number was set right: no full screen again, but the line, a sound and a word say so. */
  function showQuietly(answer, asked) {
    if (answer.tone === "red" || !isIn(answer, asked)) {
      show(answer, asked);
      return;
    }
    keep(answer, asked);
    announce(answer);
    Signals.give("green");
  }

  function forgetAct(id) {
    if (last && last.acts.indexOf(id) >= 0) {
      last = null;
      drawStrip();
    }
  }

  function start() {
    box.addEventListener("click", function (event) {
      var target = event.target;
      if (target.closest("button") && target.id !== "answer-close") {
        hold();
        return;
      }
      hide();
    });
    box.addEventListener("touchstart", hold, { passive: true });
  }

  return {
    start: start, show: show, showQuietly: showQuietly, hide: hide, forgetAct: forgetAct,
    isOpen: function () { return !box.hidden; },
    onAct: null, onUndone: null /* set by scanner.js */
  };
})();
