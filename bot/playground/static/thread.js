// The thread on the right: its messages, what the agent is doing there, and a composer to reply.

import { composer } from "/composer.js";
import { el, icon, iconButton } from "/dom.js";
import { dots, showMessages, threadOf } from "/messages.js";
import { mentionable, messageView, statusText } from "/pane.js";

/** Builds the pane once; `show` brings it up to date, or hides it when no thread is open. */
export function threadPane(aside) {
  let page = null;
  let channel = null;
  let mark = "";
  const drafts = new Map();
  const where = el("span", { class: "topic" });
  const head = el("header", { class: "pane-head" }, el("h1", {}, "Thread"), where,
    iconButton("close", "Close thread", () => page.go({ thread: "" })));
  const log = el("div", { class: "log", role: "log", "aria-label": "Thread messages", "aria-live": "polite", tabindex: "0" });
  const status = el("div", { class: "status", role: "status" });
  const box = composer("Reply…", { send: reply, people: () => mentionable(page), bot: () => page?.state.bot ?? { name: "Helpdesk" } });
  aside.append(head, log, status, box.node);

  async function reply(typed, files) {
    log.dataset.fresh = "yes";
    const text = page.names.toWire(typed);
    return (await page.act("say", { channel: channel.id, text, files, thread_ts: page.place.thread })).ok;
  }

  function showStatus() {
    const said = statusText(page, channel, page.place.thread);
    const key = said ? said.text : "";
    if (status.dataset.key === key) return;
    status.dataset.key = key;
    const stop = el("button", {
      type: "button", class: "button tiny-button",
      onclick: () => page.act("stop", { channel: channel.id, thread_ts: page.place.thread }),
    }, icon("stop"), "Stop");
    status.replaceChildren(...(said ? [said.working ? dots() : "", el("span", {}, said.text), said.working ? stop : ""] : []));
  }

  function show(newPage, newChannel) {
    page = newPage;
    channel = newChannel;
    const root = page.place.thread;
    const messages = root ? threadOf(channel, root) : [];
    aside.hidden = !messages.length;
    document.body.classList.toggle("thread-open", !aside.hidden);
    const newMark = aside.hidden ? "" : `${page.place.me} ${channel.id} ${root}`;
    if (newMark !== mark) {
      if (mark) drafts.set(mark, box.text);
      mark = newMark;
      box.text = drafts.get(mark) ?? "";
      log.replaceChildren();
      log.dataset.fresh = "yes";
      if (mark) queueMicrotask(box.focus);
    }
    if (aside.hidden) return;
    where.textContent = channel.kind === "im" ? channel.name : `#${channel.name}`;
    box.label("Reply…");
    showMessages(log, messages, messageView(page, channel, { days: false, inThread: true }));
    showStatus();
  }

  return { show };
}
