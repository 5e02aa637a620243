/* Reads QR codes beside the page, so that the picture never stands still. See decoder.js.
   In: {id, open, reader, wasm} once, then {id, picture: ImageData, still}. Out: {id, texts} or {id, error}. */
"use strict";

var options = { formats: ["QRCode"], tryHarder: false, tryRotate: false, tryInvert: false, maxNumberOfSymbols: 3 };
var patient = { formats: ["QRCode"], tryHarder: true, tryRotate: true, tryInvert: true, maxNumberOfSymbols: 8 };

function open(message) {
  importScripts(message.reader);
  return ZXingWASM.prepareZXingModule({
    overrides: { locateFile: function () { return message.wasm; } },
    fireImmediately: true
  }).then(function () { return []; });
}

function look(message) {
  return ZXingWASM.readBarcodes(message.picture, message.still ? patient : options).then(function (found) {
    return found.filter(function (code) { return code.isValid; }).map(function (code) { return code.text; });
  });
}

onmessage = function (event) {
  var message = event.data;
  Promise.resolve().then(function () { return message.open ? open(message) : look(message); }).then(function (texts) {
    postMessage({ id: message.id, texts: texts });
  }, function (error) {
    postMessage({ id: message.id, error: String(error && error.message || error) });
  });
};
