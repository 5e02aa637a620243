/* What every part of the scanner's page needs: its words, its elements, and what this phone remembers.
   The scripts keep to ES2017 without spread: Chrome 63, X5 and iOS 12 run them as they stand. */
var Page = (function () {
  "use strict";

  var announcing = null;
  var guarded = { sheet: false, answer: false };
  var words = JSON.parse(document.getElementById("words").textContent);

  function byId(id) {
    return document.getElementById(id);
  }

  /* A sentence of the block in the template, with {names} filled in. */
  function say(key, values) {
    return (words[key] || "").replace(/\{(\w+)\}/g, function (whole, name) {
      return values && values[name] !== undefined ? values[name] : whole;
    });
  }

  function show(element, visible) {
    element.hidden = !visible;
  }

  function write(element, text) {
    if (element.textContent !== String(text)) {
      element.textContent = text;
    }
  }

  function make(tag, className, text) {
    var element = document.createElement(tag);
    if (className) {
      element.className = className;
    }
    if (text !== undefined) {
      element.textContent = text;
    }
    return element;
  }

  function button(className, text, onClick) {
    var element = make("button", className, text);
    element.type = "button";
    element.addEventListener("click", onClick);
    return element;
  }

  function empty(element) {
    element.textContent = "";
    return element;
  }

  function partyWords(adults, children) {
    if (adults && children) {
      return say("party.both", { a: adults, c: children });
    }
    return children ? say("party.children", { c: children }) : adults ? say("party.adults", { a: adults }) : "";
  }

  /* Choices of this phone, none of them about a person. Private windows may forbid it: then nothing is remembered. */
  function recall(key) {
    try {
      return JSON.parse(localStorage.getItem("shuqian." + key));
    } catch (error) {
      return null;
    }
  }

  function remember(key, value) {
    try {
      localStorage.setItem("shuqian." + key, JSON.stringify(value));
    } catch (error) {
      return;
    }
  }

  

  /* Said by a screen reader, also when it is the same sentence again. */
  function announce(text) {
    clearTimeout(announcing);
    write(byId("live"), "");
    announcing = setTimeout(function () { write(byId("live"), text); }, 30);
  }

  function setInert(selector, isInert) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), function (part) {
      part.inert = Boolean(isInert);
    });
  }

  /* What lies behind an open sheet or a waiting answer cannot be reached by tab key or screen reader, where browsers can
     do that. `layer`: "sheet" or "answer". */
  function guard(layer, isOpen) {
    guarded[layer] = isOpen;
    setInert(".work, .tabs", guarded.sheet || guarded.answer);
    setInert(".top, .over, .sheet", guarded.answer);
  }

  function clock(at) {
    var time = new Date(at);
    return ("0" + time.getHours()).slice(-2) + ":" + ("0" + time.getMinutes()).slice(-2);
  }

  return {
    words: words, byId: byId, say: say, show: show, write: write, make: make, button: button, empty: empty,
    partyWords: partyWords, announce: announce, guard: guard, recall: recall, remember: remember, clock: clock
  };
})();
