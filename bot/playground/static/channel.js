// The middle of the page: a channel or the DM with the bot, its App Home, and a composer.

import { blocks, filled } from "/blocks.js";
import { composer } from "/composer.js";
import { avatar, el, icon, sync } from "/dom.js";
import { rootsOf, showMessages } from "/messages.js";
import { mentionable, messageView } from "/pane.js";

const TRY = "Try:";

/** Builds the pane once; `show` brings it up to date. */
export function channelPane(main) {
  let page = null;
  let channel = null;
  let mark = "";
  const head = el("header", { class: "pane-head" });
  const tab = (name, title) => el("button", { type: "button", role: "tab", "data-tab": name, onclick: () => chooseTab(name) }, title);
  const tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "Helpdesk" }, tab("messages", "Messages"), tab("home", "Home"));
  const log = el("div", { class: "log", role: "log", "aria-label": "Messages", "aria-live": "polite", tabindex: "0" });
  const home = el("div", { class: "home", role: "tabpanel", "aria-label": "Home", hidden: true });
  const intro = el("div", { class: "intro" });
  const start = el("div", { class: "start" });
  const drafts = new Map();
  const box = composer("Message", { send: say, people: () => mentionable(page), bot: () => page?.state.bot ?? { name: "Helpdesk" } });
  main.append(head, tabs, log, home, start, box.node);

  const isIm = () => channel.kind === "im";

  async function say(typed, files = []) {
    const text = page.names.toWire(typed);
    const command = /^\/helpdesk\b\s*(.*)$/s.exec(typed);
    if (command) return (await page.act("command", { channel: channel.id, command: "/helpdesk", text: command[1] })).ok;
    const answer = await page.act("say", { channel: channel.id, text, files });
    const forBot = isIm() || text.includes(`<@${page.state.bot.id}>`);
    log.dataset.fresh = "yes";
    // The answer will come in the thread, so that is where to look.
    if (answer.ok && forBot) page.go({ thread: answer.ts });
    return answer.ok;
  }

  function showHead() {
    const symbol = isIm() ? avatar({ bot: true }, "small") : icon(channel.kind === "private" ? "lock" : "hash");
    head.replaceChildren(
      el("h1", {}, symbol, channel.name, isIm() && el("span", { class: "app-badge" }, "APP")),
      el("span", { class: "topic" }, channel.topic),
      isIm() ? "" : el("span", { class: "members", "aria-label": `${channel.members} members` }, icon("people"), String(channel.members)));
    tabs.hidden = !(isIm() && page.state.has_home);
    for (const each of tabs.children) each.setAttribute("aria-selected", String(page.place.tab === each.dataset.tab));
  }

  async function chooseTab(tab) {
    await page.act("home", { tab });
    page.go({ tab });
  }

  /** What stands where there is nothing yet. */
  function showIntro() {
    if (channel.messages.length) return;
    log.replaceChildren(intro);
    const bot = page.state.bot.name;
    intro.replaceChildren(
      isIm() ? avatar({ bot: true }, "large") : el("span", { class: "intro-icon" }, icon(channel.kind === "private" ? "lock" : "hash")),
      el("h2", {}, isIm() ? `This is your conversation with ${bot}` : `Welcome to #${channel.name}`),
      el("p", {}, isIm() ? "Ask about wifi, VPN, printers or accounts. Each question gets its own thread."
        : `${channel.topic}. Mention @${bot} and the answer comes in a thread.`));
  }

  function showStart() {
    const quiet = !channel.messages.some((message) => message.user === page.place.me);
    const offered = isIm() || channel.messages.length === 0 || quiet;
    start.hidden = !(offered && channel.name !== "it-approvals" && page.place.tab !== "home");
    if (start.hidden) return;
    const suggestion = (text) => el("button", {
      type: "button", class: "suggestion", onclick: () => say(isIm() ? text : `@${page.state.bot.name} ${text}`),
    }, text);
    sync(start, [TRY, ...page.state.suggestions].map((key) => ({ key, mark: "" })),
      ({ key }) => (key === TRY ? el("span", { class: "muted" }, key) : suggestion(key)));
    if (isIm() && !quiet) start.hidden = true;
  }

  function showHome() {
    const atHome = isIm() && page.place.tab === "home";
    home.hidden = !atHome;
    log.hidden = box.node.hidden = atHome;
    if (!atHome) { delete home.dataset.hash; return; }
    const view = page.state.home;
    if (home.dataset.hash === (view?.hash ?? "none")) return;
    home.dataset.hash = view?.hash ?? "none";
    const typed = {};
    const context = { names: page.names, confirm: page.confirm, typed, press: (part, value) => page.pressView(view, part, value, filled(view.blocks, typed)) };
    home.replaceChildren(...(view ? blocks(view.blocks, context) : [el("p", { class: "muted" }, "The app has not published a home yet.")]));
  }

  function show(newPage, newChannel) {
    page = newPage;
    channel = newChannel;
    showHome();
    if (mark !== `${page.place.me} ${channel.id}`) {
      if (mark) drafts.set(mark, box.text);
      mark = `${page.place.me} ${channel.id}`;
      // The box measures its text, so it must be shown by now.
      box.text = drafts.get(mark) ?? "";
      log.replaceChildren();
      log.dataset.fresh = "yes";
    }
    box.label(isIm() ? `Message ${channel.name}` : `Message #${channel.name}`);
    showHead();
    showMessages(log, rootsOf(channel), messageView(page, channel, { days: true, inThread: false, open: page.place.thread }));
    showIntro();
    showStart();
  }

  return { show };
}
