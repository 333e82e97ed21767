// Around the messages: the conversations on the left, the people one can act as on top.

import { avatar, el, icon } from "/dom.js";

const badge = (count, label) => count > 0 && el("span", { class: "badge", "aria-label": `${count} ${label}` }, String(count));

const PANELS = [["authenticator", "key", "Authenticator"], ["groups", "people", "People & groups"]];

export function showSidebar(nav, state, current, { choose, panel }) {
  const row = (channel) => {
    const symbol = channel.kind === "im" ? avatar({ bot: true }, "tiny") : icon(channel.kind === "private" ? "lock" : "hash");
    const open = channel.id === current;
    return el("li", {}, el("button", {
      type: "button",
      class: `conversation${channel.unread && !open ? " unread" : ""}`,
      "aria-current": open ? "page" : undefined,
      onclick: () => choose(channel.id),
    }, symbol, el("span", { class: "conversation-name" }, channel.name), channel.kind === "im" && el("span", { class: "app-badge" }, "APP"),
    !open && badge(channel.mentions, "unread")));
  };
  const section = (title, channels) => el("section", {}, el("h2", {}, title), el("ul", {}, ...channels.map(row)));
  nav.replaceChildren(
    el("div", { class: "workspace" }, el("strong", {}, "Example Ltd"), el("span", {}, "Playground")),
    section("Channels", state.channels.filter((channel) => channel.kind !== "im")),
    section("Apps", state.channels.filter((channel) => channel.kind === "im")),
    el("section", { class: "of-playground" }, el("h2", {}, "Playground, not Slack"), el("ul", {}, ...PANELS.map(([name, symbol, title]) =>
      el("li", {}, el("button", { type: "button", class: "conversation", onclick: () => panel(name) }, icon(symbol), el("span", {}, title)))))));
}

const first = (person) => person.name.split(" ")[0];

export function showPeople(nav, people, me, choose) {
  nav.replaceChildren(...people.map((person) => el("button", {
    type: "button",
    class: "person",
    disabled: person.deactivated,
    "aria-pressed": String(person.id === me),
    title: person.deactivated ? `${person.name} is deactivated` : `Act as ${person.name}`,
    onclick: () => choose(person.id),
  }, el("span", { class: "face" }, avatar(person), person.id !== me && badge(person.mentions, "unread")),
  el("span", { class: "who" }, el("span", { class: "who-name" }, first(person), el("span", { class: "last-name" }, person.name.slice(first(person).length))), el("span", { class: "who-title" }, person.title)))));
  if (nav.dataset.me !== me) nav.querySelector('[aria-pressed="true"]')?.scrollIntoView({ inline: "nearest", block: "nearest" });
  nav.dataset.me = me;
}
