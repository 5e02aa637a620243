/* The sheets over the camera: choose the place, type or search, count people, note a quantity, take something back. */
var Sheets = (function () {
  "use strict";

  var AUDIENCES = ["adult", "child", "senior"];
  var STEPS = [1, 5, 10];
  var UNDO_MS = 600000;
  var QUICK_WORDS = 8;
  var SHORT_CODE = /^[2-9A-HJ-KM-NP-Z]{6}$/;

  var open = null;
  var opener = null;
  var walkFor = null; /* the number of the place whose buttons are drawn */
  var actions = {}; /* given by scanner.js: scan, walkIn, tally, undo, choose */

  /* --- opening and closing ---------------------------------------------------------------------------------------- */

  function show(name, from) {
    close();
    open = Page.byId("sheet-" + name);
    opener = from || null;
    Page.show(open, true);
    var draw = { places: drawPlaces, walk: drawWalk, tally: drawQuick, recent: drawRecent }[name];
    if (draw) {
      draw();
    }
    Page.guard("sheet", true);
    var field = open.querySelector("input");
    (field || open).focus();
    if (name !== "walk") {
      Camera.rest(true); /* what nobody sees is not scanned */
    }
  }

  function close() {
    if (!open) {
      return;
    }
    Page.show(open, false);
    open = null;
    Page.guard("sheet", false);
    Camera.rest(false);
    if (opener && opener.offsetParent) {
      opener.focus();
    }
  }

  /* --- where -------------------------------------------------------------------------------------------------------- */

  function nameOf(place) {
    return Page.say(place.label ? "place.labelled" : "place.name", place);
  }

  function placeButton(place) {
    var item = Page.make("li");
    var choice = Page.button("choice", "", function () {
      close();
      actions.choose(place.number);
    });
    choice.setAttribute("aria-pressed", String(place.number === actions.chosen()));
    choice.appendChild(Page.make("b", "", nameOf(place)));
    choice.appendChild(Page.make("span", "tag" + (place.phase === "open" ? "" : " idle"), Page.say("phase." + place.phase)));
    choice.appendChild(Page.make("span", "", [place.when, place.venue].filter(Boolean).join(" · ")));
    item.appendChild(choice);
    return item;
  }

  function drawPlaces() {
    var list = Page.empty(Page.byId("places"));
    var places = Door.occurrences();
    var groups = [["place.today", true], ["place.other", false]];
    if (!places.length) {
      list.appendChild(Page.make("li", "day", Page.say(actions.isOnline() ? "place.empty" : "place.waiting")));
    }
    groups.forEach(function (group) {
      var those = places.filter(function (place) { return Boolean(place.today) === group[1]; });
      if (those.length) {
        list.appendChild(Page.make("li", "day", Page.say(group[0])));
      }
      those.forEach(function (place) { list.appendChild(placeButton(place)); });
    });
  }

  /* --- typed codes, and a search by digits or name: one field, told apart by what stands in it --------------------- */

  function note(id, key) {
    Page.write(Page.byId(id), key ? Page.say(key) : "");
  }

  function enter(event) {
    event.preventDefault();
    var field = Page.byId("entry-words");
    var words = Ways.tidy(field.value);
    var code = words.replace(/[\s-]/g, "").toUpperCase();
    Page.empty(Page.byId("found"));
    if (!words) {
      note("entry-note", "search.ask");
    } else if (SHORT_CODE.test(code) || words.length > 20) {
      note("entry-note", null);
      field.value = "";
      close();
      actions.scan({ code: words, way: "typed" });
    } else {
      search(words);
    }
  }

  function search(words) {
    if (!actions.isOnline()) {
      note("entry-note", "search.offline");
      return;
    }
    note("entry-note", "search.busy");
    fetch("/staff/api/door/" + actions.chosen() + "/search?q=" + encodeURIComponent(words), { credentials: "same-origin" })
      .then(function (response) { return response.json(); })
      .then(function (answer) {
        if (!answer.found) {
          Page.write(Page.byId("entry-note"), [answer.error, answer.advice].filter(Boolean).join("\u3002"));
          return;
        }
        note("entry-note", answer.more ? "search.more" : answer.found.length ? null : "search.none");
        answer.found.forEach(function (person) { Page.byId("found").appendChild(personButton(person)); });
        var first = Page.byId("found").querySelector("button");
        if (first) {
          first.focus();
        }
      }, function () {
        note("entry-note", navigator.onLine ? "search.failed" : "search.offline");
      });
  }

  function personButton(person) {
    var item = Page.make("li");
    var choice = Page.button("choice", "", function () {
      Page.byId("entry-words").value = "";
      Page.empty(Page.byId("found"));
      close();
      actions.scan({ ref: person.ref, way: "search" });
    });
    choice.appendChild(Page.make("b", "", person.name + " " + person.last4));
    choice.appendChild(Page.make("span", "tag" + (person.state === "confirmed" && !person.came ? "" : " idle"),
      person.came ? Page.say("search.came", { n: person.came }) : Page.say("state." + person.state)));
    choice.appendChild(Page.make("span", "", Page.partyWords(person.adults, person.children)));
    item.appendChild(choice);
    return item;
  }

  /* --- people without registration: every tap is one act, and none is lost ---------------------------------------- */

  /* A number is used again once its occurrence is over. */
  function totalsKey(number) {
    var place = Door.occurrences().filter(function (each) { return each.number === number; })[0];
    return "walk." + number + "." + ((place && place.starts_at) || "");
  }

  function totalsOf(number) {
    return Object.assign({ adult: 0, child: 0, senior: 0 }, Page.recall(totalsKey(number)));
  }

  function count(number, audience, people) {
    var totals = totalsOf(number);
    totals[audience] = Math.max(0, totals[audience] + people);
    Page.remember(totalsKey(number), totals);
    drawTotals();
  }

  function drawTotals() {
    var place = actions.place();
    Page.write(Page.byId("walk-totals"), place && place.walk_ins ? Page.say("walk.totals", totalsOf(place.number)) : "");
  }

  function walkable() {
    var place = actions.place();
    return place && place.walk_ins ? place.number : null;
  }

  /* The sheet may be open before the place is known; buttons under a finger stay as they are. */
  function refreshWalk() {
    if (open && open.id === "sheet-walk" && walkFor !== walkable()) {
      drawWalk();
    }
  }

  function drawWalk() {
    var grid = Page.empty(Page.byId("walk"));
    var place = actions.place();
    walkFor = walkable();
    if (!place || !place.walk_ins) {
      grid.className = "";
      grid.appendChild(Page.make("p", "sheet-note", Page.say(place ? "walk.closed" : "place.none")));
      drawTotals();
      return;
    }
    grid.className = "walk";
    AUDIENCES.forEach(function (audience) {
      var who = Page.say("audience." + audience);
      grid.appendChild(Page.make("span", "walk-who", who));
      STEPS.forEach(function (people) {
        var add = Page.button("walk-add", "+" + people, function () {
          count(place.number, audience, people);
          actions.walkIn(people, audience);
        });
        add.setAttribute("aria-label", Page.say("walk.done", { audience: who, n: people }));
        grid.appendChild(add);
      });
    });
    drawTotals();
  }

  /* --- quantities --------------------------------------------------------------------------------------------------- */

  function drawQuick() {
    var row = Page.empty(Page.byId("quick"));
    (Page.recall("tally." + actions.chosen()) || []).forEach(function (words) {
      row.appendChild(Page.button("quick-word", words, function () { fill(words); }));
    });
  }

  /* The number stands selected: the next one is typed over it. */
  function fill(words) {
    var field = Page.byId("tally-words");
    var number = /\d[\d.]*/.exec(words);
    field.value = words;
    field.focus();
    if (number) {
      field.setSelectionRange(number.index, number.index + number[0].length);
    }
  }

  function noteTally(event) {
    event.preventDefault();
    var field = Page.byId("tally-words");
    var words = Ways.tidy(field.value);
    if (!words) {
      note("tally-note", "tally.empty");
      return;
    }
    note("tally-note", "tally.busy");
    actions.tally(words).then(function (answer) {
      note("tally-note", null);
      if (answer.tone === "red") {
        return;
      }
      var subject = words.split(/[\s\d]/)[0];
      var known = (Page.recall("tally." + actions.chosen()) || []).filter(function (each) {
        return each.split(/[\s\d]/)[0] !== subject;
      });
      Page.remember("tally." + actions.chosen(), [words].concat(known).slice(0, QUICK_WORDS));
      field.value = "";
      drawQuick();
    });
  }

  /* --- what this phone did ------------------------------------------------------------------------------------------ */

  function whatWas(act) {
    if (act.kind === "walk_in") {
      return Page.say("walk.done", { audience: Page.say("audience." + (act.audience || "")), n: act.people });
    }
    if (act.kind === "tally") {
      return act.words;
    }
    var who = [act.name, act.last4].filter(Boolean).join(" ");
    return [act.word, who].filter(Boolean).join(" ");
  }

  function mayUndo(act) {
    var counts = act.kind === "walk_in" || act.kind === "tally" || act.people > 0;
    return counts && !act.undone && act.tone !== "red" && act.result !== "already" && Date.now() - act.at < UNDO_MS;
  }

  function recentItem(act) {
    var item = Page.make("li", "entry tone-" + (act.tone || "amber"));
    var line = Page.make("p", "entry-words");
    line.appendChild(Page.make("b", "", Page.clock(act.at)));
    line.appendChild(document.createTextNode(whatWas(act) + " "));
    var people = act.kind === "scan" && act.people ? Page.say("people", { n: act.people }) + " " : "";
    line.appendChild(document.createTextNode(people));
    line.appendChild(Page.make("span", "is-" + act.state, Page.say("recent." + (act.undone ? "undone" : act.state))));
    if (act.state === "attention" && act.detail) {
      line.appendChild(Page.make("span", "", " " + act.detail));
    }
    item.appendChild(line);
    if (mayUndo(act)) {
      var undo = Page.button("entry-undo", Page.say("recent.undo"), function () {
        undo.disabled = true;
        actions.undo(act).then(drawRecent);
      });
      undo.setAttribute("aria-label", Page.say("recent.undo_which", { what: whatWas(act) }));
      item.appendChild(undo);
    }
    return item;
  }

  function drawRecent() {
    return Promise.resolve(Door.recent()).then(function (acts) {
      var list = Page.empty(Page.byId("recent"));
      var those = acts.filter(function (act) { return act.kind !== "undo"; }).slice(0, 20);
      if (!those.length) {
        list.appendChild(Page.make("li", "sheet-note", Page.say("recent.none")));
      }
      those.forEach(function (act) { list.appendChild(recentItem(act)); });
    });
  }

  /* --- wiring ------------------------------------------------------------------------------------------------------- */

  function start(given) {
    actions = given;
    document.addEventListener("click", function (event) {
      var named = event.target.closest("[data-sheet]");
      if (named) {
        show(named.getAttribute("data-sheet"), named);
      } else if (event.target.closest("[data-close]")) {
        close();
      }
    });
    Page.byId("entry").addEventListener("submit", enter);
    Page.byId("tally").addEventListener("submit", noteTally);
  }

  return {
    start: start, show: show, close: close, count: count, drawRecent: drawRecent, drawPlaces: drawPlaces,
    refreshWalk: refreshWalk, nameOf: nameOf,
    isOpen: function (name) { return Boolean(open) && (!name || open.id === "sheet-" + name); }
  };
})();
