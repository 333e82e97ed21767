// Files on the page: choosing some for a message, and showing those of a message.

import { el, iconButton } from "/dom.js";

//: bytes of a file, and files of one message; the local Slack refuses more
const MOST_BYTES = 5 * 1024 * 1024;
const MOST = 10;

const encoded = (file) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve({ name: file.name, type: file.type, content: reader.result.slice(reader.result.indexOf(",") + 1) });
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(file);
});

/** A button that takes files, and the list of those taken; `changed` is called for each change. */
export function filePicker(changed) {
  let chosen = [];
  const field = el("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files" });
  const list = el("ul", { class: "chosen-files", "aria-label": "Files to send", hidden: true });
  const show = () => {
    list.hidden = !chosen.length;
    list.replaceChildren(...chosen.map((file) => el("li", {}, file.name,
      iconButton("close", `Leave out ${file.name}`, () => { chosen = chosen.filter((each) => each !== file); show(); }))));
    changed();
  };
  const add = (files) => { chosen = [...chosen, ...[...files].filter((file) => file.size <= MOST_BYTES)].slice(0, MOST); show(); };
  field.addEventListener("change", () => { add(field.files); field.value = ""; });
  return {
    nodes: [list, field],
    button: iconButton("clip", "Attach files, 5 MB at most", () => field.click()),
    add,
    get empty() { return !chosen.length; },
    /** What was chosen, for the local Slack; afterwards nothing is. */
    take: async () => {
      const taken = chosen;
      chosen = [];
      show();
      return Promise.all(taken.map(encoded));
    },
  };
}

/** The files of a message as a person sees them: pictures in small, all with their names. */
export const fileNodes = (files, me) => (files ?? []).map((file) => {
  const address = `/page/file/${file.id}?user=${encodeURIComponent(me)}`;
  const picture = ["image/png", "image/jpeg", "image/gif", "image/webp"].includes(file.mimetype);
  return el("a", { class: "file", href: address, target: "_blank", rel: "noreferrer" },
    picture && el("img", { src: address, alt: "", class: "file-picture" }), el("span", {}, file.name));
});
