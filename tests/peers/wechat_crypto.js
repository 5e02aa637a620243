/* wechat-crypto as the other side of our encryption: reads one request a line from stdin, writes one answer a line. */
"use strict";

const readline = require("node:readline");
const WXBizMsgCrypt = require("wechat-crypto");

/* {token, key, appid, seal: text, timestamp, nonce} gives {encrypt, signature}: what the platform sends in safe mode. */
function seal(side, request) {
  const encrypt = side.encrypt(request.seal);
  return { encrypt, signature: side.getSignature(request.timestamp, request.nonce, encrypt) };
}

/* {…, open: ciphertext, timestamp, nonce, signature} gives {signed, message, id}, as its users are shown to check it. */
function open(side, request) {
  const signed = side.getSignature(request.timestamp, request.nonce, request.open) === request.signature;
  return signed ? { signed, ...side.decrypt(request.open) } : { signed };
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  const side = new WXBizMsgCrypt(request.token, request.key, request.appid);
  const answer = "seal" in request ? seal(side, request) : open(side, request);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
