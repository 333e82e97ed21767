// The message list of a channel or a thread: grouping, threads, edits, ephemerals, the agent's status.

import { blocks, filled } from "/blocks.js";
import { avatar, clock, day, el, icon, iconButton, sync } from "/dom.js";
import { fileNodes } from "/files.js";
import { mrkdwn } from "/richtext.js";

//: seconds within which messages of one author stand under one name
const GROUPED = 300;

const isRoot = (message) => !message.thread_ts || message.thread_ts === message.ts;

export const threadOf = (channel, root) => channel.messages.filter((message) => (message.thread_ts ?? message.ts) === root);

/** What the channel itself shows: messages that are no replies. */
export const rootsOf = (channel) => channel.messages.filter(isRoot);

/** Fill a log with messages, day lines between them in channels. */
export function showMessages(log, messages, view) {
  const items = [];
  let before = null;
  let today = null;
  for (const message of messages) {
    if (view.days && day(message.ts) !== today) {
      today = day(message.ts);
      items.push({ key: `day-${message.ts}`, mark: today, day: today });
      before = null;
    }
    const replies = view.inThread ? [] : threadOf(view.channel, message.ts).filter((reply) => reply.ts !== message.ts && !reply.ephemeral);
    const follows = before && before.user === message.user && before.ephemeral === message.ephemeral
      && message.ts - before.ts < GROUPED;
    const status = view.inThread ? null : view.status(message.ts);
    const editing = view.editing === message.ts;
    const mark = JSON.stringify([message, follows, replies.length, replies.at(-1)?.ts, status, editing, view.open === message.ts, view.me]);
    items.push({ key: message.ts, mark, message, replies, follows, status, editing });
    before = replies.length ? null : message;
  }
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  sync(log, items, (item) => (item.day ? dayLine(item.day) : messageNode(item, view)));
  if (atEnd || log.dataset.fresh) log.scrollTop = log.scrollHeight;
  delete log.dataset.fresh;
}

const dayLine = (text) => el("div", { class: "day", role: "separator" }, el("span", {}, text));

function messageNode(item, view) {
  const { message, follows } = item;
  const author = view.person(message.user);
  const gutter = follows ? el("time", { class: "gutter-time" }, clock(message.ts)) : avatar(author);
  const head = follows ? null : el("div", { class: "head" },
    el("span", { class: "author" }, author.name),
    author.bot && el("span", { class: "app-badge", "aria-label": "App" }, "APP"),
    el("time", { class: "time", title: new Date(message.ts * 1000).toLocaleString("en-GB") }, clock(message.ts)));
  const only = message.ephemeral && el("div", { class: "only-you" }, icon("eye"), "Only visible to you");
  const classes = `message${follows ? " follows" : ""}${message.ephemeral ? " ephemeral" : ""}${view.open === message.ts ? " open" : ""}`;
  return el("article", { class: classes, "aria-label": `Message from ${author.name}`, "data-ts": message.ts, tabindex: "-1" },
    only,
    el("div", { class: "gutter" }, gutter),
    el("div", { class: "content" }, head, item.editing ? editor(message, view) : body(message, view), replyBar(item, view)),
    item.editing || message.ephemeral ? null : toolbar(message, view));
}

// What people chose in messages, as long as the page is open: it is sent along with what they press there.
const chosen = new Map();

function body(message, view) {
  const mark = `${view.me} ${message.ts}`;
  if (!chosen.has(mark)) chosen.set(mark, {});
  const typed = chosen.get(mark);
  const press = (part, value) => view.press(message, part, value, filled(message.blocks, typed));
  const context = { names: view.names, confirm: view.confirm, typed, press };
  const shown = message.blocks?.length
    ? blocks(message.blocks, context)
    : [el("div", { class: "text" }, ...mrkdwn(message.text, view.names))];
  const edited = message.edited && el("span", { class: "edited" }, "(edited)");
  const reactions = (message.reactions ?? []).map((reaction) => el("span", { class: "reaction" }, `:${reaction.name}: ${reaction.count}`));
  const growing = message.streaming_state === "in_progress" && el("span", { class: "growing", role: "status", "aria-label": "Still writing" }, dots());
  return el("div", { class: "body" }, ...shown, ...fileNodes(message.files, view.me), growing, edited, ...reactions);
}

function editor(message, view) {
  const field = el("textarea", { class: "control", rows: 2, "aria-label": "Edit message" });
  field.value = view.names.toTyped(message.text);
  const save = () => view.saveEdit(message, field.value);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); save(); }
    if (event.key === "Escape") { event.stopPropagation(); view.edit(null); }
  });
  queueMicrotask(() => field.focus());
  return el("div", { class: "editor" }, field, el("div", { class: "actions" },
    el("button", { type: "button", class: "button", onclick: () => view.edit(null) }, "Cancel"),
    el("button", { type: "button", class: "button primary", onclick: save }, "Save")));
}

function replyBar({ message, replies, status }, view) {
  const thinking = status && el("span", { class: "thinking" }, status.working && dots(), status.text);
  if (!replies.length) return thinking ? el("div", { class: "reply-bar" }, thinking) : null;
  const authors = [...new Map(replies.map((reply) => [reply.user, view.person(reply.user)])).values()].slice(0, 4);
  const count = `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
  return el("div", { class: "reply-bar" },
    el("button", { type: "button", class: "replies", onclick: () => view.openThread(message.ts) },
      el("span", { class: "faces" }, ...authors.map((person) => avatar(person, "tiny"))),
      el("strong", {}, count), el("span", { class: "muted" }, `Last reply ${clock(replies.at(-1).ts)}`)),
    thinking);
}

export const dots = () => el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));

function toolbar(message, view) {
  const own = message.user === view.me;
  return el("div", { class: "toolbar", role: "toolbar", "aria-label": "Message actions" },
    view.inThread ? null : iconButton("reply", "Reply in thread", () => view.openThread(message.ts)),
    iconButton("ask", "Ask helpdesk", () => view.ask(message)),
    own && iconButton("edit", "Edit message", () => view.edit(message.ts)),
    own && iconButton("trash", "Delete message", () => view.remove(message)));
}
