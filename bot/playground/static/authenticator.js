// The playground's own authenticator, not a part of Slack: one-time codes (RFC 6238) from a secret that stays in this
// browser, one secret a person.

import { el } from "/dom.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const PERIOD = 30;
const DIGITS = 6;
const keyOf = (user) => `playground.totp.${user}`;

/** The secret in what was pasted: base32, or an otpauth:// address; throws a sentence for people. */
function secretIn(text) {
  const pasted = text.trim();
  const address = /^otpauth:/i.test(pasted) ? new URL(pasted) : null;
  if (address) {
    const odd = [["algorithm", "SHA1"], ["digits", String(DIGITS)], ["period", String(PERIOD)]]
      .find(([name, usual]) => (address.searchParams.get(name) ?? usual).toUpperCase() !== usual);
    if (odd || !/^otpauth:\/\/totp\//i.test(pasted)) throw new Error("Only codes of 6 digits, 30 seconds and SHA-1 are shown here.");
  }
  const secret = (address ? address.searchParams.get("secret") ?? "" : pasted).replace(/[\s-]/g, "").replace(/=+$/, "").toUpperCase();
  if (secret.length < 16 || [...secret].some((letter) => !ALPHABET.includes(letter))) {
    throw new Error("That is no secret: it has at least 16 letters A to Z and digits 2 to 7.");
  }
  return secret;
}

function bytesOf(secret) {
  const bits = [...secret].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Uint8Array.from(bits.match(/.{8}/g), (byte) => parseInt(byte, 2));
}

/** The code at a moment (milliseconds since 1970). */
async function codeAt(secret, moment) {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(Math.floor(moment / 1000 / PERIOD)));
  const key = await crypto.subtle.importKey("raw", bytesOf(secret), { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  const number = mac.getUint32(mac.getUint8(19) & 15) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, "0");
}

/** The person's current code and its remaining seconds, kept up to date while it is in the page; null without a secret. */
function codeLine(user) {
  const secret = localStorage.getItem(keyOf(user));
  if (!secret) return null;
  const digits = el("output", { class: "code", "aria-label": "Current code" });
  const left = el("span", { class: "muted" });
  const node = el("div", { class: "code-line" }, digits, left);
  const tick = async () => {
    const now = Date.now();
    const code = await codeAt(secret, now);
    digits.textContent = `${code.slice(0, 3)} ${code.slice(3)}`;
    left.textContent = `${PERIOD - (Math.floor(now / 1000) % PERIOD)} s left`;
  };
  const clock = setInterval(() => (node.isConnected ? tick() : clearInterval(clock)), 500);
  tick();
  return node;
}

/** What stands below a Slack modal, which covers the rest of the page, where the person has a secret. */
export function codeStrip(user) {
  const line = codeLine(user);
  return line && el("aside", { class: "strip", "aria-label": "Playground authenticator" },
    el("span", {}, "Playground authenticator, not part of Slack"), line);
}

/** The panel's content for a person. */
export function authenticator(person, refresh) {
  const line = codeLine(person.id);
  const field = el("textarea", { id: "totp-secret", class: "control", rows: 2, spellcheck: "false", autocomplete: "off" });
  const problem = el("p", { class: "error", role: "alert", hidden: true });
  const keep = () => {
    try {
      localStorage.setItem(keyOf(person.id), secretIn(field.value));
      refresh();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  };
  const forget = () => { localStorage.removeItem(keyOf(person.id)); refresh(); };
  if (line) {
    return [el("p", {}, `The code of ${person.name} now:`), line,
      el("button", { type: "button", class: "button", onclick: forget }, "Forget this secret")];
  }
  return [
    el("p", {}, `${person.name} has no secret here yet.`),
    el("div", { class: "field-block" },
      el("label", { for: "totp-secret" }, "Secret, or otpauth:// address"), field, problem,
      el("p", { class: "note" }, "Paste what “helpdesk totp enroll” printed. It stays in this browser.")),
    el("button", { type: "button", class: "button primary", onclick: keep }, "Show codes"),
  ];
}
