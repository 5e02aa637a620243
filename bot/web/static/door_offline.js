/* Who stands at the door when no server can be asked: found by keyed digests, opened with the scanned ticket itself.
   The list tells whoever finds the phone nothing: a line's key is the SHA-256 of a ticket that only its holder has. */
var DoorOffline = (function () {
  "use strict";

  var TOKEN = /(?:^|\/T\/)([A-Z2-7]{31})(?:\.(?:PNG|ICS))?(?:[?#].*)?$/; /* bot/domain/ticket.py */
  var CODE = /^[2-9A-HJKMNP-Z]{6}$/;
  var DIGEST_BYTES = 16;
  var NONCE_BYTES = 12;

  var subtle = window.crypto && window.crypto.subtle && window.isSecureContext !== false ? window.crypto.subtle : null;

  /* --- bytes -------------------------------------------------------------------------------------------------------- */

  /* UTF-8, also where TextEncoder is missing. */
  function bytesOf(text) {
    var plain = unescape(encodeURIComponent(text));
    var bytes = new Uint8Array(plain.length);
    for (var i = 0; i < plain.length; i += 1) {
      bytes[i] = plain.charCodeAt(i);
    }
    return bytes;
  }

  function binary(bytes) {
    return String.fromCharCode.apply(null, bytes);
  }

  function encode(bytes) {
    return btoa(binary(bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  }

  function decode(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    var bytes = new Uint8Array(plain.length);
    for (var i = 0; i < plain.length; i += 1) {
      bytes[i] = plain.charCodeAt(i);
    }
    return bytes;
  }

  function newId() {
    var bytes = window.crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    var hex = Array.prototype.map.call(bytes, function (byte) { return (256 + byte).toString(16).slice(1); }).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  /* --- codes -------------------------------------------------------------------------------------------------------- */

  /* What was scanned or typed: {kind: "ticket" | "code" | "other", text}. */
  function read(raw) {
    var text = String(raw).trim();
    var token = TOKEN.exec(text.toUpperCase());
    if (token) {
      return { kind: "ticket", text: token[1] };
    }
    var code = text.replace(/[\s-]/g, "").toUpperCase();
    return CODE.test(code) ? { kind: "code", text: code } : { kind: "other", text: text };
  }

  function hmac(key, text) {
    return subtle.sign({ name: "HMAC" }, key, bytesOf(text)).then(function (mac) {
      return encode(new Uint8Array(mac, 0, DIGEST_BYTES));
    });
  }

  function newDeviceKey() {
    return subtle ? subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]) : Promise.resolve(null);
  }

  /* Under which name this phone remembers a party: a digest under its own key. Without cryptography: the code itself,
     which is forgotten together with the queue. */
  function partyOf(deviceKey, number, code) {
    var text = number + ":" + code.kind + ":" + code.text;
    return subtle && deviceKey ? hmac(deviceKey, text) : Promise.resolve("plain:" + text);
  }

  /* --- lists -------------------------------------------------------------------------------------------------------- */

  /* The server's list as it is kept: the raw key is not in it. */
  function readList(sent, takenAt) {
    if (!subtle) {
      return Promise.resolve(null);
    }
    return subtle.importKey("raw", decode(sent.key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]).then(function (key) {
      var list = { number: sent.number, made_at: sent.made_at, taken_at: takenAt, key: key, tickets: {}, codes: {} };
      sent.tickets.forEach(function (pair) { list.tickets[pair[0]] = pair[1]; });
      sent.codes.forEach(function (line) { list.codes[line[0]] = line.slice(1); });
      return list;
    });
  }

  function openLine(sealed, token) {
    var bytes = decode(sealed);
    return subtle.digest("SHA-256", bytesOf("line:" + token)).then(function (raw) {
      return subtle.importKey("raw", raw, { name: "AES-GCM" }, false, ["decrypt"]);
    }).then(function (key) {
      var nonce = bytes.subarray(0, NONCE_BYTES);
      return subtle.decrypt({ name: "AES-GCM", iv: nonce }, key, bytes.subarray(NONCE_BYTES));
    }).then(function (plain) {
      return JSON.parse(decodeURIComponent(escape(binary(new Uint8Array(plain)))));
    });
  }

  /* The party of a code on a list: {name, last4, adults, children, state, came}; null when it is not there. */
  function look(list, code) {
    if (!subtle || !list || code.kind === "other") {
      return Promise.resolve(null);
    }
    return hmac(list.key, code.kind + ":" + code.text).then(function (digest) {
      if (code.kind === "code") {
        var line = list.codes[digest];
        return line ? { name: "", last4: "", adults: line[0], children: line[1], state: line[2], came: line[3] } : null;
      }
      var sealed = list.tickets[digest];
      return sealed ? openLine(sealed, code.text).then(function (line) {
        return { name: line.n, last4: line.t, adults: line.a, children: line.c, state: line.s, came: line.k };
      }) : null;
    });
  }

  /* --- the verdict -------------------------------------------------------------------------------------------------- */

  /* What holds without a server. `asked`: people, admitted; `seen`: {people, at} by this phone or null; `line`: of the
     list or null; `other`: the place that the ticket is for; `time`: "too_early", "closed" or null; `has_list`.
     Gives {result, people, in, unchecked, before}: `in`: they are let in and will be uploaded as such. */
  function decide(facts) {
    var line = facts.line;
    var party = line ? line.adults + line.children : 0;
    var before = seenBefore(facts);
    var people = line ? Math.min(facts.people || party, party) : facts.people || 1;
    if (before && !(facts.people && people > before.people)) {
      return { result: "already", people: before.people, in: false, before: before, more: party > before.people };
    }
    var against = standsAgainst(facts);
    if (against && facts.admitted) {
      return { result: against, people: people, in: true, forced: true };
    }
    if (against && against !== "unchecked") {
      return { result: against, people: 0, in: false };
    }
    return { result: against ? "unknown" : "ok", people: people, in: true, unchecked: against === "unchecked",
      more: people < party };
  }

  /* The larger of what this phone saw and what the list says. */
  function seenBefore(facts) {
    var listed = facts.line ? facts.line.came : 0;
    if (facts.seen && facts.seen.people >= listed) {
      return facts.seen;
    }
    return listed ? { people: listed, at: null } : null;
  }

  function standsAgainst(facts) {
    if (facts.line) {
      return facts.line.state === "confirmed" ? facts.time : facts.line.state;
    }
    if (facts.other) {
      return "wrong_occurrence";
    }
    if (facts.kind === "other") {
      return "unknown";
    }
    /* Nobody mistypes a ticket; six typed characters that are not on the list mostly are a slip. */
    return facts.kind === "code" && facts.has_list ? "unlisted" : "unchecked";
  }

  return {
    isAble: Boolean(subtle), newId: newId, read: read, newDeviceKey: newDeviceKey, partyOf: partyOf, readList: readList,
    look: look, decide: decide
  };
})();
