// The box in which people write: Enter sends, Shift+Enter breaks the line, @ offers names.

import { avatar, el, icon, iconButton } from "/dom.js";
import { filePicker } from "/files.js";

/** A composer that calls `send(text, files)`; its node stays in the page, so nothing typed is lost by an update. */
export function composer(label, { send, people, bot }) {
  const field = el("textarea", { rows: 1, "aria-label": label, placeholder: label, "aria-autocomplete": "list" });
  const offer = el("ul", { class: "offer", role: "listbox", "aria-label": "Mention someone", hidden: true });
  const go = el("button", { type: "submit", class: "send", "aria-label": "Send", disabled: true }, icon("send"));
  let chosen = 0;

  const resize = () => {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 180)}px`;
    go.disabled = !field.value.trim() && files.empty;
  };
  const files = filePicker(() => resize());
  const typedName = () => /(^|\s)@([\p{L} ]{0,20})$/u.exec(field.value.slice(0, field.selectionStart));
  const matches = () => {
    const typed = typedName();
    if (!typed) return [];
    return people().filter((person) => person.name.toLowerCase().startsWith(typed[2].toLowerCase())).slice(0, 6);
  };
  const insert = (name) => {
    const typed = typedName();
    const end = field.selectionStart;
    const start = typed ? end - typed[2].length - 1 : end;
    const space = start && !/\s/.test(field.value[start - 1]) ? " " : "";
    field.setRangeText(`${space}@${name} `, start, end, "end");
    offer.hidden = true;
    field.focus();
    resize();
  };
  const showOffer = () => {
    const found = matches();
    offer.hidden = !found.length;
    chosen = Math.min(chosen, Math.max(found.length - 1, 0));
    offer.replaceChildren(...found.map((person, i) => el("li", {
      role: "option", "aria-selected": String(i === chosen), onmousedown: (event) => { event.preventDefault(); insert(person.name); },
    }, avatar(person, "tiny"), person.name, person.bot ? el("span", { class: "app-badge" }, "APP") : el("span", { class: "muted" }, person.title))));
  };
  const submit = async () => {
    const text = field.value.trim();
    if (!text && files.empty) return;
    const taken = files.take();
    field.value = "";
    resize();
    offer.hidden = true;
    if (!(await send(text, await taken)) && !field.value) { field.value = text; resize(); }
  };
  const keys = (event) => {
    const found = offer.hidden ? [] : matches();
    if (found.length && ["Enter", "Tab"].includes(event.key)) { event.preventDefault(); insert(found[chosen].name); }
    else if (found.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
      showOffer();
    } else if (event.key === "Escape" && !offer.hidden) { event.stopPropagation(); offer.hidden = true; }
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
  };
  field.addEventListener("input", () => { chosen = 0; resize(); showOffer(); });
  field.addEventListener("keydown", keys);
  field.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) { event.preventDefault(); files.add(event.clipboardData.files); }
  });
  field.addEventListener("blur", () => { offer.hidden = true; });

  const mention = iconButton("at", `Mention @${bot().name}`, () => insert(bot().name));
  const hint = el("span", { class: "hint muted" }, "Enter to send · Shift+Enter for a new line");
  const form = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); submit(); } },
    offer, field, files.nodes, el("div", { class: "composer-bar" }, mention, files.button, hint, go));
  return {
    node: form,
    focus: () => field.focus(),
    label: (text) => { field.setAttribute("aria-label", text); field.placeholder = text; },
    get text() { return field.value; },
    set text(value) { field.value = value; resize(); },
  };
}
