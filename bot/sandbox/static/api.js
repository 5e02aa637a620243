// The sandbox's JSON API. Errors come back as ApiError with a sentence for people.

const SENTENCES = {
  not_following: "这位读者没有关注，先关注再发消息。",
  already_following: "已经关注了。",
  nothing_to_redeliver: "还没有发过消息。",
  unknown_person: "没有这部手机。",
  unknown_code: "这不是本公众号的二维码，或者已经过期。",
  not_a_picture: "这个文件不是能识别的图片。",
  bad_text: "消息是空的或太长。",
  bad_plan: "次数为 1–20，延迟不超过 60 秒。",
};

export class ApiError extends Error {}

async function call(method, path, body, type = "application/json") {
  const request = { method, headers: {} };
  if (body !== undefined) {
    request.headers["Content-Type"] = type;
    request.body = type === "application/json" ? JSON.stringify(body) : body;
  }
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new ApiError("沙盒没有回应，它还在运行吗？");
  }
  const told = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new ApiError(SENTENCES[told.error] || told.detail || "请求没有成功。");
  }
  return told;
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}) => call("POST", path, body);
export const remove = (path) => call("DELETE", path);
export const postBytes = (path, bytes) => call("POST", path, bytes, "application/octet-stream");
export const person = (openid, action) => `/sandbox/people/${encodeURIComponent(openid)}/${action}`;

export async function decodePicture(file) {
  const told = await postBytes("/sandbox/decode", await file.arrayBuffer());
  return told.results;
}

export function asBase64(buffer) {
  let text = "";
  for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
  return btoa(text);
}
