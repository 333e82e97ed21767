// Panels of the playground itself, which Slack does not have: they say so, and close with Escape.

import { authenticator } from "/authenticator.js";
import { el, iconButton } from "/dom.js";
import { groupsAndPeople } from "/groups.js";

const PANELS = {
  authenticator: { title: "Authenticator", content: (page) => authenticator(page.people.get(page.place.me), () => fill(page)) },
  groups: { title: "People & groups", content: groupsAndPeople },
};
let open = null;

export function openPanel(name, page) {
  const { title, content } = PANELS[name];
  const body = el("div", { class: "modal-body" });
  const node = el("dialog", { class: "modal panel", "aria-labelledby": "panel-title" },
    el("div", { class: "modal-head" }, el("h2", { id: "panel-title" }, title), iconButton("close", "Close", () => node.close())),
    el("p", { class: "panel-note" }, "Part of the playground, not of Slack."), body);
  node.addEventListener("close", () => { node.remove(); open = null; });
  open = { body, content, mark: "" };
  document.body.append(node);
  fill(page);
  node.showModal();
}

/** Bring the open panel up to date; what is typed in it stays while nothing it shows changed. */
export function updatePanel(page) {
  if (open && open.mark !== markOf(page)) fill(page);
}

const markOf = (page) => JSON.stringify([page.place.me, page.state.members, page.state.people.map(({ id, deactivated }) => [id, deactivated])]);

function fill(page) {
  if (!open) return;
  open.mark = markOf(page);
  open.body.replaceChildren(...open.content(page));
}
