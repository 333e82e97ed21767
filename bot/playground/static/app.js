// The page: one person's view of the workspace, kept up to date, with everything that person can do.

import { fetchState, gesture, subscribe } from "/api.js";
import { channelPane } from "/channel.js";
import { icon } from "/dom.js";
import { confirmDialog, showModal } from "/modal.js";
import { namesOf, peopleOf } from "/names.js";
import { openPanel, updatePanel } from "/panels.js";
import { placeOf } from "/permalink.js";
import { showPeople, showSidebar } from "/sidebar.js";
import { threadPane } from "/thread.js";

const $ = (id) => document.getElementById(id);

/** What the page shows: kept in the address, so that a reload or a link shows the same. */
const place = { me: "U0ALEX", channel: "", thread: "", tab: "messages" };
const page = { state: null, names: null, people: null, editing: null, place };

function readAddress() {
  const [me, channel, thread] = location.hash.slice(1).split("/");
  Object.assign(place, { me: me || place.me, channel: channel ?? "", thread: thread ?? "" });
}

function go(change) {
  if (change.me && change.me !== place.me) place.tab = "messages";
  if (change.channel && change.channel !== place.channel) Object.assign(place, { thread: "", tab: "messages" });
  Object.assign(place, change);
  page.editing = null;
  history.replaceState(null, "", `#${[place.me, place.channel, place.thread].join("/").replace(/\/+$/, "")}`);
  showMenu(false);
  return refresh();
}

/** On a narrow screen the conversations are behind a button. */
const menuShown = () => document.body.classList.contains("menu-open");
function showMenu(shown) {
  document.body.classList.toggle("menu-open", shown);
  $("menu").setAttribute("aria-expanded", String(shown));
}

let toastTimer = 0;
function toast(text, lasting = false) {
  clearTimeout(toastTimer);
  $("toast").textContent = text;
  $("toast").hidden = !text;
  if (text && !lasting) toastTimer = setTimeout(() => { $("toast").hidden = true; }, 6000);
}

/** Do something as the current person; a refusal is shown. */
async function act(name, body) {
  const answer = await gesture(name, { user: place.me, ...body });
  if (!answer.ok) toast(answer.error);
  else if (answer.status !== undefined && (answer.status < 200 || answer.status > 299)) {
    toast("Helpdesk did not take that. Please try again.");
  }
  return answer;
}

page.act = act;
page.go = go;
page.confirm = (question) => confirmDialog(question, page.names);
page.press = (message, part, value, values) => act("click", { channel: place.channel, ts: message.ts, action_id: part.action_id, value, values });
page.pressView = (view, part, value, values) => act("click", { view_id: view.id, action_id: part.action_id, value, values });

let wanted = false;
let running = false;
/** Fetch the state and show it; calls during a fetch become one more fetch. */
async function refresh() {
  wanted = true;
  if (running) return;
  running = true;
  while (wanted) {
    wanted = false;
    const state = await fetchState(place.me).catch(() => null);
    if (state) show(state);
  }
  running = false;
}

function show(state) {
  if (state.me !== place.me) return;
  if (leave(state)) return;
  page.state = state;
  page.people = peopleOf(state);
  page.names = namesOf(state, page.people);
  // everybody has a direct conversation of their own with the bot: who is in it stays in it as somebody else
  const direct = place.channel.startsWith("D") ? state.channels.find(({ kind }) => kind === "im") : undefined;
  const channel = state.channels.find(({ id }) => id === place.channel) ?? direct
    ?? state.channels.find(({ name }) => name === "it-help") ?? state.channels[0];
  place.channel = channel.id;
  document.title = `${channel.kind === "im" ? channel.name : `#${channel.name}`} · ${page.people.get(place.me).name} · Playground`;
  $("banner").textContent = state.label;
  showPeople($("people"), state.people.map(({ id }) => page.people.get(id)), place.me, (me) => go({ me }));
  showSidebar($("sidebar"), state, place.channel, {
    choose: (id) => go({ channel: id }),
    panel: (name) => { showMenu(false); openPanel(name, page); },
  });
  main.show(page, channel);
  thread.show(page, channel);
  showModal(state.views, {
    me: place.me,
    names: page.names,
    confirm: page.confirm,
    press: page.pressView,
    close: (view) => act("close", { view_id: view.id }),
    submit: async (view, values) => {
      const answer = await act("submit", { view_id: view.id, values });
      return answer.ok ? answer.errors : { "": answer.error };
    },
  });
  updatePanel(page);
  markRead(channel);
  reveal();
}

/** Who is deactivated cannot act any more: the page goes on as somebody else. */
function leave(state) {
  const me = state.people.find(({ id }) => id === place.me);
  const other = state.people.find(({ deactivated }) => !deactivated);
  if (!me?.deactivated || !other) return false;
  toast(`${me.name} is deactivated. You act as ${other.name} now.`);
  queueMicrotask(() => go({ me: other.id }));
  return true;
}

let sought = "";
/** Show the message that a permalink led to, once it is there. */
function reveal() {
  const found = sought && [...document.querySelectorAll(`[data-ts="${sought}"]`)].at(-1);
  if (!found) return;
  sought = "";
  found.scrollIntoView({ block: "center" });
  found.classList.add("found");
  setTimeout(() => found.focus({ preventScroll: true }));
}

/** A permalink of this workspace leads to its message here, not to Slack. */
function follow(event) {
  const link = event.target.closest?.("a[href]");
  const there = link && page.state && placeOf(link.href, page.state.url);
  if (!there) return;
  event.preventDefault();
  const channel = page.state.channels.find(({ id }) => id === there.channel);
  const message = channel?.messages.find(({ ts }) => ts === there.ts);
  if (!message) { toast(`${page.people.get(place.me).name} does not see that message.`); return; }
  sought = there.ts;
  const root = message.thread_ts ?? message.ts;
  const threaded = channel.messages.some((each) => each.thread_ts === root);
  go({ channel: channel.id, tab: "messages" }).then(() => go({ thread: threaded ? root : "" }));
}

function markRead(channel) {
  const last = channel.messages.at(-1);
  if (document.visibilityState === "visible" && last && channel.unread) {
    gesture("read", { user: place.me, channel: channel.id, ts: last.ts });
  }
}

readAddress();
const main = channelPane($("main"));
const thread = threadPane($("thread"));
$("menu").append(icon("menu"));
$("menu").addEventListener("click", () => showMenu(!menuShown()));
$("main").addEventListener("click", () => showMenu(false));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog")) return;
  if (menuShown()) showMenu(false);
  else if (place.thread) go({ thread: "" });
});
document.addEventListener("click", follow);
document.addEventListener("visibilitychange", refresh);
window.addEventListener("hashchange", () => { readAddress(); refresh(); });
let dropped = false;
subscribe(refresh, (live) => {
  if (!live) toast("Connecting to the playground…", true);
  else if (dropped) toast("");
  dropped = !live;
});
refresh();
