// What an administrator of the workspace does elsewhere: members of user groups, people who leave and come back.

import { avatar, el, icon } from "/dom.js";

/** The panel's content: the user groups with their members, then the people. */
export function groupsAndPeople(page) {
  const people = [...page.people.values()].filter((person) => !person.bot);
  return [
    ...Object.entries(page.state.members).map(([id, users]) => group(page, id, users, people)),
    el("h3", {}, "People"),
    el("ul", { class: "roster" }, ...people.map((person) => row(page, person))),
  ];
}

function group(page, id, users, people) {
  const set = (members) => page.act("members", { group: id, users: members });
  const others = people.filter((person) => !users.includes(person.id));
  const add = el("select", {
    class: "select", "aria-label": `Add to @${page.state.groups[id]}`, onchange: (event) => set([...users, event.target.value]),
  }, el("option", { value: "" }, "Add…"), ...others.map((person) => el("option", { value: person.id }, person.name)));
  return el("section", { class: "group", "aria-label": `@${page.state.groups[id]}` },
    el("h3", {}, `@${page.state.groups[id]}`, el("span", { class: "muted" }, ` ${id}`)),
    el("div", { class: "chips" }, ...users.map((user) => {
      const name = page.people.get(user)?.name ?? user;
      return el("span", { class: "chip" }, name, el("button", {
        type: "button", "aria-label": `Remove ${name} from @${page.state.groups[id]}`, title: "Remove",
        onclick: () => set(users.filter((each) => each !== user)),
      }, icon("close")));
    }), add));
}

function row(page, person) {
  const gesture = person.deactivated ? "reactivate" : "deactivate";
  const title = person.deactivated ? "Reactivate" : "Deactivate";
  return el("li", { class: person.deactivated ? "gone" : undefined }, avatar(person, "small"),
    el("span", { class: "roster-name" }, person.name, el("span", { class: "muted" }, ` ${person.id}${person.deactivated ? " · deactivated" : ""}`)),
    el("button", {
      type: "button", class: "button tiny-button", "aria-label": `${title} ${person.name}`,
      onclick: () => page.act(gesture, { person: person.id }),
    }, title));
}
