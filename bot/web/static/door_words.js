/* The lines of answers that this phone gives by itself, from the page's words (bot/texts/door_offline.py). */
var DoorWords = (function () {
  "use strict";

  var words = {};
  var AMBER_OR_RED = { unknown: "red", cancelled: "red", unsaved: "red", not_allowed: "red", unlisted: "amber" };

  function say(key, values) {
    return (words["off." + key] || "").replace(/\{(\w+)\}/g, function (whole, name) {
      return values && values[name] !== undefined ? values[name] : "";
    });
  }

  function numeral(number) {
    return say("numerals").charAt(number) || String(number);
  }

  /* A party as it is said aloud. */
  function who(line) {
    var name = line && line.name || say("reader");
    var named = line && line.last4 ? say("tail", { name: name, last4: line.last4 }) : name;
    if (!line) {
      return named;
    }
    var people = line.adults + line.children;
    if (people === 1) {
      return say(line.adults ? "alone" : "child", { who: named });
    }
    return say("party", {
      who: named, n: people,
      adults: line.adults ? say("adults", { n: numeral(line.adults) }) : "",
      children: line.children ? say("children", { n: numeral(line.children) }) : ""
    });
  }

  function clock(at) {
    var time = new Date(at);
    return ("0" + time.getHours()).slice(-2) + ":" + ("0" + time.getMinutes()).slice(-2);
  }

  function already(verdict, facts) {
    var key = "already" + (verdict.before.at ? "" : "_listed") + (verdict.more && facts.line ? "_part" : "");
    var time = verdict.before.at ? clock(verdict.before.at) : "";
    return ["amber", "already", say(key, { who: who(facts.line), time: time, n: verdict.people })];
  }

  function letIn(verdict, facts) {
    var named = facts.line || verdict.result !== "unlisted";
    return ["amber", "let_in", say(named ? "let_in" : "let_in_unknown", { who: who(facts.line), n: verdict.people })];
  }

  function welcome(verdict, facts) {
    var rest = facts.line.adults + facts.line.children - verdict.people;
    return ["green", "ok", say(rest > 0 ? "ok_part" : "ok", { who: who(facts.line), n: verdict.people, rest: rest })];
  }

  function refusal(verdict, facts, mayAdmit) {
    var result = verdict.result;
    var line = say(result, result === "wrong_occurrence" ? facts.other : { who: who(facts.line) });
    var wayOn = result === "unlisted" || result === "too_early" ? "" : say(mayAdmit ? "may_admit" : "ask");
    return [AMBER_OR_RED[result] || "amber", result, line + wayOn];
  }

  /* [tone, word, detail] of a verdict. */
  function scan(verdict, facts, mayAdmit) {
    var told;
    if (verdict.result === "already") {
      told = already(verdict, facts);
    } else if (verdict.unchecked) {
      told = ["amber", "unchecked", say(facts.has_list ? "unchecked" : "unchecked_no_list")];
    } else if (verdict.forced) {
      told = letIn(verdict, facts);
    } else {
      told = verdict.in ? welcome(verdict, facts) : refusal(verdict, facts, mayAdmit);
    }
    return { tone: told[0], word: say("word." + told[1]), detail: told[2] };
  }

  /* The answer to anything but a scan. */
  function plain(tone, key, values) {
    return { tone: tone, word: say("word." + key), detail: say(key, values) };
  }

  return { use: function (given) { words = given || {}; }, say: say, scan: scan, plain: plain };
})();
