// Around the messages: the conversations on the left, the people one can act as on top.

import { avatar, el, icon, sync } from "/dom.js";

const PANELS = [["authenticator", "key", "Authenticator"], ["groups", "people", "People & groups"]];

/** A node of its own, so that a count that changes leaves the button around it as it is: a click under way, the focus. */
const badge = () => el("span", { class: "badge", hidden: true });

function count(node, number) {
  node.hidden = !number;
  node.textContent = String(number);
  node.setAttribute("aria-label", `${number} unread`);
}

export function showSidebar(nav, state, current, { choose, panel }) {
  if (!nav.children.length) nav.append(...sections(panel));
  for (const list of nav.querySelectorAll("ul[data-kind]")) {
    const channels = state.channels.filter((channel) => (channel.kind === "im") === (list.dataset.kind === "im"));
    sync(list, channels.map((channel) => ({ key: channel.id, mark: channel.name, channel })), ({ channel }) => row(channel, choose));
    channels.forEach((channel, i) => {
      const button = list.children[i].firstChild;
      const open = channel.id === current;
      button.classList.toggle("unread", Boolean(channel.unread && !open));
      button.setAttribute("aria-current", open ? "page" : "false");
      count(button.lastChild, open ? 0 : channel.mentions);
    });
  }
}

function row(channel, choose) {
  const symbol = channel.kind === "im" ? avatar({ bot: true }, "tiny") : icon(channel.kind === "private" ? "lock" : "hash");
  return el("li", {}, el("button", { type: "button", class: "conversation", onclick: () => choose(channel.id) },
    symbol, el("span", { class: "conversation-name" }, channel.name), channel.kind === "im" && el("span", { class: "app-badge" }, "APP"), badge()));
}

function sections(panel) {
  const section = (title, kind) => el("section", {}, el("h2", {}, title), el("ul", { "data-kind": kind }));
  return [
    el("div", { class: "workspace" }, el("strong", {}, "Example Ltd"), el("span", {}, "Playground")),
    section("Channels", "channel"),
    section("Apps", "im"),
    el("section", { class: "of-playground" }, el("h2", {}, "Playground, not Slack"), el("ul", {}, ...PANELS.map(([name, symbol, title]) =>
      el("li", {}, el("button", { type: "button", class: "conversation", onclick: () => panel(name) }, icon(symbol), el("span", {}, title)))))),
  ];
}

const first = (person) => person.name.split(" ")[0];

export function showPeople(nav, people, me, choose) {
  sync(nav, people.map((person) => ({ key: person.id, mark: JSON.stringify([person.name, person.title, person.colour]), person })),
    ({ person }) => face(person, choose));
  people.forEach((person, i) => {
    const button = nav.children[i];
    button.disabled = person.deactivated;
    button.title = person.deactivated ? `${person.name} is deactivated` : `Act as ${person.name}`;
    button.setAttribute("aria-pressed", String(person.id === me));
    count(button.querySelector(".badge"), person.id === me ? 0 : person.mentions);
  });
  if (nav.dataset.me !== me) nav.querySelector('[aria-pressed="true"]')?.scrollIntoView({ inline: "nearest", block: "nearest" });
  nav.dataset.me = me;
}

const face = (person, choose) => el("button", { type: "button", class: "person", onclick: () => choose(person.id) },
  el("span", { class: "face" }, avatar(person), badge()),
  el("span", { class: "who" }, el("span", { class: "who-name" }, first(person), el("span", { class: "last-name" }, person.name.slice(first(person).length))), el("span", { class: "who-title" }, person.title)));
