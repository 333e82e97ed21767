// Building and updating the page: nodes from values, never from HTML text.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  menu: "M3 5h14M3 10h14M3 15h14",
  close: "M5 5l10 10M15 5L5 15",
  hash: "M4 7.5h13M3 12.5h13M8.5 3L6.5 17M13.5 3l-2 14",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  reply: "M3 4h14v10H9l-4 3.5V14H3z",
  edit: "M4 16l.8-3.5L13.5 3.8l2.7 2.7L7.5 15.2z",
  trash: "M4 6h12M8 6V4h4v2M5.5 6l.8 11h7.4l.8-11",
  at: "M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM13 7v4a2 2 0 0 0 4 0v-1a7 7 0 1 0-2.8 5.6",
  clip: "M14.5 9.5l-5 5a3 3 0 0 1-4.3-4.3l6-6a2 2 0 0 1 2.9 2.9l-5.6 5.6a1 1 0 0 1-1.4-1.4l5-5",
  send: "M3 4l14.5 6L3 16l2-6zM5 10h7",
  eye: "M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zM10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z",
  stop: "M6 6h8v8H6z",
  ask: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM8 8a2 2 0 1 1 2.8 1.9c-.6.2-.8.6-.8 1.3M10 13.7v.1",
  key: "M12.5 3.5a4 4 0 0 0-3.8 5.3L3 14.5V17h3v-2h2v-2h1.5l1.7-1.7a4 4 0 1 0 1.3-7.8zM13.6 6.4v.1",
  people: "M7.5 9.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.5 16a5 5 0 0 1 10 0M13 4.5a2.5 2.5 0 0 1 0 4.7M14.5 11.5a4.6 4.6 0 0 1 3 4.5",
};

/** A node: `on…` are listeners, `class` and attributes as in HTML, children are nodes or texts. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, onclick, more = {}) {
  return el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...more }, icon(name));
}

/** Make `parent` show `items` in order, keeping the nodes (and their focus) whose key and mark did not change. */
export function sync(parent, items, build) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let before = parent.firstElementChild;
  for (const item of items) {
    let node = old.get(item.key);
    if (!node || node.dataset.mark !== item.mark) {
      const fresh = build(item);
      fresh.dataset.key = item.key;
      fresh.dataset.mark = item.mark;
      if (node) {
        if (before === node) before = fresh;
        node.replaceWith(fresh);
      }
      node = fresh;
    }
    old.delete(item.key);
    if (node === before) before = before.nextElementSibling;
    else parent.insertBefore(node, before);
  }
  for (const gone of old.values()) gone.remove();
}

const COLOURS = 6;

/** A person's avatar: initials on a colour of their own; the bot has a picture. */
export function avatar(person, size = "") {
  if (person.bot) return el("img", { class: `avatar ${size}`, src: "/helpdesk.svg", alt: "" });
  const initials = person.name.split(" ").map((word) => word[0]).join("").slice(0, 2);
  return el("span", { class: `avatar ${size} colour-${person.colour % COLOURS}`, "aria-hidden": "true" }, initials);
}

export function clock(ts) {
  return new Date(Number(ts) * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

export function day(ts) {
  const date = new Date(Number(ts) * 1000);
  const today = new Date();
  if (date.toDateString() === today.toDateString()) return "Today";
  return date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
}
