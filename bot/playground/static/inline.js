// Text inside a line: Slack's mrkdwn, Markdown, and what both share (mentions, links, emoji). Nodes only, no HTML.

import { el } from "/dom.js";

const EMOJI = {
  white_check_mark: "✅", x: "❌", no_entry: "⛔", no_entry_sign: "🚫", warning: "⚠️", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", lock: "🔒", unlock: "🔓", key: "🔑", closed_lock_with_key: "🔐", wave: "👋",
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", tada: "🎉", eyes: "👀", bulb: "💡", memo: "📝",
  ticket: "🎫", mag: "🔍", computer: "💻", robot_face: "🤖", information_source: "ℹ️", rotating_light: "🚨",
  raised_hand: "✋", alarm_clock: "⏰", page_facing_up: "📄", link: "🔗", shield: "🛡️", wastebasket: "🗑️", gear: "⚙️", sos: "🆘",
  leftwards_arrow_with_hook: "↩️", snowflake: "❄️", repeat: "🔁", bell: "🔔", scroll: "📜", scissors: "✂️",
  arrow_forward: "▶️", large_green_circle: "🟢", raising_hand: "🙋", floppy_disk: "💾", test_tube: "🧪", speech_balloon: "💬",
};

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const plain = (text) =>
  unescape(text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole));

function link(url, label) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return label;
  return el("a", { href: unescape(url), target: "_blank", rel: "noopener noreferrer" }, label);
}

function mention(id, names) {
  const own = id === names.me || (names.groupsOfMe ?? []).includes(id);
  return el("span", { class: own ? "mention own" : "mention" }, `@${names.of(id)}`);
}

/** `<@U…>`, `<#C…>`, `<!…>`, `<https://…|label>`. */
function angle(inside, names) {
  const [target, label] = inside.split("|");
  if (target.startsWith("@")) return mention(target.slice(1), names);
  if (target.startsWith("#")) return el("span", { class: "mention" }, `#${label ?? names.channel(target.slice(1))}`);
  if (target.startsWith("!subteam^")) return mention(target.slice(9), names);
  if (target.startsWith("!date^")) return el("time", {}, date(target, label));
  if (target.startsWith("!")) return el("span", { class: "mention own" }, `@${target.slice(1)}`);
  return link(target, plain(label ?? target));
}

function date(target, label) {
  const [, seconds, format] = target.split("^");
  const when = new Date(Number(seconds) * 1000);
  if (Number.isNaN(when.getTime())) return label ?? "";
  const time = when.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const long = when.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  const short = when.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return format
    .replace(/\{time(_secs)?\}/g, time)
    .replace(/\{date_short(_pretty)?\}/g, short)
    .replace(/\{date(_long|_num)?(_pretty)?\}/g, long)
    .replace(/\{ago\}/g, time);
}

const rules = (bold, italic, strike) => [
  [/`([^`\n]+)`/, (m) => el("code", {}, unescape(m[1]))],
  ...bold.map((rule) => [rule, (m, again) => el("strong", {}, ...again(m[2]))]),
  ...italic.map((rule) => [rule, (m, again) => el("em", {}, ...again(m[2]))]),
  [strike, (m, again) => el("s", {}, ...again(m[2]))],
  [/<((?:@|#|!|https?:|mailto:)[^>\n]+)>/, (m, _again, names) => angle(m[1], names)],
];
const MRKDWN = rules([/(^|[\s("'_~])\*(\S(?:[^*\n]*\S)?)\*(?=$|[^\w*])/], [/(^|[\s("'*~])_(\S(?:[^_\n]*\S)?)_(?=$|[^\w_])/],
  /(^|[\s("'*_])~(\S(?:[^~\n]*\S)?)~(?=$|[^\w~])/);
const MARKDOWN = [
  [/\\([\\`*_{}[\]()#+\-.!|~<>])/, (m) => m[1]],
  ...rules([/()\*\*(\S(?:[\s\S]*?\S)?)\*\*/, /(^|\W)__(\S(?:[\s\S]*?\S)?)__(?=\W|$)/],
    [/()\*([^\s*](?:[^*]*[^\s*])?)\*/, /(^|\W)_([^\s_](?:[^_]*[^\s_])?)_(?=\W|$)/], /()~~(\S(?:[\s\S]*?\S)?)~~/),
  [/!\[([^\]]*)\]\(([^)\s]+)\)/, (m) => link(m[2], m[1] || m[2])],
  [/\[([^\]]+)\]\(([^)\s]+)(?: "[^"]*")?\)/, (m, again) => { const label = el("span", {}, ...again(m[1])); return link(m[2], label); }],
  [/https?:\/\/[^\s<>)\]]*[^\s<>)\].,;:!?'"]/, (m) => link(m[0], m[0])],
];

/** The leftmost rule that matches wins; what it captured as a prefix (group 1 of a pair) stays text. */
function apply(text, table, names) {
  const nodes = [];
  let rest = text;
  while (rest) {
    let best = null;
    for (const [pattern, make] of table) {
      const match = pattern.exec(rest);
      if (match && (!best || match.index < best.match.index)) best = { match, make };
    }
    if (!best) break;
    const { match, make } = best;
    const prefix = match.length > 2 && match[0].startsWith(match[1]) && /^\W?$/.test(match[1]) ? match[1] : "";
    nodes.push(plain(rest.slice(0, match.index) + prefix));
    nodes.push(make(match, (inner) => apply(inner, table, names), names));
    rest = rest.slice(match.index + match[0].length);
  }
  return [...nodes, plain(rest)].filter((node) => node !== "");
}

export const inlineMarkdown = (text, names) => apply(text, MARKDOWN, names);
export const inlineMrkdwn = (text, names) => apply(text, MRKDWN, names);
export const plainText = plain;
